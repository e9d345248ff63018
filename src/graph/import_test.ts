import { deepStrictEqual, match, strictEqual } from "@std/assert";
import { dataTypes, type GraphDef } from "./graphdef.ts";
import { importGraph } from "./import.ts";
import { type Graph, printGraph, type Shape, tensorOf } from "./ir.ts";
import {
  constantNode,
  floatConstant,
  graphOf,
  intConstant,
  ints,
  node,
  placeholder,
  refusalOf,
  text,
} from "./testing.ts";

const filter = constantNode("filter", [3, 3, 2, 4], new Float32Array(72));

const convolution = node("Conv2D", "conv", {
  inputs: ["x", "filter"],
  attributes: { strides: ints(1, 2, 2, 1), padding: text("SAME") },
});

function shapeOf(graph: Graph, at = 0): Shape {
  return tensorOf(graph, graph.outputs[at]).shape;
}

function refuses(
  graphDef: GraphDef,
  output: string,
  message: RegExp,
  inputs: Record<string, Shape> = {},
): void {
  const options = { outputs: [output], inputs };
  match(refusalOf(() => importGraph(graphDef, options)), message);
}

Deno.test("importGraph() works out shapes, and reads constants only when asked", () => {
  const graph = importGraph(
    graphOf(
      node("Relu", "relu", { inputs: ["conv"] }),
      convolution,
      filter,
      placeholder("x", [1, 7, 8, 2]),
    ),
    { outputs: ["relu:0"] },
  );
  strictEqual(
    printGraph(graph),
    'conv = conv2d(x, filter) [1, 4, 4, 4] {"strides":{"height":2,"width":2},"dilations":{"height":1,"width":1},"pads":{"top":1,"bottom":1,"left":0,"right":1},"activation":"none"}\n' +
      'relu = unary(conv) [1, 4, 4, 4] {"function":"relu"}',
  );
  deepStrictEqual(graph.inputs, ["x"]);
  strictEqual(tensorOf(graph, "filter").constant?.read().length, 72);
});

Deno.test("importGraph() takes only what its outputs need", () => {
  const graph = importGraph(
    graphOf(
      placeholder("x", [1, 2]),
      node("Softmax", "probabilities", { inputs: ["x"] }),
      node("Unheard", "labels", { inputs: ["probabilities"] }),
      placeholder("y", [1, 2]),
    ),
    { outputs: ["probabilities"] },
  );
  deepStrictEqual(graph.inputs, ["x"]);
  deepStrictEqual([...graph.tensors.keys()].sort(), ["probabilities", "x"]);
});

Deno.test("importGraph() gives an output that vanished by the name of what it became", () => {
  const graph = importGraph(
    graphOf(
      placeholder("x", [1, 2]),
      node("Identity", "a", { inputs: ["x", "^init"] }),
      node("StopGradient", "b", { inputs: ["a:0"] }),
      node("CheckNumerics", "c", { inputs: ["b"] }),
      node("PlaceholderWithDefault", "d", { inputs: ["c"] }),
      node("NoOp", "init"),
    ),
    { outputs: ["d", "x"] },
  );
  deepStrictEqual(graph.outputs, ["x", "x"]);
  strictEqual(graph.nodes.length, 0);
});

Deno.test("importGraph() looks through IdentityN, which swish leaves behind in frozen graphs", () => {
  const graph = importGraph(
    graphOf(
      placeholder("x", [1, 2]),
      node("Sigmoid", "gate", { inputs: ["x"] }),
      node("Mul", "product", { inputs: ["gate", "x"] }),
      node("IdentityN", "swish", { inputs: ["product", "x"] }),
      node("Relu", "positive", { inputs: ["swish:1"] }),
      node("AddV2", "sum", { inputs: ["swish", "positive"] }),
    ),
    { outputs: ["sum"] },
  );
  deepStrictEqual(
    graph.nodes.map(({ op, inputs }) => [op, ...inputs]),
    [
      ["unary", "x"],
      ["binary", "gate", "x"],
      ["unary", "x"],
      ["binary", "product", "positive"],
    ],
  );
});

Deno.test("importGraph() does arithmetic on shapes and leaves none of it", () => {
  const graph = importGraph(
    graphOf(
      placeholder("x", [-1, 3, 4, 2]),
      node("Shape", "shape", { inputs: ["x"] }),
      intConstant("zero", [0]),
      intConstant("one", [1]),
      node("StridedSlice", "batch", {
        inputs: ["shape", "zero", "one", "one"],
        attributes: { shrink_axis_mask: { kind: "int", value: 1 } },
      }),
      intConstant("rest", -1),
      node("Pack", "target", { inputs: ["batch", "rest"] }),
      node("Reshape", "flat", { inputs: ["x", "target"] }),
    ),
    { outputs: ["flat"] },
  );
  strictEqual(printGraph(graph), "flat = reshape(x) [1, 24] {}");
  deepStrictEqual([...graph.tensors.keys()].sort(), ["flat", "x"]);
});

Deno.test("importGraph() cuts a graph at any tensor", () => {
  const graphDef = graphOf(
    placeholder("contents", []),
    node("Unheard", "pixels", { inputs: ["contents"] }),
    node("Relu", "relu", { inputs: ["pixels:0"] }),
  );
  const graph = importGraph(graphDef, {
    outputs: ["relu"],
    inputs: { "pixels:0": [2, 5] },
  });
  deepStrictEqual(graph.inputs, ["pixels"]);
  deepStrictEqual(shapeOf(graph), [2, 5]);
});

