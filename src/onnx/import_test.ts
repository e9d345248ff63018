import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import { assertAllClose, testValues } from "../../kernels/testing.ts";
import { elementCount, type Graph, type Shape } from "../graph/ir.ts";
import { refusalOf } from "../graph/testing.ts";
import { optimise } from "../passes/mod.ts";
import { runOnCpu } from "../plan/testing.ts";
import { importOnnx } from "./import.ts";
import type { OnnxModel } from "./model.ts";
import { floats, onnxModel, onnxNode, wholes } from "./testing.ts";

const opsOf = ({ nodes }: Graph) => nodes.map(({ op }) => op);

/** Images NCHW the way kernels take them. */
function channelsLast(data: Float32Array, [n, c, h, w]: Shape): Float32Array {
  const last = new Float32Array(data.length);
  for (const [at, value] of data.entries()) {
    const [x, y] = [at % w, Math.floor(at / w) % h];
    const channel = Math.floor(at / (w * h)) % c;
    const image = Math.floor(at / (w * h * c));
    last[((image * h + y) * w + x) * c + channel] = value;
  }
  ok(n > 0);
  return last;
}

const weights = (name: string, shape: Shape, seed: number) =>
  floats(name, shape, testValues(elementCount(shape), seed));

/** A network as PyTorch exports it: a convolution, a pool, a flatten and a dense layer. */
const network: OnnxModel = onnxModel({
  inputs: { images: ["batch", 3, 6, 4] },
  outputs: ["logits"],
  nodes: [
    onnxNode("Conv", "conv", {
      inputs: ["images", "filter", "bias"],
      kernel_shape: [3, 3],
      pads: [1, 1, 1, 1],
    }),
    onnxNode("Relu", "relu", { inputs: ["conv"] }),
    onnxNode("MaxPool", "pool", {
      inputs: ["relu"],
      kernel_shape: [2, 2],
      strides: [2, 2],
    }),
    onnxNode("Flatten", "rows", { inputs: ["pool"] }),
    onnxNode("Gemm", "logits", {
      inputs: ["rows", "dense", "last"],
      transB: 1,
    }),
  ],
  initializers: [
    weights("filter", [5, 3, 3, 3], 1),
    weights("bias", [5], 2),
    weights("dense", [7, 30], 3),
    weights("last", [7], 4),
  ],
});

Deno.test("importOnnx() keeps images with their channels last, and moves weights instead", () => {
  const graph = importOnnx(network, { channelsLast: true });
  deepStrictEqual(opsOf(optimise(graph)), [
    "conv2d",
    "max_pool",
    "reshape",
    "matmul",
  ]);
  deepStrictEqual(graph.tensors.get("images")?.shape, [1, 6, 4, 3]);
  const x = testValues(72, 9);
  const own = runOnCpu(importOnnx(network), { images: x });
  const last = runOnCpu(graph, { images: channelsLast(x, [1, 3, 6, 4]) });
  assertAllClose(last[0], own[0]);
});

Deno.test("importOnnx() gives outputs in ONNX's order of axes", () => {
  const options = { outputs: ["conv", "pool"], channelsLast: true };
  const graph = importOnnx(network, options);
  const shapes = graph.outputs.map((name) => graph.tensors.get(name)?.shape);
  deepStrictEqual(shapes, [[1, 5, 6, 4], [1, 5, 3, 2]]);
});

/** What a model of one node makes of its first input, by ONNX's shape of it. */
function computed(
  op: string,
  { shape, opset, rest = [], attributes = {} }: {
    readonly shape: Shape;
    readonly opset?: number;
    readonly rest?: readonly (readonly number[])[];
    readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
  },
): { readonly shape: Shape; readonly data: Float32Array } {
  const model = onnxModel({
    inputs: { x: shape },
    outputs: ["y"],
    nodes: [
      onnxNode(op, "y", {
        inputs: ["x", ...rest.map((_, at) => `list ${at}`)],
        ...attributes,
      }),
    ],
    initializers: rest.map((values, at) => wholes(`list ${at}`, values)),
    ...opset && { opset },
  });
  const graph = importOnnx(model);
  const [data] = runOnCpu(graph, { x: testValues(elementCount(shape)) });
  return { shape: graph.tensors.get(graph.outputs[0])?.shape ?? [], data };
}

Deno.test("attributes that became inputs mean the same in both", () => {
  const shape = [2, 3, 4];
  const cases = [
    ["Slice", 9, { starts: [1, 0], ends: [3, 9], axes: [1, 2] }, [
      [1, 0],
      [3, 9],
      [1, 2],
    ]],
    ["ReduceMean", 17, { axes: [1] }, [[1]]],
    ["ReduceSum", 12, { axes: [0, 2], keepdims: 0 }, [[0, 2]]],
    ["Unsqueeze", 12, { axes: [1] }, [[1]]],
    ["Pad", 10, { pads: [0, 1, 0, 0, 0, 2] }, [[0, 1, 0, 0, 0, 2]]],
  ] as const;
  for (const [op, opset, attributes, rest] of cases) {
    const keepdims = "keepdims" in attributes
      ? { keepdims: attributes.keepdims }
      : {};
    const old = computed(op, { shape, opset, attributes });
    const now = computed(op, {
      ...{ shape, opset: 18, rest },
      attributes: keepdims,
    });
    deepStrictEqual(now, old, op);
  }
});

