import { deepStrictEqual } from "@std/assert";
import {
  countOps,
  knownShapes,
  likelyBottlenecks,
  outputNames,
  placeholderNames,
  unsupportedNodes,
} from "./describe.ts";
import {
  constantNode,
  floatConstant,
  graphOf,
  intConstant,
  node,
  placeholder,
} from "./testing.ts";

const graphDef = graphOf(
  placeholder("images", [-1, 4, 4, 3]),
  intConstant("axes", [1, 2]),
  node("Mean", "pool", {
    inputs: ["images", "axes"],
    attributes: { keep_dims: { kind: "bool", value: true } },
  }),
  node("Squeeze", "features", { inputs: ["pool"] }),
  intConstant("shape", [1, 3]),
  node("Reshape", "rows", { inputs: ["features", "shape"] }),
  constantNode("weights", [3, 2], new Float32Array(6)),
  node("MatMul", "logits", { inputs: ["rows", "weights"] }),
  node("Softmax", "probabilities", { inputs: ["logits"] }),
  node("TopKV2", "best", { inputs: ["probabilities"] }),
  node("NoOp", "init"),
  floatConstant("unused", [1, 2]),
);

Deno.test("countOps() counts the most frequent op first", () => {
  const counts = [...countOps(graphDef)];
  deepStrictEqual(counts[0], ["Const", 4]);
  deepStrictEqual(counts.length, 9);
});

Deno.test("outputNames() leaves out what only decides a branch, and likelyBottlenecks() gives TensorFlow's names", () => {
  const branches = graphOf(
    placeholder("x", [1, 4, 4, 3]),
    constantNode("no", [], Int32Array.of(0)),
    node("Switch", "pivot", { inputs: ["no", "no"] }),
    node("Identity", "taken", { inputs: ["pivot:1"] }),
    intConstant("axes", [1, 2]),
    node("Sum", "sum", { inputs: ["x", "axes"] }),
    node("Relu", "features", { inputs: ["sum", "^taken"] }),
  );
  deepStrictEqual(outputNames(branches), ["features"]);
  const names = likelyBottlenecks(branches).map(({ name }) => name);
  deepStrictEqual(names, ["sum"]);
});

Deno.test("unsupportedNodes() names uses of an op that cannot be imported, and none of those that can", () => {
  const sliced = graphOf(
    placeholder("x", [1, 4]),
    intConstant("begin", [0, 0]),
    intConstant("end", [0, 1]),
    intConstant("ones", [1, 1]),
    node("StridedSlice", "first", {
      inputs: ["x", "begin", "end", "ones"],
      attributes: { begin_mask: { kind: "int", value: 1 } },
    }),
    node("StridedSlice", "some", {
      inputs: ["x", "begin", "end", "ones"],
      attributes: { end_mask: { kind: "int", value: 1 } },
    }),
    node("Relu", "after", { inputs: ["first"] }),
  );
  deepStrictEqual(unsupportedNodes(sliced), [
    { name: "first", op: "StridedSlice" },
  ]);
});

Deno.test("unsupportedNodes() names the nodes that cannot be imported", () => {
  deepStrictEqual(unsupportedNodes(graphDef), [{ name: "best", op: "TopKV2" }]);
});

Deno.test("placeholderNames() and outputNames() name the ends of a graph", () => {
  deepStrictEqual(placeholderNames(graphDef), ["images"]);
  deepStrictEqual(outputNames(graphDef), ["best"]);
});

Deno.test("likelyBottlenecks() finds the vectors before the classifier, in spite of unknown ops", () => {
  deepStrictEqual(likelyBottlenecks(graphDef), [
    { name: "rows", shape: [1, 3] },
    { name: "pool", shape: [1, 1, 1, 3] },
  ]);
});

Deno.test("likelyBottlenecks() takes a 1x1 convolution of a pooled image for a classifier", () => {
  const strides = {
    kind: "list",
    value: {
      bytes: [],
      ints: [1, 1, 1, 1],
      floats: [],
      bools: [],
      types: [],
      shapes: [],
      tensors: [],
      functions: [],
    },
  } as const;
  const padding = {
    kind: "bytes",
    value: new TextEncoder().encode("SAME"),
  } as const;
  const convolved = graphOf(
    placeholder("pool", [-1, 4, 4, 3]),
    intConstant("axes", [1, 2]),
    node("Mean", "mean", {
      inputs: ["pool", "axes"],
      attributes: { keep_dims: { kind: "bool", value: true } },
    }),
    constantNode("filter", [1, 1, 3, 7], new Float32Array(21)),
    node("Conv2D", "logits", {
      inputs: ["mean", "filter"],
      attributes: { strides, padding },
    }),
  );
  deepStrictEqual(likelyBottlenecks(convolved), [
    { name: "mean", shape: [1, 1, 1, 3] },
  ]);
});

Deno.test("knownShapes() tells the shape of each value that can be worked out", () => {
  const shapes = knownShapes(graphDef, { inputs: { images: [1, 4, 4, 3] } });
  deepStrictEqual(shapes.get("pool"), [1, 1, 1, 3]);
  deepStrictEqual(shapes.has("best"), false);
});
