/**
 * ONNX models, and what lies beside them: what was taken is written and read again,
 * imported, described, and planned for training.
 *
 * @module
 */
import { deepStrictEqual, ok } from "@std/assert";
import { join } from "@std/path";
import { testValues } from "../../kernels/testing.ts";
import type { Random } from "../../src/bytes/random.ts";
import { InputError } from "../../src/errors.ts";
import { inspectOnnx } from "../../src/features/mod.ts";
import { openOnnx } from "../../src/features/onnx_model.ts";
import {
  decodeOnnx,
  encodeOnnx,
  type OnnxAttribute,
  type OnnxModel,
  type OnnxNode,
  readExternalData,
} from "../../src/onnx/mod.ts";
import { importOnnx } from "../../src/onnx/import.ts";
import {
  floats,
  onnxModel,
  onnxNetwork,
  onnxNode,
  wholes,
} from "../../src/onnx/testing.ts";
import { planTraining } from "../../src/run/mod.ts";
import type { Change } from "./_mutants.ts";
import type { Target } from "./_targets.ts";

/** What PyTorch writes around shapes, and most ways to move elements. */
const shapes = onnxModel({
  inputs: { x: ["batch", 3, 8, 8] },
  outputs: ["y", "places"],
  nodes: [
    onnxNode("Conv", "patches", {
      inputs: ["x", "filter"],
      kernel_shape: [4, 4],
      strides: [4, 4],
      group: 3,
    }),
    onnxNode("Shape", "sizes", { inputs: ["patches"] }),
    onnxNode("Gather", "batch", { inputs: ["sizes", "zero"], axis: 0 }),
    onnxNode("Concat", "target", { inputs: ["batch", "rest"], axis: 0 }),
    onnxNode("Reshape", "rows", { inputs: ["patches", "target"] }),
    onnxNode("Transpose", "tokens", { inputs: ["rows"], perm: [0, 2, 1] }),
    onnxNode("LayerNormalization", "norm", { inputs: ["tokens", "ones"] }),
    onnxNode("Transpose", "columns", { inputs: ["norm"], perm: [0, 2, 1] }),
    onnxNode("MatMul", "products", { inputs: ["norm", "columns"] }),
    onnxNode("Softmax", "shares", { inputs: ["products"], axis: 2 }),
    onnxNode("Slice", "part", { inputs: ["shares", "zero", "two", "two"] }),
    onnxNode("Pad", "padded", { inputs: ["part", "pads"] }),
    onnxNode("Expand", "wide", { inputs: ["padded", "shape"] }),
    onnxNode("ReduceMean", "means", { inputs: ["wide"], axes: [1] }),
    onnxNode("Clip", "cut", { inputs: ["means", "", "most"] }),
    onnxNode("Where", "y", { inputs: ["truth", "cut", "means"] }),
    onnxNode("ArgMax", "places", { inputs: ["y"], axis: -1 }),
  ],
  initializers: [
    floats("filter", [6, 1, 4, 4], testValues(96)),
    floats("ones", [6], new Float32Array(6).fill(1)),
    floats("most", [], Float32Array.of(0.5)),
    wholes("zero", [0]),
    wholes("two", [2]),
    wholes("rest", [6, -1]),
    wholes("pads", [0, 0, 1, 0, 0, 1]),
    wholes("shape", [1, 1, 4, 6]),
    { ...wholes("truth", [1]), type: 9 },
  ],
});

/** Old attributes, pools of every kind, and ops that are refused. */
const pools = onnxModel({
  opset: 9,
  inputs: { x: [1, 4, 9, 9] },
  outputs: ["scores"],
  nodes: [
    onnxNode("BatchNormalization", "norm", {
      inputs: ["x", "ones", "ones", "ones", "ones"],
    }),
    onnxNode("MaxPool", "largest", {
      inputs: ["norm"],
      kernel_shape: [3, 3],
      strides: [2, 2],
      ceil_mode: 1,
    }),
    onnxNode("AveragePool", "means", {
      inputs: ["largest"],
      kernel_shape: [2, 2],
      pads: [1, 0, 1, 0],
      count_include_pad: 1,
    }),
    onnxNode("LRN", "near", { inputs: ["means"], size: 3 }),
    onnxNode("Flatten", "rows", { inputs: ["near"] }),
    onnxNode("Dropout", "kept", { inputs: ["rows"] }),
    onnxNode("Slice", "part", { inputs: ["kept"], starts: [0], ends: [9] }),
    onnxNode("Gemm", "scores", { inputs: ["part", "weights"], transB: 1 }),
    onnxNode("LSTM", "state", { inputs: ["scores"] }),
  ],
  initializers: [
    floats("ones", [4], new Float32Array(4).fill(1)),
    floats("weights", [3, 60], testValues(180)),
  ],
});

const files = [onnxNetwork(), shapes, pools].map((model) => encodeOnnx(model));

const training = { batch: 2, classes: 3, optimizer: "sgd" } as const;

/** What is made of a model; a refusal is a sentence. */
function use(model: OnnxModel): void {
  const uses = [
    () => importOnnx(model),
    () => importOnnx(model, { channelsLast: true, inputSize: 12 }),
    () => inspectOnnx(model, { inputSize: 8 }),
    () => planTraining(openOnnx(model, { inputSize: 8 }), training),
  ];
  for (const use of uses) {
    try {
      use();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    }
  }
}

