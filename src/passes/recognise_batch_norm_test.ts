import { deepStrictEqual } from "@std/assert";
import type { Graph, Shape } from "../graph/ir.ts";
import type { BinaryFunction } from "../graph/ops/mod.ts";
import { recogniseBatchNorm } from "./recognise_batch_norm.ts";
import { assertSameResults, GraphSketch, opsOf } from "./testing.ts";

function check(before: Graph, ops: readonly string[]): void {
  const after = recogniseBatchNorm(before);
  deepStrictEqual(opsOf(after), ops);
  assertSameResults(before, after);
}

/** `x * scale` and then `operation` with a shift, in the orders given. */
function affine(
  { operation, scaleFirst = false, shiftFirst = false, shift = [3] }: {
    operation: BinaryFunction;
    scaleFirst?: boolean;
    shiftFirst?: boolean;
    shift?: Shape;
  },
): Graph {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 3, 2, 3]);
  const scale = sketch.constant([3]);
  const product = sketch.binary("mul", scaleFirst ? [scale, x] : [x, scale]);
  const constant = sketch.constant(shift);
  return sketch.finish(sketch.binary(
    operation,
    shiftFirst ? [constant, product] : [product, constant],
  ));
}

Deno.test("recogniseBatchNorm() knows x * scale + shift in any order", () => {
  for (const scaleFirst of [false, true]) {
    for (const shiftFirst of [false, true]) {
      const graph = affine({ operation: "add", scaleFirst, shiftFirst });
      check(graph, ["batch_norm"]);
    }
  }
});

Deno.test("recogniseBatchNorm() knows x * scale - shift", () => {
  check(affine({ operation: "sub" }), ["batch_norm"]);
  check(affine({ operation: "sub", scaleFirst: true }), ["batch_norm"]);
});

Deno.test("recogniseBatchNorm() leaves shift - x * scale", () => {
  const graph = affine({ operation: "sub", shiftFirst: true });
  check(graph, ["binary", "binary"]);
});

Deno.test("recogniseBatchNorm() leaves a shift for each row", () => {
  const graph = affine({ operation: "add", shift: [3, 1, 1] });
  check(graph, ["binary", "binary"]);
});

Deno.test("recogniseBatchNorm() leaves a product that something else reads", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 2, 2, 3]);
  const product = sketch.binary("mul", [x, sketch.constant([3])]);
  const graph = sketch.finish(sketch.bias(product), product);
  check(graph, ["binary", "binary"]);
});

Deno.test("recogniseBatchNorm() leaves a product of computed tensors", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 2, 2, 3]);
  const y = sketch.bias(sketch.binary("mul", [x, x]));
  check(sketch.finish(y), ["binary", "binary"]);
});

Deno.test("recogniseBatchNorm() leaves a scale that makes the image larger", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 2, 2, 1]);
  const product = sketch.binary("mul", [x, sketch.constant([3])]);
  check(sketch.finish(sketch.bias(product)), ["binary", "binary"]);
});
