/**
 * Small ONNX models, for tests.
 *
 * @module
 */
import { testValues } from "../../kernels/testing.ts";
import {
  type OnnxAttribute,
  type OnnxDimension,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  onnxTypes,
} from "./model.ts";

/** A node with inputs, and attributes: whole numbers, lists of them, or others as they are. */
export function onnxNode(
  op: string,
  output: string,
  { inputs = [], ...attributes }:
    & { readonly inputs?: readonly string[] }
    & Readonly<
      Record<string, number | readonly (number | string)[] | OnnxAttribute>
    > = {},
): OnnxNode {
  return {
    ...{ name: `make ${output}`, op, domain: "" },
    inputs: inputs.map(String),
    outputs: [output],
    attributes: new Map(
      Object.entries(attributes).map(([name, value]) => [
        name,
        attributeOf(value),
      ]),
    ),
  };
}

function attributeOf(
  value: number | readonly (number | string)[] | OnnxAttribute,
): OnnxAttribute {
  if (typeof value === "number") return { kind: "int", value };
  if ("kind" in value) return value;
  return { kind: "ints", value: value.map(Number) };
}

/** A tensor of f32. */
export function floats(
  name: string,
  shape: readonly number[],
  data: Float32Array,
): OnnxTensor {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, shape, type: onnxTypes.float, raw };
}

/** A row of int64. */
export function wholes(name: string, values: readonly number[]): OnnxTensor {
  return { name, shape: [values.length], type: onnxTypes.int64, values };
}

/** A model that is fed with floats. */
export function onnxModel(
  { inputs, outputs, nodes, initializers = [], opset = 17 }: {
    readonly inputs: Readonly<Record<string, readonly OnnxDimension[]>>;
    readonly outputs: readonly string[];
    readonly nodes: readonly OnnxNode[];
    readonly initializers?: readonly OnnxTensor[];
    readonly opset?: number;
  },
): OnnxModel {
  const type = onnxTypes.float;
  return {
    irVersion: 8,
    producer: { name: "test", version: "" },
    opsets: new Map([["", opset]]),
    metadata: new Map(),
    graph: {
      name: "test",
      nodes,
      initializers,
      inputs: Object.entries(inputs).map(([name, shape]) => ({
        ...{ name, type, shape },
      })),
      outputs: outputs.map((name) => ({ name, type, shape: null })),
      values: [],
    },
  };
}

/** A network of a convolution of 8 channels, their means, and a classifier of 5. */
export function onnxNetwork(
  { size = 8, external }: {
    /** Height and width of its pictures; a name leaves them open [8]. */
    readonly size?: OnnxDimension;
    /** Where its filter lies instead. */
    readonly external?: string;
  } = {},
): OnnxModel {
  const filter = floats("filter", [8, 3, 3, 3], testValues(216, 1));
  const { raw: _raw, ...elsewhere } = filter;
  return onnxModel({
    inputs: { images: ["batch", 3, size, size] },
    outputs: ["scores"],
    nodes: [
      onnxNode("Conv", "conv", {
        inputs: ["images", "filter", "bias"],
        pads: [1, 1, 1, 1],
      }),
      onnxNode("Relu", "relu", { inputs: ["conv"] }),
      onnxNode("GlobalAveragePool", "pool", { inputs: ["relu"] }),
      onnxNode("Flatten", "pooled", { inputs: ["pool"] }),
      onnxNode("Gemm", "logits", {
        inputs: ["pooled", "dense", "last"],
        transB: 1,
      }),
      onnxNode("Softmax", "scores", { inputs: ["logits"] }),
    ],
    initializers: [
      external === undefined
        ? filter
        : { ...elsewhere, external: { location: external, offset: 0 } },
      floats("bias", [8], testValues(8, 2)),
      floats("dense", [5, 8], testValues(40, 3)),
      floats("last", [5], testValues(5, 4)),
    ],
  });
}