const models: Target = {
  form: "bytes",
  files: () => files,
  async read(mutant, { folder }) {
    const model = decodeOnnx(mutant, { source: "a.onnx" });
    deepStrictEqual(decodeOnnx(encodeOnnx(model)), model);
    const path = join(folder, "a.onnx");
    use((await readExternalData(model, { path })).model);
    return true;
  },
  change: changed,
};

/** A model and its data as one file, the model first. */
const beside = {
  model: onnxNetwork({ external: "a.data" }),
  data: new Uint8Array(testValues(216, 1).buffer),
};

const externalData: Target = {
  form: "bytes",
  files: () => [encodeOnnx(beside.model)],
  async read(mutant, { folder }) {
    await Deno.writeFile(join(folder, "a.data"), beside.data);
    await Deno.writeFile(join(folder, "..", "secret"), beside.data);
    const model = decodeOnnx(mutant, { source: "a.onnx" });
    const path = join(folder, "a.onnx");
    const { model: whole } = await readExternalData(model, { path });
    const places = model.graph.initializers.flatMap(({ external }) =>
      external ? [external.location] : []
    );
    ok(places.every((place) => !place.includes("..")));
    use(whole);
    return true;
  },
  change(bytes, { random, other }) {
    const model = decoded(bytes);
    if (!model) return bytes;
    const places = ["a.data", "../secret", "/etc/passwd", "", "b", ".", "a/.."];
    const { graph } = model;
    const initializers = graph.initializers.map((tensor) => {
      if (!tensor.external) return tensor;
      const one = <T>(usual: T, others: readonly T[]) =>
        random.below(2) === 0 ? usual : others[random.below(others.length)];
      const location = one("a.data", places);
      const offset = one(0, numbers);
      const length = one(864, numbers);
      return { ...tensor, external: { location, offset, length } };
    });
    const moved = encodeOnnx({ ...model, graph: { ...graph, initializers } });
    return random.below(2) === 0 ? moved : changed(moved, { random, other });
  },
};

function decoded(bytes: Uint8Array): OnnxModel | undefined {
  try {
    return decodeOnnx(bytes);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Sizes, axes, strides and counts that a model may not expect. */
const numbers = [
  ...[0, 1, 2, 3, 7, -1, -2, 255, 256, 864, 4096, 65_536, 2 ** 24, 2 ** 28],
  ...[2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 40, 2 ** 53, 2 ** 63],
];
const texts = ["SAME_UPPER", "SAME_LOWER", "VALID", "reflect", "", "\u0000"];

/** A model of which a node is left out, has another op, input or attribute, or a tensor another shape. */
function changed(
  ...[bytes, { random }]: Parameters<Change>
): ReturnType<Change> {
  const model = decoded(bytes);
  if (!model || model.graph.nodes.length === 0) return bytes;
  const { graph } = model;
  const nodes = [...graph.nodes];
  const initializers = [...graph.initializers];
  const at = random.below(nodes.length);
  const other = nodes[random.below(nodes.length)];
  const tensor = random.below(Math.max(initializers.length, 1));
  switch (random.below(8)) {
    case 0:
      nodes.splice(at, 1);
      break;
    case 1:
      nodes.push({ ...nodes[at], outputs: ["copy"] });
      break;
    case 2:
      nodes[at] = { ...nodes[at], op: other.op };
      break;
    case 3:
      nodes[at] = { ...nodes[at], inputs: other.inputs };
      break;
    case 4:
      if (!initializers[tensor]) break;
      initializers[tensor] = {
        ...initializers[tensor],
        shape: changedList(initializers[tensor].shape, random),
      };
      break;
    default:
      nodes[at] = withAttribute(nodes[at], random);
  }
  const opset = random.below(8) === 0 ? random.below(30) : undefined;
  return encodeOnnx({
    ...model,
    ...opset !== undefined && { opsets: new Map([["", opset]]) },
    graph: { ...graph, nodes, initializers },
  });
}

function changedList(list: readonly number[], random: Random): number[] {
  const changed = [...list];
  const at = random.below(list.length + 1);
  const number = numbers[random.below(numbers.length)];
  changed.splice(at, random.below(2), number);
  return changed;
}

function withAttribute(node: OnnxNode, random: Random): OnnxNode {
  const names = [...node.attributes.keys(), "axis", "axes", "keepdims"];
  const name = names[random.below(names.length)];
  const attributes = new Map(node.attributes);
  const old = attributes.get(name);
  const value = changedAttribute(old, random);
  if (random.below(4) === 0) attributes.delete(name);
  else attributes.set(name, value);
  return { ...node, attributes };
}

function changedAttribute(
  old: OnnxAttribute | undefined,
  random: Random,
): OnnxAttribute {
  const number = numbers[random.below(numbers.length)];
  if (old?.kind === "ints") {
    return { kind: "ints", value: changedList(old.value, random) };
  }
  switch (random.below(4)) {
    case 0:
      return { kind: "ints", value: [number, number] };
    case 1: {
      const text = texts[random.below(texts.length)];
      return { kind: "bytes", value: new TextEncoder().encode(text) };
    }
    case 2:
      return { kind: "float", value: Math.fround(number / 3) };
    default:
      return { kind: "int", value: number };
  }
}

/** By name. */
export const onnxTargets: Readonly<Record<string, Target>> = {
  "onnx": models,
  "onnx data": externalData,
};
