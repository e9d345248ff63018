import { deepStrictEqual, ok } from "@std/assert";
import fc from "fast-check";
import { testSession } from "../../kernels/testing.ts";
import { elementCount, type Graph, tensorOf } from "../graph/ir.ts";
import { runOnCpu, runOnGpu } from "../plan/testing.ts";
import { liftBatch, optimise, passes, type PassName } from "./mod.ts";
import { feedsFor, GraphSketch, opsOf } from "./testing.ts";

/** One layer, or a few branches that meet again. */
type Layer =
  | { kind: "conv"; channels: number; size: number; stride: number }
  | { kind: "grouped"; outputs: number }
  | { kind: "pool"; op: "max_pool" | "avg_pool"; size: number; stride: number }
  | { kind: "activation"; name: "relu" | "relu6" }
  | { kind: "border"; width: number }
  | { kind: "depthwise" | "bias" | "norm" | "affine" | "flip" | "output" }
  | { kind: "residual"; branch: Layer[] }
  | { kind: "concat"; branches: Layer[][] };

const plainLayer: fc.Arbitrary<Layer> = fc.oneof(
  fc.record({
    kind: fc.constant("conv" as const),
    channels: fc.integer({ min: 1, max: 9 }),
    size: fc.constantFrom(1, 3),
    stride: fc.constantFrom(1, 1, 2),
  }),
  fc.record({
    kind: fc.constant("grouped" as const),
    outputs: fc.constantFrom(1, 2, 4, 16),
  }),
  fc.record({
    kind: fc.constant("pool" as const),
    op: fc.constantFrom("max_pool" as const, "avg_pool" as const),
    size: fc.constantFrom(2, 3),
    stride: fc.constantFrom(1, 1, 2),
  }),
  fc.record({
    kind: fc.constant("activation" as const),
    name: fc.constantFrom("relu" as const, "relu6" as const),
  }),
  fc.record({
    kind: fc.constant("border" as const),
    width: fc.integer({ min: 0, max: 2 }),
  }),
  fc.record({
    kind: fc.constantFrom(
      ...["depthwise", "bias", "norm", "affine", "flip", "output"] as const,
    ),
  }),
);

const { layer } = fc.letrec<{ layer: Layer; chain: Layer[] }>((tie) => ({
  layer: fc.oneof(
    { maxDepth: 2 },
    { arbitrary: plainLayer, weight: 5 },
    {
      arbitrary: fc.record({
        kind: fc.constant("residual" as const),
        branch: tie("chain"),
      }),
      weight: 1,
    },
    {
      arbitrary: fc.record({
        kind: fc.constant("concat" as const),
        branches: fc.array(tie("chain"), { minLength: 1, maxLength: 3 }),
      }),
      weight: 2,
    },
  ),
  chain: fc.array(tie("layer"), { maxLength: 4 }),
}));

const layers = fc.array(layer, { minLength: 1, maxLength: 8, size: "max" });

