/**
 * TensorFlow's frozen graph (`.pb`) as plain data, and back to bytes.
 *
 * Nothing is copied: the contents of tensors stay views on the file's bytes
 * until a constant is read (see {@linkcode readTensor}).
 *
 * @module
 */
import protobuf from "protobufjs/minimal.js";
import { InputError } from "../errors.ts";
import {
  type AttrValue as RawAttribute,
  espalier,
  type GraphDef as RawGraph,
  type Int64,
  type ListValue,
  type Message,
  type NodeDef as RawNode,
  type TensorProto,
  type TensorShapeProto,
} from "./_graphdef_proto.js";
import schema from "./graphdef.proto" with { type: "text" };
import {
  type AttrList,
  type AttrValue,
  dataTypes,
  type GraphDef,
  type NodeDef,
  type PartialShape,
  type TensorDef,
} from "./node_def.ts";

export * from "./node_def.ts";

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
  let graphDef: GraphDef;
  try {
    const reader = protobuf.Reader.create(plainView(bytes));
    reader.discardUnknown = false;
    graphDef = graphOf(espalier.GraphDef.decode(reader));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new InputError(
      `${source} is not a whole GraphDef (${error.message}); ${remedy} or fetch it again`,
      { cause: error },
    );
  }
  if (graphDef.nodes.length === 0) {
    throw new InputError(`${source} has no nodes; ${remedy}`);
  }
  return graphDef;
}

/** Writes a frozen graph; what {@linkcode decodeGraphDef} read comes out equal. */
export function encodeGraphDef(graphDef: GraphDef): Uint8Array {
  const { producer, minConsumer = 0, library } = graphDef;
  return plainView(
    espalier.GraphDef.encode({
      node: graphDef.nodes.map((
        { name, op, inputs, device = "", attributes },
      ) => ({
        name,
        op,
        input: inputs,
        device,
        attr: Object.fromEntries(
          [...attributes].map(([name, value]) => [name, rawAttribute(value)]),
        ),
      })),
      versions: { producer, min_consumer: minConsumer },
      ...(library ? { library } : {}),
    }).finish(),
  );
}

