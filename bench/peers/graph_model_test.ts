import { deepStrictEqual, strictEqual, throws } from "@std/assert";
import { dataTypes, frozenGraph } from "../../src/graph/mod.ts";
import { LayerGraph } from "../../src/graph/layers.ts";
import { constantNode } from "../../src/graph/make_node.ts";
import { graphModel } from "./graph_model.ts";

/** A convolution with relu6, a depthwise one added to its input, and the mean. */
function smallNet() {
  const layers = new LayerGraph({
    constants: (_, shape) => ({
      read: () =>
        new Float32Array(shape.reduce((product, size) => product * size, 1))
          .fill(shape.length),
    }),
  });
  const images = layers.input("images", [1, 8, 8, 3]);
  const x = layers.convolution("conv", images, {
    ...{ channels: 4, size: 3, stride: 2, padding: "SAME" },
    activation: "relu6",
  });
  const y = layers.depthwise("deep", x, { size: 5, padding: "SAME" });
  const [sum] = layers.append({
    op: "binary",
    inputs: [x, y],
    attributes: { function: "add", activation: "none" },
  }, { name: "sum" });
  return frozenGraph(layers.finish(layers.meanOverSpace("mean", sum)));
}

Deno.test("graphModel() fuses convolutions with their biases and activations, as tfjs's converter does", () => {
  const { model } = graphModel(smallNet());
  const nodes = model.modelTopology.node;
  const ops = nodes.map(({ op }) => op).filter((op) => op !== "Const");
  deepStrictEqual(ops, [
    "Placeholder",
    "_FusedConv2D",
    "FusedDepthwiseConv2dNative",
    "Add",
    "Mean",
  ]);
  const [conv, deep] = nodes.filter(({ attr }) => attr.fused_ops);
  const text = (word: string) => new TextEncoder().encode(word).toBase64();
  const fused = (...words: string[]) => ({
    list: { s: words.map(text), i: [], f: [] },
  });
  deepStrictEqual(conv.attr.fused_ops, fused("BiasAdd", "Relu6"));
  deepStrictEqual(deep.attr.fused_ops, fused("BiasAdd"));
  strictEqual(conv.input.length, 3);
  strictEqual(deep.input[0], conv.name);
});

Deno.test("graphModel() lists weights in the order of their bytes", () => {
  const { model, weights } = graphModel(smallNet());
  deepStrictEqual(
    model.weightSpecs.map(({ shape }) =>
      4 * shape.reduce((product, size) => product * size, 1)
    ),
    weights.map(({ byteLength }) => byteLength),
  );
  const nodes = model.modelTopology.node.filter(({ op }) => op === "Const");
  deepStrictEqual(
    model.weightSpecs.map(({ name }) => name),
    nodes.map(({ name }) => name),
  );
});

Deno.test("graphModel() refuses constants of a type that peers are not given", () => {
  const node = constantNode("half", [1], new Float64Array(1));
  strictEqual(dataTypes.double, 2);
  throws(
    () => graphModel({ nodes: [node], producer: 27 }),
    /"half" is of a type not written/,
  );
});
