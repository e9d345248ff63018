import { deepStrictEqual } from "@std/assert";
import { assertAllClose, testSession } from "../kernels/testing.ts";
import { seededUniform } from "../models/testing.ts";
import { tensorOf } from "../src/graph/ir.ts";
import { LayerGraph } from "../src/graph/layers.ts";
import { optimise } from "../src/passes/mod.ts";
import { runOnCpu, runOnGpu } from "../src/plan/testing.ts";
import golden from "./golden/layers.json" with { type: "json" };

for (const { kind, height, width, options, shape, values } of golden) {
  Deno.test(`a pool of ${JSON.stringify({ kind, height, width, ...options })} counts as PyTorch's`, async () => {
    const layers = new LayerGraph();
    const x = layers.input("images", [1, height, width, 2]);
    const pooled = kind === "adaptive"
      ? layers.adaptiveAveragePool("pool", x, options.size)
      : kind === "max"
      ? layers.maxPool("pool", x, options)
      : layers.averagePool("pool", x, options);
    const graph = layers.finish(pooled);
    deepStrictEqual(tensorOf(graph, pooled).shape, shape);
    const images = Float32Array.from(
      seededUniform("images", height * width * 2),
    );
    const close = { absolute: 1e-6, relative: 1e-6 };
    assertAllClose(runOnCpu(graph, { images })[0], values, close);
    const [y] = await runOnGpu(await testSession(), optimise(graph), {
      images,
    });
    assertAllClose(y, values, close);
  });
}