/** A graph of these layers, from pictures of 5 by 4 with 3 channels to a row. */
function build(chain: readonly Layer[]): Graph {
  const sketch = new GraphSketch();
  const outputs: string[] = [];
  const grow = (x: string, chain: readonly Layer[]): string =>
    chain.reduce((current, layer) => add(current, layer), x);
  const sameSize = (chain: readonly Layer[]) =>
    chain.map((layer) => {
      if (layer.kind === "border") return { ...layer, width: 0 };
      return "stride" in layer ? { ...layer, stride: 1 } : layer;
    });
  const add = (x: string, layer: Layer): string => {
    const channels = sketch.shape(x)[3];
    switch (layer.kind) {
      case "conv":
        return sketch.conv(x, layer);
      case "grouped": {
        const groups = [4, 3, 2].find((count) => channels % count === 0) ?? 1;
        const of = { groups, channels: groups * layer.outputs };
        return sketch.conv(x, { ...of, size: 3 });
      }
      case "depthwise":
        return sketch.depthwise(x);
      case "pool":
        return sketch.pool(layer.op, x, layer);
      case "activation":
        return sketch.unary(layer.name, x);
      case "border": {
        const { width } = layer;
        const none = [0, 0] as const;
        return sketch.pad(x, [none, [width, 0], [width >> 1, width], none]);
      }
      case "bias":
        return sketch.bias(x);
      case "norm":
        return sketch.norm(x);
      case "affine":
        return sketch.bias(
          sketch.binary("mul", [sketch.constant([channels]), x]),
        );
      case "flip":
        return sketch.binary("sub", [sketch.constant([channels]), x]);
      case "output":
        outputs.push(x);
        return x;
      case "residual": {
        const branch = grow(x, sameSize(layer.branch));
        return sketch.binary("add", [sketch.conv(branch, { channels }), x]);
      }
      case "concat":
        return sketch.concat(
          layer.branches.map((branch) => grow(x, sameSize(branch))),
        );
      default:
        return layer satisfies never;
    }
  };
  const last = grow(sketch.input("x", [1, 5, 4, 3]), chain);
  return sketch.finish(sketch.matmul(sketch.mean(last), 6), ...outputs);
}

function assertClose(
  actual: readonly Float32Array[],
  expected: readonly Float32Array[],
): void {
  deepStrictEqual(actual.length, expected.length);
  for (const [index, values] of expected.entries()) {
    let error = 0, size = 0;
    for (const [at, value] of values.entries()) {
      error += (actual[index][at] - value) ** 2;
      size += value ** 2;
    }
    const relative = Math.sqrt(error / Math.max(size, 1e-12));
    ok(relative <= 1e-5, `output ${index}: relative L2 ${relative}`);
  }
}

const names = Object.keys(passes).filter((name): name is PassName =>
  name in passes
);

Deno.test("any subset of passes computes what none of them does", () => {
  const without = fc.subarray(names);
  fc.assert(
    fc.property(layers, without, (chain, without) => {
      const graph = build(chain);
      const feeds = feedsFor(graph);
      const optimised = optimise(graph, { without });
      assertClose(runOnCpu(optimised, feeds), runOnCpu(graph, feeds));
    }),
    { numRuns: 150 },
  );
});

Deno.test("the GPU computes of an optimised graph what the references do", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(layers, async (chain) => {
      const graph = build(chain);
      const feeds = feedsFor(graph);
      const actual = await runOnGpu(session, optimise(graph), feeds);
      assertClose(actual, runOnCpu(graph, feeds));
    }),
    { numRuns: 12 },
  );
});

Deno.test("an image has the same bytes alone and in any place of a batch", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(layers, async (chain) => {
      const single = build(chain);
      const batch = liftBatch(single, 3);
      const { x } = feedsFor(batch);
      const rows = await runOnGpu(session, optimise(batch), { x });
      for (const at of [0, 1, 2]) {
        const image = { x: x.subarray(at * 60, (at + 1) * 60) };
        const alone = await runOnGpu(session, optimise(single), image);
        for (const [index, values] of alone.entries()) {
          const start = at * values.length;
          const row = rows[index].subarray(start, start + values.length);
          deepStrictEqual(row, values);
        }
      }
    }),
    { numRuns: 10 },
  );
});

Deno.test("optimise() leaves of an Inception block only what has to run", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 6, 5, 8]);
  const layer = (x: string, channels: number, size = 1) =>
    sketch.unary("relu", sketch.norm(sketch.conv(x, { channels, size })));
  const joined = sketch.concat([
    layer(x, 4),
    layer(layer(x, 4), 8, 3),
    layer(sketch.pool("avg_pool", x), 4),
  ]);
  const pooled = sketch.pool("max_pool", joined, { size: 3, stride: 2 });
  const graph = optimise(sketch.finish(pooled));
  deepStrictEqual(
    opsOf(graph),
    ["conv2d", "conv2d", "conv2d", "avg_pool", "conv2d", "max_pool"],
  );
  const { shape } = tensorOf(graph, joined);
  deepStrictEqual(elementCount(shape), 6 * 5 * 16);
});
