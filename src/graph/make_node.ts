/** Nodes and attributes as TensorFlow writes them. */
import { type AttrValue, dataTypes, type NodeDef } from "./graphdef.ts";

type NamedAttribute = readonly [name: string, value: AttrValue];

export function makeNode(
  op: string,
  name: string,
  inputs: readonly string[],
  attributes: readonly NamedAttribute[],
): NodeDef {
  return { name, op, inputs, attributes: new Map(attributes) };
}

export function typeAttribute(name: string, dtype: number): NamedAttribute {
  return [name, { kind: "type", value: dtype }];
}

/** The nearest f32, which is what a file has. */
export function floatAttribute(name: string, value: number): NamedAttribute {
  return [name, { kind: "float", value: Math.fround(value) }];
}

export function bytesAttribute(text: string): AttrValue {
  return { kind: "bytes", value: new TextEncoder().encode(text) };
}

export function ints(...value: readonly number[]): AttrValue {
  return {
    kind: "list",
    value: {
      bytes: [],
      ints: value,
      floats: [],
      bools: [],
      types: [],
      shapes: [],
      tensors: [],
      functions: [],
    },
  };
}

/** A Const of floats of any size or whole numbers; keeps a view on `data`. */
export function constantNode(
  name: string,
  shape: readonly number[],
  data: Float16Array | Float32Array | Float64Array | Int32Array,
): NodeDef {
  const dtype = typeOf(data);
  const content = new Uint8Array(
    data.buffer,
    data.byteOffset,
    data.byteLength,
  );
  const value = { dtype, shape, content, values: [], strings: [] };
  return makeNode("Const", name, [], [
    typeAttribute("dtype", dtype),
    ["value", { kind: "tensor", value }],
  ]);
}

function typeOf(
  data: Float16Array | Float32Array | Float64Array | Int32Array,
): number {
  if (data instanceof Float32Array) return dataTypes.float;
  if (data instanceof Float64Array) return dataTypes.double;
  return data instanceof Int32Array ? dataTypes.int32 : dataTypes.half;
}

/** A Const of a number in f64. */
export function doubleConstant(name: string, value: number): NodeDef {
  return constantNode(name, [], Float64Array.of(value));
}

/** A Const of a number or a vector of floats. */
export function floatConstant(
  name: string,
  value: number | readonly number[],
): NodeDef {
  const [shape, values] = shaped(value);
  return constantNode(name, shape, Float32Array.from(values));
}

/** A Const of a number or a vector of whole numbers. */
export function intConstant(
  name: string,
  value: number | readonly number[],
): NodeDef {
  const [shape, values] = shaped(value);
  return constantNode(name, shape, Int32Array.from(values));
}

function shaped(
  value: number | readonly number[],
): [shape: number[], values: readonly number[]] {
  return typeof value === "number" ? [[], [value]] : [[value.length], value];
}
