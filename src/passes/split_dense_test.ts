import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import {
  assertAllClose,
  testSession,
  testValues,
} from "../../kernels/testing.ts";
import { type Graph, tensorOf } from "../graph/ir.ts";
import { LayerGraph } from "../graph/layers.ts";
import { runOnCpu, runOnGpu } from "../plan/testing.ts";
import { optimise } from "./mod.ts";
import { splitDense } from "./split_dense.ts";
import { opsOf } from "./testing.ts";

/** Blocks are of 64 columns at least. */
const [rows, depth, units] = [3, 20, 200];

function dense(): Graph {
  const layers = new LayerGraph({
    constants: (name, [...shape]) => ({
      read: () => testValues(shape.reduce((a, b) => a * b, 1), name.length),
    }),
  });
  const x = layers.input("x", [rows, depth]);
  return layers.finish(
    layers.dense("fc", x, { units, activation: "relu" }),
  );
}

Deno.test("splitDense() makes blocks of columns of a matrix that no binding holds, to the same numbers", async () => {
  const graph = dense();
  const limit = 64 * depth * 4;
  const split = splitDense(graph, { limit });
  deepStrictEqual(opsOf(split), [
    "matmul",
    "matmul",
    "matmul",
    "matmul",
    "concat",
  ]);
  deepStrictEqual(
    split.nodes.map(({ name }) => name),
    ["fc [0:64]", "fc [64:128]", "fc [128:192]", "fc [192:200]", "fc"],
  );
  for (const { constant, shape } of split.tensors.values()) {
    if (constant) ok(shape.reduce((a, b) => a * b, 4) <= limit);
  }
  const x = testValues(rows * depth, 5);
  const [expected] = runOnCpu(graph, { x });
  const close = { absolute: 1e-6, relative: 1e-6 };
  assertAllClose(runOnCpu(split, { x })[0], expected, close);
  const [values] = await runOnGpu(await testSession(), split, { x });
  assertAllClose(values, expected, close);
});

Deno.test("splitDense() splits what is trained, and matrices stored as transposes", () => {
  const layers = new LayerGraph({ seed: 1 });
  const x = layers.input("x", [rows, depth]);
  layers.add({
    name: "w",
    shape: [units, depth],
    dtype: "f32",
    variable: { read: () => testValues(units * depth, 3) },
  });
  const [y] = layers.append({
    op: "matmul",
    inputs: [x, "w"],
    attributes: { transposeA: false, transposeB: true, activation: "none" },
  }, { name: "y" });
  const graph = layers.finish(y);
  const split = splitDense(graph, { limit: 128 * depth * 4 });
  deepStrictEqual(tensorOf(split, "w [128:200]").shape, [72, depth]);
  strictEqual(split.tensors.has("w"), false);
  const part = tensorOf(split, "w [128:200]").variable?.read();
  deepStrictEqual(part, testValues(units * depth, 3).subarray(128 * depth));
});

Deno.test("optimise() leaves a matrix whole that every adapter binds", () => {
  deepStrictEqual(opsOf(optimise(dense())), ["matmul"]);
});
