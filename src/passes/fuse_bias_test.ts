import { deepStrictEqual, strictEqual } from "@std/assert";
import type { Graph } from "../graph/ir.ts";
import { fuseActivation } from "./fuse_activation.ts";
import { fuseBias } from "./fuse_bias.ts";
import { assertSameResults, GraphSketch, opsOf } from "./testing.ts";

function check(before: Graph, ops: readonly string[]): Graph {
  const after = fuseBias(before);
  deepStrictEqual(opsOf(after), ops);
  assertSameResults(before, after);
  return after;
}

/** A sketch with a convolution of 3 channels. */
function convolved(): { sketch: GraphSketch; conv: string } {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 3, 4, 2]);
  return { sketch, conv: sketch.conv(x, { channels: 3 }) };
}

Deno.test("fuseBias() fuses a value a channel, on either side", () => {
  for (const shape of [[3], [1, 1, 3], [1, 1, 1, 3], [1], []]) {
    for (const isLeft of [false, true]) {
      const { sketch, conv } = convolved();
      const bias = sketch.constant(shape);
      const y = sketch.binary("add", isLeft ? [bias, conv] : [conv, bias]);
      check(sketch.finish(y), ["conv2d"]);
    }
  }
});

Deno.test("fuseBias() fuses into depthwise convolutions and matrix products", () => {
  const sketch = new GraphSketch();
  const image = sketch.input("image", [1, 3, 4, 2]);
  const row = sketch.input("row", [2, 5]);
  const outputs = [sketch.depthwise(image), sketch.matmul(row, 4)];
  const before = sketch.finish(...outputs.map((name) => sketch.bias(name)));
  check(before, ["depthwise_conv2d", "matmul"]);
});

Deno.test("fuseBias() leaves a bias for each row", () => {
  const { sketch, conv } = convolved();
  const y = sketch.binary("add", [conv, sketch.constant([3, 1, 1])]);
  check(sketch.finish(y), ["conv2d", "binary"]);
});

Deno.test("fuseBias() leaves a bias that makes the result larger", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 2, 2, 2]);
  const conv = sketch.conv(x, { channels: 1 });
  const y = sketch.binary("add", [conv, sketch.constant([5])]);
  check(sketch.finish(y), ["conv2d", "binary"]);
});

Deno.test("fuseBias() leaves other functions of a constant", () => {
  for (const operation of ["sub", "mul", "max"] as const) {
    const { sketch, conv } = convolved();
    const y = sketch.binary(operation, [conv, sketch.constant([3])]);
    check(sketch.finish(y), ["conv2d", "binary"]);
  }
});

Deno.test("fuseBias() fuses the first of two biases", () => {
  const { sketch, conv } = convolved();
  const y = sketch.bias(sketch.bias(conv));
  check(sketch.finish(y), ["conv2d", "binary"]);
});

Deno.test("fuseBias() leaves sums of computed tensors", () => {
  const { sketch, conv } = convolved();
  const other = sketch.conv("x", { channels: 3 });
  const y = sketch.binary("add", [conv, other]);
  check(sketch.finish(y), ["conv2d", "conv2d", "binary"]);
});

Deno.test("fuseBias() leaves a convolution that is added to itself", () => {
  const { sketch, conv } = convolved();
  const y = sketch.binary("add", [conv, conv]);
  check(sketch.finish(y), ["conv2d", "binary"]);
});

Deno.test("fuseBias() leaves a bias that comes after an activation", () => {
  const { sketch, conv } = convolved();
  const y = sketch.bias(sketch.unary("relu", conv));
  const before = fuseActivation(sketch.finish(y));
  check(before, ["conv2d", "binary"]);
});

Deno.test("fuseBias() keeps the activation that the sum had", () => {
  const { sketch, conv } = convolved();
  const y = sketch.unary("relu", sketch.bias(conv));
  const before = fuseActivation(sketch.finish(y));
  deepStrictEqual(opsOf(before), ["conv2d", "binary"]);
  check(before, ["conv2d"]);
});

Deno.test("fuseBias() replaces no constant that is named like its own", () => {
  const { sketch, conv } = convolved();
  const sum = sketch.bias(conv);
  const graph = sketch.finish(sum);
  const read = () => new Float32Array([7, 8]);
  const namesake = `${sum}/bias`;
  const tensors = new Map(graph.tensors).set(namesake, {
    name: namesake,
    shape: [2],
    dtype: "f32",
    constant: { read },
  });
  const outputs = [sum, namesake];
  const after = check({ ...graph, tensors, outputs }, ["conv2d"]);
  strictEqual(after.tensors.get(namesake)?.constant?.read, read);
});
