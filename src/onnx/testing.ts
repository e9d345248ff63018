/**
 * Small ONNX models, for tests.
 *
 * @module
 */
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
