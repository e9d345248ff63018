import { deepStrictEqual } from "@std/assert";
import type { Graph } from "../graph/ir.ts";
import { fuseActivation, fuseForwardActivation } from "./fuse_activation.ts";
import { assertSameResults, GraphSketch, opsOf } from "./testing.ts";

function check(before: Graph, ops: readonly string[]): void {
  const after = fuseActivation(before);
  deepStrictEqual(opsOf(after), ops);
  assertSameResults(before, after);
}

Deno.test("fuseActivation() fuses into all that can clip", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 3, 3, 4]);
  const row = sketch.input("row", [2, 3]);
  const made = [
    sketch.conv(x, { channels: 3 }),
    sketch.depthwise(x),
    sketch.norm(x),
    sketch.bias(x),
    sketch.matmul(row, 5),
  ];
  check(
    sketch.finish(...made.map((name) => sketch.unary("relu", name))),
    ["conv2d", "depthwise_conv2d", "batch_norm", "binary", "matmul"],
  );
});

Deno.test("fuseActivation() keeps a second activation apart", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 2, 2, 3]);
  const relu = sketch.unary("relu", sketch.conv(x, { channels: 3 }));
  check(sketch.finish(sketch.unary("relu6", relu)), ["conv2d", "unary"]);
});

Deno.test("fuseActivation() leaves what is also read unclipped", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 2, 2, 3]);
  const conv = sketch.conv(x, { channels: 3 });
  const y = sketch.binary("add", [sketch.unary("relu", conv), conv]);
  check(sketch.finish(y), ["conv2d", "unary", "binary"]);
});

Deno.test("fuseActivation() leaves rsqrt, and producers that cannot clip", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 3, 3, 2]);
  const pooled = sketch.unary("relu", sketch.pool("max_pool", x));
  const square = sketch.binary("mul", [x, x]);
  const positive = sketch.binary("add", [
    square,
    sketch.constant([], new Float32Array([1])),
  ]);
  check(
    sketch.finish(pooled, sketch.unary("rsqrt", positive)),
    ["max_pool", "unary", "binary", "binary", "unary"],
  );
});

Deno.test("fuseForwardActivation() fuses what training would have to know the input of", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 3, 3, 2]);
  const dense = sketch.unary("gelu", sketch.bias(sketch.matmul(x, 4)));
  const before = sketch.finish(
    sketch.unary("silu", sketch.conv(dense, { channels: 3 })),
  );
  deepStrictEqual(fuseActivation(before).nodes.length, before.nodes.length);
  const after = fuseForwardActivation(before);
  deepStrictEqual(opsOf(after), ["matmul", "binary", "conv2d"]);
  assertSameResults(before, after);
});
