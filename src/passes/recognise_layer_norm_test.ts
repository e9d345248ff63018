import { deepStrictEqual } from "@std/assert";
import { recogniseLayerNorm } from "./recognise_layer_norm.ts";
import { assertSameResults, GraphSketch, opsOf } from "./testing.ts";

/** Parts of a norm as graphs spell them. */
interface Spelling {
  readonly square: "square" | "mul" | "pow" | "squared_difference";
  readonly root: "div" | "rsqrt" | "reciprocal";
  /** The axis of the means [the last]. */
  readonly axis?: number;
}

function draw({ square, root, axis = 2 }: Spelling) {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [2, 3, 6]);
  const mean = sketch.meanOf(x, axis);
  const centred = sketch.binary("sub", [x, mean]);
  const squares = square === "square"
    ? sketch.unary("square", centred)
    : square === "squared_difference"
    ? sketch.binary(square, [x, mean])
    : square === "pow"
    ? sketch.binary("pow", [centred, sketch.constant([], Float32Array.of(2))])
    : sketch.binary("mul", [centred, centred]);
  const epsilon = sketch.constant([], Float32Array.of(1e-5));
  const sum = sketch.binary("add", [sketch.meanOf(squares, axis), epsilon]);
  const normed = root === "div"
    ? sketch.binary("div", [centred, sketch.unary("sqrt", sum)])
    : root === "rsqrt"
    ? sketch.binary("mul", [centred, sketch.unary("rsqrt", sum)])
    : sketch.binary("mul", [
      sketch.unary("reciprocal", sketch.unary("sqrt", sum)),
      centred,
    ]);
  return { sketch, normed };
}

const squares = ["square", "mul", "pow", "squared_difference"] as const;
const roots = ["div", "rsqrt", "reciprocal"] as const;

Deno.test("recogniseLayerNorm() knows norms of rows, however they are spelled", () => {
  for (const square of squares) {
    for (const root of roots) {
      const { sketch, normed } = draw({ square, root });
      const scaled = sketch.binary("mul", [normed, sketch.constant([6])]);
      const before = sketch.finish(sketch.bias(scaled));
      const after = recogniseLayerNorm(before);
      deepStrictEqual(opsOf(after), ["layer_norm"], `${square}, ${root}`);
      assertSameResults(before, after);
    }
  }
});

Deno.test("recogniseLayerNorm() knows norms without a scale, a bias, or both", () => {
  const { sketch, normed } = draw({ square: "square", root: "div" });
  for (const y of [normed, sketch.bias(normed)]) {
    const before = sketch.finish(y);
    const after = recogniseLayerNorm(before);
    deepStrictEqual(opsOf(after), ["layer_norm"]);
    assertSameResults(before, after);
  }
});

Deno.test("recogniseLayerNorm() leaves norms along another axis, and a scale behind a bias", () => {
  const other = draw({ square: "square", root: "div", axis: 1 });
  const before = other.sketch.finish(other.normed);
  deepStrictEqual(opsOf(recogniseLayerNorm(before)), opsOf(before));
  const { sketch, normed } = draw({ square: "square", root: "div" });
  const scaled = sketch.binary("mul", [
    sketch.bias(normed),
    sketch.constant([6]),
  ]);
  deepStrictEqual(opsOf(recogniseLayerNorm(sketch.finish(scaled))), [
    "layer_norm",
    "binary",
  ]);
});