Deno.test("importGraph() fills open sizes, but keeps the batch of the file", () => {
  const relu = (shape: readonly number[] | null) =>
    graphOf(placeholder("x", shape), node("Relu", "y", { inputs: ["x"] }));
  const imported = (shape: readonly number[] | null, given?: Shape) =>
    shapeOf(importGraph(relu(shape), {
      outputs: ["y"],
      ...(given ? { inputs: { x: given } } : {}),
    }));
  deepStrictEqual(imported([-1, 5]), [1, 5]);
  deepStrictEqual(imported([-1, 5], [24, 5]), [1, 5]);
  deepStrictEqual(imported([3, 5], [24, 5]), [3, 5]);
  deepStrictEqual(imported([-1, -1, -1, 3], [24, 8, 9, 3]), [1, 8, 9, 3]);
  deepStrictEqual(imported(null, [24, 8, 9, 3]), [1, 8, 9, 3]);
  refuses(relu([-1, -1, 3]), "y", /shape is \[\?, \?, 3\]; give the sizes/);
  refuses(relu(null), "y", /the file does not tell its shape; give it/);
  refuses(relu([1, 5]), "y", /\[1, 5\], which \[1, 6\] does not fit/, {
    x: [1, 6],
  });
  refuses(relu([1, 5]), "y", /which \[5\] does not fit/, { x: [5] });
  refuses(relu([1, 5]), "y", /\[1, 0\] given for input "x" is not usable/, {
    x: [1, 0],
  });
});

Deno.test("importGraph() knows that old files write no shape as []", () => {
  const graphDef = graphOf(
    placeholder("x", []),
    node("Relu", "y", { inputs: ["x"] }),
  );
  const options = { outputs: ["y"], inputs: { x: [1, 4, 4, 3] } };
  deepStrictEqual(
    shapeOf(importGraph({ ...graphDef, producer: 21 }, options)),
    [1, 4, 4, 3],
  );
  match(
    refusalOf(() => importGraph({ ...graphDef, producer: 22 }, options)),
    /its shape is \[\], which \[1, 4, 4, 3\] does not fit/,
  );
});

Deno.test("importGraph() walks a chain of 100,000 nodes", () => {
  const nodes = [placeholder("n0", [1, 2])];
  for (let i = 1; i <= 100_000; i++) {
    nodes.push(node("Identity", `n${i}`, { inputs: [`n${i - 1}`] }));
  }
  const graph = importGraph(graphOf(...nodes.toReversed()), {
    outputs: ["n100000"],
  });
  deepStrictEqual(graph.outputs, ["n0"]);
});

Deno.test("importGraph() uses ones where gamma is not applied", () => {
  const vector = (name: string, value: number) =>
    floatConstant(name, [value, value]);
  const graph = importGraph(
    graphOf(
      placeholder("x", [1, 2, 2, 2]),
      vector("mean", 0),
      vector("variance", 1),
      vector("beta", 2),
      vector("gamma", 9),
      node("BatchNormWithGlobalNormalization", "norm", {
        inputs: ["x", "mean", "variance", "beta", "gamma"],
        attributes: {
          variance_epsilon: { kind: "float", value: 0.001 },
          scale_after_normalization: { kind: "bool", value: false },
        },
      }),
    ),
    { outputs: ["norm"] },
  );
  const [norm] = graph.nodes;
  deepStrictEqual(norm.inputs.slice(0, 4), ["x", "mean", "variance", "beta"]);
  deepStrictEqual(
    tensorOf(graph, norm.inputs[4]).constant?.read(),
    Float32Array.of(1, 1),
  );
});

Deno.test("importGraph() imports a graph that decodes and resizes its own image", () => {
  const graph = importGraph(
    graphOf(
      node("Placeholder", "DecodeJpeg/contents", {
        attributes: { dtype: { kind: "type", value: dataTypes.string } },
      }),
      node("DecodeJpeg", "DecodeJpeg", {
        inputs: ["DecodeJpeg/contents"],
        attributes: { channels: { kind: "int", value: 3 } },
      }),
      node("Cast", "Cast", {
        inputs: ["DecodeJpeg"],
        attributes: { DstT: { kind: "type", value: dataTypes.float } },
      }),
      intConstant("dim", 0),
      node("ExpandDims", "ExpandDims", { inputs: ["Cast", "dim"] }),
      intConstant("size", [299, 299]),
      node("ResizeBilinear", "Resize", { inputs: ["ExpandDims", "size"] }),
    ),
    { outputs: ["Resize"], inputs: { "DecodeJpeg/contents": [] } },
  );
  const shapes = graph.nodes.map(({ op, outputs }) =>
    `${op} ${tensorOf(graph, outputs[0]).dtype} ${
      tensorOf(graph, outputs[0]).shape
    }`
  );
  deepStrictEqual(shapes, [
    "decode_image u8 -1,-1,3",
    "cast f32 -1,-1,3",
    "reshape f32 1,-1,-1,3",
    "resize_bilinear f32 1,299,299,3",
  ]);
});
