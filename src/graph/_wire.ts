/**
 * The bytes of `graphdef.proto`, by protobufjs. What comes out has the shape of
 * the schema, with numbers for 64-bit integers and views for bytes.
 */
import protobuf from "protobufjs";
import schema from "./graphdef.proto" with { type: "text" };

/** `TensorShapeProto` of the schema. */
export interface RawShape {
  dim?: { size?: number }[];
  unknown_rank?: boolean;
}

/** `TensorProto` of the schema. */
export interface RawTensor {
  dtype?: number;
  tensor_shape?: RawShape;
  tensor_content?: Uint8Array;
  float_val?: number[];
  double_val?: number[];
  int_val?: number[];
  string_val?: Uint8Array[];
  int64_val?: number[];
  bool_val?: boolean[];
  half_val?: number[];
}

/** `AttrValue` of the schema. */
export interface RawAttribute {
  list?: {
    s?: Uint8Array[];
    i?: number[];
    f?: number[];
    b?: boolean[];
    type?: number[];
    shape?: RawShape[];
    tensor?: RawTensor[];
    func?: Uint8Array[];
  };
  s?: Uint8Array;
  i?: number;
  f?: number;
  b?: boolean;
  type?: number;
  shape?: RawShape;
  tensor?: RawTensor;
  placeholder?: string;
  func?: Uint8Array;
}

/** `GraphDef` of the schema. */
export interface RawGraph {
  node?: {
    name?: string;
    op?: string;
    input?: string[];
    device?: string;
    attr?: Record<string, RawAttribute>;
  }[];
  library?: Uint8Array;
  versions?: { producer?: number; min_consumer?: number };
}

const graphType = protobuf.parse(schema, { keepCase: true }).root
  .lookupType("espalier.GraphDef");

/** Decodes a GraphDef. Throws an ordinary error on malformed bytes. */
export function decodeMessage(bytes: Uint8Array): RawGraph {
  const reader = protobuf.Reader.create(plainView(bytes));
  reader.discardUnknown = false;
  const message = graphType.decode(reader);
  rejectWrongWireTypes(graphType, message);
  return graphType.toObject(message, { longs: Number });
}

/** Encodes a GraphDef. */
export function encodeMessage(graph: RawGraph): Uint8Array {
  return plainView(graphType.encode(graph).finish());
}

/** The same bytes, never as a runtime's subclass such as `Buffer`. */
function plainView(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * protobufjs files a known field with an unexpected wire type under "unknown",
 * as the format allows. In a graph it means that the file is something else,
 * and dropping it would silently lose an input or a weight.
 */
function rejectWrongWireTypes(type: protobuf.Type, message: object): void {
  for (const bytes of unknownFields(message)) {
    const id = protobuf.Reader.create(bytes).tag() >>> 3;
    const field = type.fieldsById[id];
    if (field) {
      throw new Error(
        `field "${field.name}" of ${type.name} has a wrong wire type`,
      );
    }
  }
  for (const field of type.fieldsArray) {
    const nested = field.resolvedType;
    if (!(nested instanceof protobuf.Type)) continue;
    const value: unknown = Object.getOwnPropertyDescriptor(message, field.name)
      ?.value;
    for (const child of messagesIn(field, value)) {
      rejectWrongWireTypes(nested, child);
    }
  }
}

function unknownFields(message: object): Uint8Array[] {
  const fields: unknown = Object.getOwnPropertyDescriptor(message, "$unknowns")
    ?.value;
  if (!Array.isArray(fields)) return [];
  return fields.filter((field) => field instanceof Uint8Array);
}

function messagesIn(field: protobuf.Field, value: unknown): object[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value;
  return field.map ? Object.values(value) : [value];
}
