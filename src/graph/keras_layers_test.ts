import { deepStrictEqual, strictEqual } from "@std/assert";
import golden from "../../tests/golden/keras_layers.json" with { type: "json" };
import { kerasLayerNumbers } from "./keras_layers.ts";
import { graphOf, node } from "./testing.ts";

/** The graph that `keras_layers.py` froze, without values; names pass through `rename`. */
function graphWith(rename: (name: string) => string = (name) => name) {
  return graphOf(...golden.nodes.map((line) => {
    const [name, op, ...inputs] = line.split(" ");
    return node(op, rename(name), { inputs: inputs.map(rename) });
  }));
}

Deno.test("kerasLayerNumbers() numbers layers as Keras's model.layers, also where branches join", () => {
  const numbers = kerasLayerNumbers(graphWith(), ["Identity:0"]);
  if (!numbers) throw new Error("These are Keras's layers");
  strictEqual(numbers.count, golden.layers.length);
  // The input has no scope of its own.
  for (const [index, layer] of golden.layers.slice(1).entries()) {
    strictEqual(numbers.named(layer), index + 2, layer);
  }
  const nodes = golden.nodes.map((line) => line.split(" ")[0]);
  const folded = nodes.filter((name) =>
    name.endsWith("stem_bn_1/batchnorm/add_1")
  );
  deepStrictEqual(folded.map(numbers.of), [3]);
  deepStrictEqual(folded.map(numbers.first), [2]);
});

Deno.test("kerasLayerNumbers() leaves alone what another tool built", () => {
  const slim = (name: string) =>
    name.replace("stem_bn_1/", "stem_1/BatchNorm/");
  strictEqual(kerasLayerNumbers(graphWith(slim), ["Identity"]), undefined);
  const weights = (name: string) => name.replace("ReadVariableOp", "weights");
  strictEqual(kerasLayerNumbers(graphWith(weights), ["Identity"]), undefined);
});
