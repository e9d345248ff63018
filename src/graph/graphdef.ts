/**
 * TensorFlow's frozen graph (`.pb`) as plain data, and back to bytes.
 *
 * Nothing is copied: the contents of tensors stay views on the file's bytes
 * until a constant is read (see {@linkcode readTensor}).
 *
 * @module
 */
import { joinBytes } from "../bytes/join_bytes.ts";
import { InputError } from "../errors.ts";
import { fileKindByName, fileKindOf } from "./_file_kind.ts";
import {
  type NumberKind,
  WireError,
  WireReader,
  WireWriter,
} from "../bytes/wire.ts";
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

/** More than any network has; a file that says so would only fill the memory. */
const largest = {
  nodes: 250_000,
  inputs: 20_000,
  attributes: 256,
  list: 100_000,
  // TensorFlow's own limit is 254.
  dimensions: 256,
} as const;

/** What is counted, in words. */
const nouns = {
  nodes: "nodes",
  inputs: "inputs of a node",
  attributes: "attributes of a node",
  list: "elements in an attribute's list",
  dimensions: "dimensions of a tensor",
} as const satisfies Record<keyof typeof largest, string>;

class TooManyError extends Error {
  constructor(what: keyof typeof largest, count: number) {
    const number = count.toLocaleString("en");
    const most = largest[what].toLocaleString("en");
    super(`${number} ${nouns[what]}, and no network has more than ${most}`);
  }
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
  const other = fileKindOf(bytes, options.source);
  if (other) throw new InputError(`${source} is ${other}`);
  let graphDef: GraphDef;
  try {
    graphDef = graphOf(plainView(bytes));
  } catch (error) {
    if (error instanceof TooManyError) {
      throw new InputError(`${source} has ${error.message}; ${remedy}`);
    }
    if (!(error instanceof WireError)) throw error;
    const named = fileKindByName(options.source ?? "");
    if (named) throw new InputError(`${source} is ${named}`, { cause: error });
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
  const { nodes, producer, minConsumer = 0, library } = graphDef;
  const message = new WireWriter();
  for (const node of nodes) {
    message.message(1, (message) => writeNode(message, node));
  }
  if (library) message.bytes(2, library);
  message.message(4, (message) => {
    if (producer !== 0) message.number(1, "int32", producer);
    if (minConsumer !== 0) message.number(2, "int32", minConsumer);
  });
  return message.finish();
}

/** The same bytes, never as a runtime's subclass such as `Buffer`. */
function plainView(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function graphOf(bytes: Uint8Array): GraphDef {
  checkCount("nodes", fieldsOf(new WireReader(bytes, "GraphDef"), 1));
  const message = new WireReader(bytes, "GraphDef");
  const nodes: NodeDef[] = [];
  const library: Uint8Array[] = [];
  const versions = { producer: 0, minConsumer: 0 };
  while (message.next()) {
    if (message.field === 1) {
      nodes.push(nodeOf(message.message("node", "NodeDef")));
    } else if (message.field === 2) {
      // Messages in a row are one message.
      const functions = message.bytes("library");
      if (functions.length > 0) library.push(functions);
    } else if (message.field === 4) {
      readVersions(message.message("versions", "VersionDef"), versions);
    } else message.skip();
  }
  const { producer, minConsumer } = versions;
  return {
    nodes,
    producer,
    ...(minConsumer ? { minConsumer } : {}),
    ...(library.length === 0
      ? {}
      : { library: library.length === 1 ? library[0] : joinBytes(library) }),
  };
}

function readVersions(
  message: WireReader,
  versions: { producer: number; minConsumer: number },
): void {
  while (message.next()) {
    if (message.field === 1) {
      versions.producer = message.number("producer", "int32");
    } else if (message.field === 2) {
      versions.minConsumer = message.number("min_consumer", "int32");
    } else message.skip();
  }
}

/** How often a message has a field. */
function fieldsOf(message: WireReader, field: number): number {
  let count = 0;
  while (message.next()) {
    if (message.field === field) count++;
    message.skip();
  }
  return count;
}

function checkCount(what: keyof typeof largest, count: number): void {
  if (count > largest[what]) throw new TooManyError(what, count);
}

function nodeOf(message: WireReader): NodeDef {
  let [name, op, device] = ["", "", ""];
  const inputs: string[] = [];
  const attributes = new Map<string, AttrValue>();
  let entries = 0;
  while (message.next()) {
    if (message.field === 1) name = message.text("name");
    else if (message.field === 2) op = message.text("op");
    else if (message.field === 3) {
      checkCount("inputs", inputs.push(message.text("input")));
    } else if (message.field === 4) device = message.text("device");
    else if (message.field === 5) {
      checkCount("attributes", ++entries);
      const [key, value] = entryOf(message.message("attr", "AttrEntry"));
      if (value) attributes.set(key, value);
    } else message.skip();
  }
  return { name, op, inputs, attributes, ...(device ? { device } : {}) };
}

/** The value is none where the attribute has no value. */
function entryOf(message: WireReader): [string, AttrValue | undefined] {
  let key = "";
  let value: AttrValue | undefined;
  while (message.next()) {
    if (message.field === 1) key = message.text("key");
    else if (message.field === 2) {
      if (value) throw twice("value");
      value = attributeOf(message.message("value", "AttrValue"));
    } else message.skip();
  }
  return [key, value];
}

function attributeOf(message: WireReader): AttrValue | undefined {
  let attribute: AttrValue | undefined;
  while (message.next()) {
    const found = attributeField(message);
    if (found === undefined) message.skip();
    else {
      const { kind } = found;
      // The spec would merge them; no writer makes such.
      if (kind === attribute?.kind && nested.has(kind)) throw twice(kind);
      attribute = found;
    }
  }
  return attribute;
}

const nested: ReadonlySet<AttrValue["kind"]> = new Set([
  "list",
  "shape",
  "tensor",
]);

function twice(name: string): WireError {
  return new WireError(`field "${name}" is there twice`);
}

/** The field as an attribute; none where it is not known. */
function attributeField(message: WireReader): AttrValue | undefined {
  switch (message.field) {
    case 1: {
      const list = message.message("list", "ListValue");
      return { kind: "list", value: listOf(list) };
    }
    case 2:
      return { kind: "bytes", value: message.bytes("s") };
    case 3:
      return { kind: "int", value: message.number("i", "int64") };
    case 4:
      return { kind: "float", value: message.number("f", "float") };
    case 5:
      return { kind: "bool", value: message.number("b", "bool") !== 0 };
    case 6:
      return { kind: "type", value: message.number("type", "int32") };
    case 7: {
      const shape = message.message("shape", "TensorShapeProto");
      return { kind: "shape", value: shapeOf(shape) };
    }
    case 8: {
      const tensor = message.message("tensor", "TensorProto");
      return { kind: "tensor", value: tensorDefOf(tensor) };
    }
    case 9:
      return { kind: "placeholder", value: message.text("placeholder") };
    case 10:
      return { kind: "function", value: message.bytes("func") };
    default:
      return undefined;
  }
}

function listOf(message: WireReader): AttrList {
  const list = {
    bytes: new Array<Uint8Array>(),
    ints: new Array<number>(),
    floats: new Array<number>(),
    bools: new Array<number>(),
    types: new Array<number>(),
    shapes: new Array<PartialShape>(),
    tensors: new Array<TensorDef>(),
    functions: new Array<Uint8Array>(),
  };
  while (message.next()) {
    const { field } = message;
    if (field === 2) list.bytes.push(message.bytes("s"));
    else if (field === 3) message.numbers("i", "int64", list.ints);
    else if (field === 4) message.numbers("f", "float", list.floats);
    else if (field === 5) message.numbers("b", "bool", list.bools);
    else if (field === 6) message.numbers("type", "int32", list.types);
    else if (field === 7) {
      list.shapes.push(shapeOf(message.message("shape", "TensorShapeProto")));
    } else if (field === 8) {
      list.tensors.push(tensorDefOf(message.message("tensor", "TensorProto")));
    } else if (field === 9) list.functions.push(message.bytes("func"));
    else message.skip();
    for (const { length } of Object.values(list)) checkCount("list", length);
  }
  return { ...list, bools: list.bools.map(Boolean) };
}

function shapeOf(message: WireReader): PartialShape {
  let isUnknown = false;
  const shape: number[] = [];
  while (message.next()) {
    if (message.field === 2) {
      const size = sizeOf(message.message("dim", "Dim"));
      checkCount("dimensions", shape.push(size));
    } else if (message.field === 3) {
      isUnknown = message.number("unknown_rank", "bool") !== 0;
    } else message.skip();
  }
  return isUnknown ? null : shape;
}

function sizeOf(message: WireReader): number {
  let size = 0;
  while (message.next()) {
    if (message.field === 1) size = message.number("size", "int64");
    else message.skip();
  }
  return size;
}

/** Fields of numbers in a tensor, by their number: its name, and how they are written. */
const valueFields: Readonly<
  Record<number, readonly [name: string, kind: NumberKind]>
> = {
  5: ["float_val", "float"],
  6: ["double_val", "double"],
  7: ["int_val", "int32"],
  10: ["int64_val", "int64"],
  11: ["bool_val", "bool"],
  13: ["half_val", "int32"],
};

function tensorDefOf(message: WireReader): TensorDef {
  let dtype = 0;
  let shape: PartialShape | undefined;
  let content: Uint8Array = noBytes;
  const lists = new Map<number, number[]>();
  const strings: Uint8Array[] = [];
  while (message.next()) {
    const { field } = message;
    if (field === 1) dtype = message.number("dtype", "int32");
    else if (field === 2) {
      if (shape !== undefined) throw twice("tensor_shape");
      shape = shapeOf(message.message("tensor_shape", "TensorShapeProto"));
    } else if (field === 4) content = message.bytes("tensor_content");
    else if (field === 8) {
      checkCount("list", strings.push(message.bytes("string_val")));
    } else if (field in valueFields) {
      const [name, kind] = valueFields[field];
      const list = lists.getOrInsert(field, []);
      message.numbers(name, kind, list);
    } else message.skip();
  }
  // TensorFlow, too, reads only those of the type.
  const values = lists.get(valueField(dtype)) ?? [];
  return {
    dtype,
    shape: shape === undefined ? [] : shape,
    content,
    values,
    strings,
  };
}

const noBytes = new Uint8Array(0);

function writeNode(message: WireWriter, node: NodeDef): void {
  const { name, op, inputs, device = "", attributes } = node;
  if (name !== "") message.text(1, name);
  if (op !== "") message.text(2, op);
  for (const input of inputs) message.text(3, input);
  if (device !== "") message.text(4, device);
  for (const [key, attribute] of attributes) {
    message.message(5, (entry) =>
      entry.text(1, key)
        .message(2, (value) => writeAttribute(value, attribute)));
  }
}

function writeAttribute(message: WireWriter, attribute: AttrValue): void {
  switch (attribute.kind) {
    case "list":
      message.message(1, (list) => writeList(list, attribute.value));
      return;
    case "bytes":
      message.bytes(2, attribute.value);
      return;
    case "int":
      message.number(3, "int64", attribute.value);
      return;
    case "float":
      message.number(4, "float", attribute.value);
      return;
    case "bool":
      message.number(5, "bool", Number(attribute.value));
      return;
    case "type":
      message.number(6, "int32", attribute.value);
      return;
    case "shape":
      message.message(7, (shape) => writeShape(shape, attribute.value));
      return;
    case "tensor":
      message.message(8, (tensor) => writeTensor(tensor, attribute.value));
      return;
    case "placeholder":
      message.text(9, attribute.value);
      return;
    case "function":
      message.bytes(10, attribute.value);
      return;
    default:
      return attribute satisfies never;
  }
}

function writeList(message: WireWriter, list: AttrList): void {
  for (const bytes of list.bytes) message.bytes(2, bytes);
  message.numbers(3, "int64", list.ints)
    .numbers(4, "float", list.floats)
    .numbers(5, "bool", list.bools.map(Number))
    .numbers(6, "int32", list.types);
  for (const shape of list.shapes) {
    message.message(7, (message) => writeShape(message, shape));
  }
  for (const tensor of list.tensors) {
    message.message(8, (message) => writeTensor(message, tensor));
  }
  for (const call of list.functions) message.bytes(9, call);
}

function writeShape(message: WireWriter, shape: PartialShape): void {
  if (shape === null) message.number(3, "bool", 1);
  for (const size of shape ?? []) {
    message.message(2, (message) => {
      if (size !== 0) message.number(1, "int64", size);
    });
  }
}

function writeTensor(message: WireWriter, tensor: TensorDef): void {
  const { dtype, shape, content, values, strings } = tensor;
  if (dtype !== 0) message.number(1, "int32", dtype);
  message.message(2, (message) => writeShape(message, shape));
  if (content.length > 0) message.bytes(4, content);
  if (strings.length > 0) {
    for (const bytes of strings) message.bytes(8, bytes);
    return;
  }
  const field = valueField(dtype);
  message.numbers(field, valueFields[field][1], values);
}

/** The field that holds the numbers of a tensor of this type. */
function valueField(dtype: number): number {
  switch (dtype) {
    case dataTypes.float:
      return 5;
    case dataTypes.double:
      return 6;
    case dataTypes.int64:
      return 10;
    case dataTypes.bool:
      return 11;
    case dataTypes.half:
    case dataTypes.bfloat16:
      return 13;
    default:
      return 7;
  }
}