/** The same bytes, never as a runtime's subclass such as `Buffer`. */
function plainView(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What a file that is no graph turns out to be, by its first bytes. */
const signatures: readonly {
  readonly kind: string;
  readonly at: number;
  readonly bytes: readonly number[];
}[] = [
  { kind: "a zip archive", at: 0, bytes: [0x50, 0x4b, 0x03, 0x04] },
  { kind: "a zip archive", at: 0, bytes: [0x50, 0x4b, 0x05, 0x06] },
  { kind: "a gzip archive", at: 0, bytes: [0x1f, 0x8b] },
  { kind: "a TensorFlow Lite model", at: 4, bytes: [0x54, 0x46, 0x4c, 0x33] },
  { kind: "an HDF5 (Keras) model", at: 0, bytes: [0x89, 0x48, 0x44, 0x46] },
  // Field 1 is a version number there, and a list of nodes in a GraphDef.
  { kind: "a SavedModel", at: 0, bytes: [0x08, 0x01, 0x12] },
];

const texts: readonly { readonly kind: string; readonly start: RegExp }[] = [
  { kind: "an HTML page", start: /^\s*<(!doctype|html|head|\?xml|!--)/i },
  { kind: "a text graph (.pbtxt)", start: /^\s*(#[^\n]*\s+)*node\s*\{/ },
];

/** What the file is with its article, or `undefined` where it may be a graph. */
function fileKind(file: Uint8Array): string | undefined {
  const signature = signatures.find(({ at, bytes }) =>
    bytes.every((byte, index) => file[at + index] === byte)
  );
  if (signature) return signature.kind;
  const head = new TextDecoder("latin1").decode(file.subarray(0, 1024));
  return texts.find(({ start }) => start.test(head))?.kind;
}

/**
 * protobufjs files a known field with an unexpected wire type under "unknown",
 * as the format allows. In a graph it means that the file is something else,
 * and dropping it would silently lose an input or a weight.
 */
function checked<M extends Message>(message: M, type: string): M {
  for (const bytes of message.$unknowns ?? []) {
    const number = protobuf.Reader.create(bytes).tag() >>> 3;
    const [, fields] = schema.split(`message ${type} {`);
    const field = new RegExp(`(\\w+) = ${number};`).exec(
      fields.split("\n}")[0],
    );
    if (field) {
      throw new Error(`field "${field[1]}" of ${type} has a wrong wire type`);
    }
  }
  return message;
}

function graphOf(raw: RawGraph): GraphDef {
  const { node, versions, library } = checked(raw, "GraphDef");
  const { producer, min_consumer: minConsumer } = versions
    ? checked(versions, "VersionDef")
    : { producer: 0, min_consumer: 0 };
  return {
    nodes: node.map(nodeOf),
    producer,
    ...(minConsumer ? { minConsumer } : {}),
    ...(library?.length ? { library } : {}),
  };
}

function nodeOf(raw: RawNode): NodeDef {
  const { name, op, input, attr, device } = checked(raw, "NodeDef");
  const attributes = new Map<string, AttrValue>();
  for (const [name, value] of Object.entries(attr)) {
    const attribute = attributeOf(checked(value, "AttrValue"));
    if (attribute) attributes.set(name, attribute);
  }
  return {
    name,
    op,
    inputs: input,
    attributes,
    ...(device ? { device } : {}),
  };
}

/** None where the attribute has no value. */
function attributeOf(raw: RawAttribute): AttrValue | undefined {
  switch (raw.value) {
    case "s":
      return { kind: "bytes", value: raw.s };
    case "i":
      return { kind: "int", value: numberOf(raw.i) };
    case "f":
      return { kind: "float", value: raw.f };
    case "b":
      return { kind: "bool", value: raw.b };
    case "type":
      return { kind: "type", value: raw.type };
    case "shape":
      return { kind: "shape", value: shapeOf(raw.shape) };
    case "tensor":
      return { kind: "tensor", value: tensorDefOf(raw.tensor) };
    case "placeholder":
      return { kind: "placeholder", value: raw.placeholder };
    case "func":
      return { kind: "function", value: raw.func };
    case "list":
      return { kind: "list", value: listOf(raw.list) };
    case undefined:
      return undefined;
    default:
      return raw satisfies never;
  }
}

function listOf(raw: ListValue): AttrList {
  const { s, i, f, b, type, shape, tensor, func } = checked(raw, "ListValue");
  return {
    bytes: s,
    ints: i.map(numberOf),
    floats: f,
    bools: b,
    types: type,
    shapes: shape.map(shapeOf),
    tensors: tensor.map(tensorDefOf),
    functions: func,
  };
}

function shapeOf(raw: TensorShapeProto): PartialShape {
  const { unknown_rank, dim = [] } = checked(raw, "TensorShapeProto");
  if (unknown_rank) return null;
  return dim.map((each) => numberOf(checked(each, "Dim").size));
}

function tensorDefOf(raw: TensorProto): TensorDef {
  checked(raw, "TensorProto");
  const lists = [
    raw.float_val,
    raw.double_val,
    raw.int_val,
    raw.int64_val?.map(numberOf),
    raw.half_val,
    raw.bool_val?.map(Number),
  ];
  return {
    dtype: raw.dtype,
    shape: shapeOf(raw.tensor_shape ?? {}),
    content: plainView(raw.tensor_content),
    values: lists.find((list) => list?.length) ?? [],
    strings: raw.string_val ?? [],
  };
}

/** Past 2^53 the nearest that there is. */
function numberOf(value: Int64): number {
  return typeof value === "number" ? value : value.toNumber();
}

function rawAttribute(attribute: AttrValue): RawAttribute {
  switch (attribute.kind) {
    case "bytes":
      return { value: "s", s: attribute.value };
    case "int":
      return { value: "i", i: attribute.value };
    case "float":
      return { value: "f", f: attribute.value };
    case "bool":
      return { value: "b", b: attribute.value };
    case "type":
      return { value: "type", type: attribute.value };
    case "shape":
      return { value: "shape", shape: rawShape(attribute.value) };
    case "tensor":
      return { value: "tensor", tensor: rawTensor(attribute.value) };
    case "placeholder":
      return { value: "placeholder", placeholder: attribute.value };
    case "function":
      return { value: "func", func: attribute.value };
    case "list":
      return { value: "list", list: rawList(attribute.value) };
    default:
      return attribute satisfies never;
  }
}

function rawList(list: AttrList): ListValue {
  return {
    s: list.bytes,
    i: list.ints,
    f: list.floats,
    b: list.bools,
    type: list.types,
    shape: list.shapes.map(rawShape),
    tensor: list.tensors.map(rawTensor),
    func: list.functions,
  };
}

function rawShape(shape: PartialShape): TensorShapeProto {
  return shape === null
    ? { unknown_rank: true }
    : { dim: shape.map((size) => ({ size })) };
}

function rawTensor(tensor: TensorDef): TensorProto {
  const { dtype, shape, content, values, strings } = tensor;
  const raw = { dtype, tensor_shape: rawShape(shape), tensor_content: content };
  if (strings.length > 0) return { ...raw, string_val: strings };
  switch (dtype) {
    case dataTypes.float:
      return { ...raw, float_val: values };
    case dataTypes.double:
      return { ...raw, double_val: values };
    case dataTypes.int64:
      return { ...raw, int64_val: values };
    case dataTypes.bool:
      return { ...raw, bool_val: values.map(Boolean) };
    case dataTypes.half:
    case dataTypes.bfloat16:
      return { ...raw, half_val: values };
    default:
      return { ...raw, int_val: values };
  }
}
