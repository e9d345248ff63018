import { deepStrictEqual, ok } from "@std/assert";
import { type Graph, tensorOf } from "../graph/ir.ts";
import { foldBatchNorm } from "./fold_batch_norm.ts";
import { fuseActivation } from "./fuse_activation.ts";
import { fuseBias } from "./fuse_bias.ts";
import { assertSameResults, GraphSketch, opsOf } from "./testing.ts";

function check(before: Graph, ops: readonly string[]): Graph {
  const after = foldBatchNorm(before);
  deepStrictEqual(opsOf(after), ops);
  assertSameResults(before, after);
  return after;
}

Deno.test("foldBatchNorm() folds into a convolution", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 4, 3, 2]);
  const y = sketch.norm(sketch.conv(x, { channels: 5, size: 3 }));
  const after = check(sketch.finish(y), ["conv2d"]);
  const constants = [...after.tensors.values()].filter((t) => t.constant);
  deepStrictEqual(constants.map(({ shape }) => shape), [[3, 3, 2, 5], [5]]);
});

Deno.test("foldBatchNorm() folds into a depthwise convolution with a multiplier", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 4, 3, 3]);
  const y = sketch.norm(sketch.depthwise(x, { multiplier: 2 }));
  check(sketch.finish(y), ["depthwise_conv2d"]);
});

Deno.test("foldBatchNorm() folds two in a row", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 3, 3, 2]);
  const y = sketch.norm(sketch.norm(sketch.conv(x, { channels: 4 })));
  check(sketch.finish(y), ["conv2d"]);
});

Deno.test("foldBatchNorm() takes a bias along", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 3, 3, 2]);
  const y = sketch.norm(sketch.bias(sketch.conv(x, { channels: 4 })));
  const before = fuseBias(sketch.finish(y));
  deepStrictEqual(opsOf(before), ["conv2d", "batch_norm"]);
  check(before, ["conv2d"]);
});

Deno.test("foldBatchNorm() leaves a convolution that others read as well", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 3, 3, 2]);
  const conv = sketch.conv(x, { channels: 4 });
  const y = sketch.binary("add", [sketch.norm(conv), conv]);
  check(sketch.finish(y), ["conv2d", "batch_norm", "binary"]);
});

Deno.test("foldBatchNorm() leaves a convolution that is an output", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 3, 3, 2]);
  const conv = sketch.conv(x, { channels: 4 });
  check(sketch.finish(sketch.norm(conv), conv), ["conv2d", "batch_norm"]);
});

Deno.test("foldBatchNorm() leaves what stands after an activation", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 3, 3, 2]);
  const relu = sketch.unary("relu", sketch.conv(x, { channels: 4 }));
  const before = fuseActivation(sketch.finish(sketch.norm(relu)));
  check(before, ["conv2d", "batch_norm"]);
});

Deno.test("foldBatchNorm() folds two norms into one filter without mixing them", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 3, 3, 2]);
  const filter = sketch.constant([1, 1, 2, 4]);
  const branches = [0, 1].map(() =>
    sketch.norm(sketch.conv(x, { channels: 4, filter }))
  );
  const after = check(sketch.finish(...branches), ["conv2d", "conv2d"]);
  const filters = after.nodes.map(({ inputs }) => tensorOf(after, inputs[1]));
  ok(filters[0].name !== filters[1].name);
});

Deno.test("foldBatchNorm() keeps the activation after the norm", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 3, 3, 2]);
  const norm = sketch.norm(sketch.conv(x, { channels: 4 }));
  const before = fuseActivation(sketch.finish(sketch.unary("relu6", norm)));
  deepStrictEqual(opsOf(before), ["conv2d", "batch_norm"]);
  check(before, ["conv2d"]);
});
