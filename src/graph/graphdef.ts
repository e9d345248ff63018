/**
 * TensorFlow's frozen graph (`.pb`) as plain data, and back to bytes.
 *
 * Nothing is copied: the contents of tensors stay views on the file's bytes
 * until a constant is read (see {@linkcode readTensor}).
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { fileKind } from "./_file_kind.ts";
import { decodeMessage, encodeMessage } from "./_wire.ts";
import type { RawAttribute, RawGraph, RawShape, RawTensor } from "./_wire.ts";

/** TensorFlow's numbers of element types (types.proto). */
export const dataTypes = {
  float: 1,
  double: 2,
  int32: 3,
  uint8: 4,
  string: 7,
  int64: 9,
  bool: 10,
  qint8: 11,
  quint8: 12,
  qint32: 13,
  bfloat16: 14,
  qint16: 15,
  quint16: 16,
  half: 19,
} as const;

/** Dimensions with -1 for an unknown one, or `null` where not even the rank is known. */
export type PartialShape = readonly number[] | null;

/** A tensor in a file; at most one of `content` and `values` is not empty. */
export interface TensorDef {
  /** One of {@linkcode dataTypes}, or a type that is not supported. */
  readonly dtype: number;
  /** Dimensions; a scalar has none. */
  readonly shape: PartialShape;
  /** Elements as little-endian bytes, row-major: a view on the file. */
  readonly content: Uint8Array;
  /** Elements one by one; a short list is filled up with its last one. */
  readonly values: readonly number[];
  /** Elements of a tensor of strings. */
  readonly strings: readonly Uint8Array[];
}

/** The kinds of attribute values. */
export interface AttrValues {
  /** Text, or any bytes. */
  bytes: Uint8Array;
  /** A whole number; past 2^53 the nearest that fits. */
  int: number;
  /** An f32. */
  float: number;
  /** A flag. */
  bool: boolean;
  /** A number of {@linkcode dataTypes}. */
  type: number;
  /** Dimensions; a scalar has none. */
  shape: PartialShape;
  /** A constant. */
  tensor: TensorDef;
  /** The name of an attribute of the enclosing function. */
  placeholder: string;
  /** A call of a function, kept as it is. */
  function: Uint8Array;
  /** Several values. */
  list: AttrList;
}

/** The value of a node's attribute: `switch (attribute.kind)` narrows it. */
export type AttrValue = {
  [K in keyof AttrValues]: { readonly kind: K; readonly value: AttrValues[K] };
}[keyof AttrValues];

/** A list-valued attribute; one of the lists is filled, or none. */
export interface AttrList {
  /** Text, or any bytes. */
  readonly bytes: readonly Uint8Array[];
  /** Whole numbers. */
  readonly ints: readonly number[];
  /** f32 values. */
  readonly floats: readonly number[];
  /** Flags. */
  readonly bools: readonly boolean[];
  /** Numbers of {@linkcode dataTypes}. */
  readonly types: readonly number[];
  /** Shapes. */
  readonly shapes: readonly PartialShape[];
  /** Constants. */
  readonly tensors: readonly TensorDef[];
  /** Calls of functions, kept as they are. */
  readonly functions: readonly Uint8Array[];
}

/** A node as TensorFlow writes it. */
export interface NodeDef {
  /** Unique in its graph. */
  readonly name: string;
  /** The name of the operation, such as `Conv2D`. */
  readonly op: string;
  /** `name`, `name:1` or, for a control input, `^name`. */
  readonly inputs: readonly string[];
  /** Attributes by name; one without a value is left out. */
  readonly attributes: ReadonlyMap<string, AttrValue>;
  /** Where TensorFlow would run it. */
  readonly device?: string;
}

/** A frozen graph as TensorFlow writes it; nodes in any order. */
export interface GraphDef {
  /** In any order. */
  readonly nodes: readonly NodeDef[];
  /** The version of TensorFlow's graph format, which decides what old ops mean. */
  readonly producer: number;
  /** The oldest TensorFlow that may read it. */
  readonly minConsumer?: number;
  /** The function library, kept as it is. */
  readonly library?: Uint8Array;
}

/**
 * Reads a frozen graph.
 *
 * @param bytes The file; the result keeps views on it.
 * @param options `source` names the file in messages.
 * @throws {InputError} if the bytes are not a GraphDef.
 */
export function decodeGraphDef(
  bytes: Uint8Array,
  options: { source?: string } = {},
): GraphDef {
  const source = options.source ? `"${options.source}"` : "The file";
  const remedy = "give a frozen graph (a binary .pb)";
  if (bytes.length === 0) throw new InputError(`${source} is empty; ${remedy}`);
  const other = fileKind(bytes);
  if (other) throw new InputError(`${source} is ${other}; ${remedy}`);
  let raw: RawGraph;
  try {
    raw = decodeMessage(bytes);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new InputError(
      `${source} is not a whole GraphDef (${error.message}); ${remedy} or fetch it again`,
      { cause: error },
    );
  }
  const nodes = (raw.node ?? []).map((node): NodeDef => ({
    name: node.name ?? "",
    op: node.op ?? "",
    inputs: node.input ?? [],
    attributes: attributesOf(node.attr ?? {}),
    ...(node.device ? { device: node.device } : {}),
  }));
  if (nodes.length === 0) {
    throw new InputError(`${source} has no nodes; ${remedy}`);
  }
  return {
    nodes,
    producer: raw.versions?.producer ?? 0,
    ...(raw.versions?.min_consumer
      ? { minConsumer: raw.versions.min_consumer }
      : {}),
    ...(raw.library?.length ? { library: raw.library } : {}),
  };
}