Deno.test("a softmax is of the last axis since opset 13, and of all from one on before", () => {
  const shape = [2, 3, 4];
  const sums = (data: Float32Array, size: number) =>
    Array.from({ length: data.length / size }, (_, row) =>
      Math.round(
        data.subarray(row * size, (row + 1) * size)
          .reduce((sum, value) => sum + value, 0) * 1e4,
      ) / 1e4);
  const now = computed("Softmax", { shape, opset: 13 }).data;
  deepStrictEqual(sums(now, 4), [1, 1, 1, 1, 1, 1]);
  const old = computed("Softmax", { shape, opset: 12 }).data;
  deepStrictEqual(sums(old, 12), [1, 1]);
});

/** The message of an import that is refused. */
function refusal(
  nodes: OnnxModel["graph"]["nodes"],
  { opset = 17 }: { readonly opset?: number } = {},
): string {
  const model = onnxModel({
    inputs: { x: [1, 3, "h", "w"] },
    outputs: [nodes.at(-1)?.outputs[0] ?? ""],
    ...{ nodes, opset },
  });
  return refusalOf(() => importOnnx(model));
}

Deno.test("what cannot be imported is said in a sentence that names the node", () => {
  const node = (op: string) => [onnxNode(op, "y", { inputs: ["x"] })];
  const cases = [
    [
      node("QLinearConv"),
      /"make y" \(op "QLinearConv"\): quantised graphs are not/,
    ],
    [
      node("DequantizeLinear"),
      /quantised graphs are not supported; take the float/,
    ],
    [node("LSTM"), /recurrent networks are not supported/],
    [node("Loop"), /branches and loops are not supported/],
    [node("SequenceAt"), /lists of tensors are not supported/],
    [
      node("NonMaxSuppression"),
      /the op is not supported; choose an output before/,
    ],
    [
      node("Relu"),
      /Input "x" takes \[1, 3, h, w\], which leaves sizes open: give --input-size/,
    ],
  ] as const;
  for (const [nodes, message] of cases) {
    ok(message.test(refusal(nodes)), refusal(nodes));
  }
  const two = [
    onnxNode("GRU", "z", { inputs: ["x"] }),
    onnxNode("If", "y", { inputs: ["z"] }),
  ];
  ok(/"make z" \(op "GRU"\).*and so are not "make y" \(If\)/.test(
    refusal(two),
  ));
  ok(/version 6 of ONNX's ops.*onnx\.version_converter/.test(
    refusal(node("Relu"), { opset: 6 }),
  ));
});

Deno.test("importOnnx() takes pictures of another size where --input-size says one", () => {
  const model = onnxModel({
    inputs: { x: [1, 3, "h", "w"] },
    outputs: ["y"],
    nodes: [onnxNode("GlobalAveragePool", "y", { inputs: ["x"] })],
  });
  const graph = importOnnx(model, { inputSize: 9, channelsLast: true });
  deepStrictEqual(graph.tensors.get("x")?.shape, [1, 9, 9, 3]);
  strictEqual(graph.nodes.filter(({ op }) => op === "transpose").length, 0);
});

Deno.test("sums and products of five axes are those of four, by what is repeated", () => {
  const model = onnxModel({
    inputs: { x: [2, 6, 2, 2] },
    outputs: ["y"],
    nodes: [
      onnxNode("Reshape", "groups", { inputs: ["x", "apart"] }),
      onnxNode("Mul", "product", { inputs: ["groups", "factors"] }),
      onnxNode("ReduceSum", "y", { inputs: ["product", "first"], keepdims: 0 }),
    ],
    initializers: [
      wholes("apart", [0, 2, 3, 2, 2]),
      floats("factors", [1, 2, 3, 1, 1], Float32Array.of(1, 2, 3, 4, 5, 6)),
      wholes("first", [1]),
    ],
  });
  const x = testValues(48);
  const [y] = runOnCpu(importOnnx(model), { x });
  const wanted = Float32Array.from({ length: 24 }, (_, at) => {
    const [image, rest] = [Math.floor(at / 12), at % 12];
    const channel = Math.floor(rest / 4);
    const [a, b] = [x[image * 24 + rest], x[image * 24 + 12 + rest]];
    return a * (channel + 1) + b * (channel + 4);
  });
  assertAllClose(y, wanted);
});

Deno.test("a batch norm of weights, as networks standardise theirs, is worked out, and one of images refused", () => {
  const ones = (name: string) => floats(name, [2], Float32Array.of(1, 1));
  const norm = (x: string) =>
    onnxNode("BatchNormalization", "y", {
      inputs: [x, "scale", "offset", "mean", "variance"],
      training_mode: 1,
      epsilon: { kind: "float", value: 0 },
    });
  const model = (x: string) =>
    onnxModel({
      inputs: { x: [1, 2, 3] },
      outputs: ["sum"],
      nodes: [norm(x), onnxNode("Add", "sum", { inputs: ["y", "x"] })],
      initializers: [
        floats("weights", [1, 2, 3], Float32Array.of(1, 2, 3, -2, 0, 2)),
        ...["scale", "offset", "mean", "variance"].map(ones),
      ],
    });
  const graph = importOnnx(model("weights"));
  const [y] = runOnCpu(graph, { x: new Float32Array(6) });
  const far = Math.sqrt(3 / 2);
  assertAllClose(y, Float32Array.of(1 - far, 1, 1 + far, 1 - far, 1, 1 + far));
  const message = refusalOf(() => importOnnx(model("x")));
  ok(/normalises by the batch.*call model\.eval\(\)/.test(message), message);
});