/** Writes a frozen graph; what {@linkcode decodeGraphDef} read comes out equal. */
export function encodeGraphDef(graphDef: GraphDef): Uint8Array {
  return encodeMessage({
    node: graphDef.nodes.map((node) => ({
      name: node.name,
      op: node.op,
      input: [...node.inputs],
      device: node.device ?? "",
      attr: Object.fromEntries(
        [...node.attributes].map((
          [name, value],
        ) => [name, rawAttribute(value)]),
      ),
    })),
    versions: {
      producer: graphDef.producer,
      min_consumer: graphDef.minConsumer ?? 0,
    },
    ...(graphDef.library ? { library: graphDef.library } : {}),
  });
}

function attributesOf(
  raw: Record<string, RawAttribute>,
): Map<string, AttrValue> {
  const attributes = new Map<string, AttrValue>();
  for (const [name, value] of Object.entries(raw)) {
    const attribute = attributeOf(value);
    if (attribute) attributes.set(name, attribute);
  }
  return attributes;
}

function attributeOf(raw: RawAttribute): AttrValue | undefined {
  if (raw.s) return { kind: "bytes", value: raw.s };
  if (raw.i !== undefined) return { kind: "int", value: raw.i };
  if (raw.f !== undefined) return { kind: "float", value: raw.f };
  if (raw.b !== undefined) return { kind: "bool", value: raw.b };
  if (raw.type !== undefined) return { kind: "type", value: raw.type };
  if (raw.shape) return { kind: "shape", value: shapeOf(raw.shape) };
  if (raw.tensor) return { kind: "tensor", value: tensorDefOf(raw.tensor) };
  if (raw.func) return { kind: "function", value: raw.func };
  if (raw.placeholder !== undefined) {
    return { kind: "placeholder", value: raw.placeholder };
  }
  if (!raw.list) return undefined;
  return {
    kind: "list",
    value: {
      bytes: raw.list.s ?? [],
      ints: raw.list.i ?? [],
      floats: raw.list.f ?? [],
      bools: raw.list.b ?? [],
      types: raw.list.type ?? [],
      shapes: (raw.list.shape ?? []).map(shapeOf),
      tensors: (raw.list.tensor ?? []).map(tensorDefOf),
      functions: raw.list.func ?? [],
    },
  };
}

function shapeOf(raw: RawShape): PartialShape {
  if (raw.unknown_rank) return null;
  return (raw.dim ?? []).map((dimension) => dimension.size ?? 0);
}

function tensorDefOf(raw: RawTensor): TensorDef {
  const lists = [
    raw.float_val,
    raw.double_val,
    raw.int_val,
    raw.int64_val,
    raw.half_val,
    raw.bool_val?.map(Number),
  ];
  return {
    dtype: raw.dtype ?? 0,
    shape: shapeOf(raw.tensor_shape ?? {}),
    content: raw.tensor_content ?? new Uint8Array(0),
    values: lists.find((list) => list?.length) ?? [],
    strings: raw.string_val ?? [],
  };
}

function rawAttribute(attribute: AttrValue): RawAttribute {
  switch (attribute.kind) {
    case "bytes":
      return { s: attribute.value };
    case "int":
      return { i: attribute.value };
    case "float":
      return { f: attribute.value };
    case "bool":
      return { b: attribute.value };
    case "type":
      return { type: attribute.value };
    case "shape":
      return { shape: rawShape(attribute.value) };
    case "tensor":
      return { tensor: rawTensor(attribute.value) };
    case "placeholder":
      return { placeholder: attribute.value };
    case "function":
      return { func: attribute.value };
    case "list":
      return { list: rawList(attribute.value) };
    default:
      return attribute satisfies never;
  }
}

function rawList(list: AttrList): NonNullable<RawAttribute["list"]> {
  return {
    s: [...list.bytes],
    i: [...list.ints],
    f: [...list.floats],
    b: [...list.bools],
    type: [...list.types],
    shape: list.shapes.map(rawShape),
    tensor: list.tensors.map(rawTensor),
    func: [...list.functions],
  };
}

function rawShape(shape: PartialShape): RawShape {
  return shape === null
    ? { unknown_rank: true }
    : { dim: shape.map((size) => ({ size })) };
}

function rawTensor(tensor: TensorDef): RawTensor {
  const { dtype, shape, content, values, strings } = tensor;
  const raw = { dtype, tensor_shape: rawShape(shape), tensor_content: content };
  if (strings.length > 0) return { ...raw, string_val: [...strings] };
  switch (dtype) {
    case dataTypes.float:
      return { ...raw, float_val: [...values] };
    case dataTypes.double:
      return { ...raw, double_val: [...values] };
    case dataTypes.int64:
      return { ...raw, int64_val: [...values] };
    case dataTypes.bool:
      return { ...raw, bool_val: values.map(Boolean) };
    case dataTypes.half:
    case dataTypes.bfloat16:
      return { ...raw, half_val: [...values] };
    default:
      return { ...raw, int_val: [...values] };
  }
}
