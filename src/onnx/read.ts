/**
 * ONNX models from their bytes.
 *
 * Nothing is copied: elements stay views on the file's bytes until they are
 * needed.
 *
 * @module
 */
import { joinBytes } from "../bytes/join_bytes.ts";
import { type NumberKind, WireError, WireReader } from "../bytes/wire.ts";
import { InputError } from "../errors.ts";
import {
  type ExternalData,
  type OnnxAttribute,
  type OnnxDimension,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  onnxTypes,
  type OnnxValue,
} from "./model.ts";

/** More than any network has; a file that says so would only fill the memory. */
const largest = {
  nodes: 250_000,
  initializers: 250_000,
  names: 20_000,
  attributes: 256,
  list: 2 ** 20,
  elements: 2 ** 28,
  dimensions: 64,
} as const;

/** What is counted, in words. */
const nouns = {
  nodes: "nodes",
  initializers: "initializers",
  names: "inputs or outputs",
  attributes: "attributes of a node",
  list: "elements in an attribute's list",
  elements: "elements of a tensor",
  dimensions: "dimensions of a tensor",
} as const satisfies Record<keyof typeof largest, string>;

class TooManyError extends Error {
  constructor(what: keyof typeof largest) {
    const most = largest[what].toLocaleString("en");
    super(`more than ${most} ${nouns[what]}, and no network has as many`);
  }
}

function checkCount(what: keyof typeof largest, count: number): void {
  if (count > largest[what]) throw new TooManyError(what);
}

/**
 * Reads a model.
 *
 * @param bytes The file; the result keeps views on it.
 * @param options `source` names the file in messages.
 * @throws {InputError} if the bytes are no ONNX model
 */
export function decodeOnnx(
  bytes: Uint8Array,
  { source }: { readonly source?: string } = {},
): OnnxModel {
  const file = source ? `"${source}"` : "The file";
  const remedy = "export it to ONNX again";
  if (bytes.length === 0) {
    throw new InputError(`${file} is empty; ${remedy}, or fetch it again`);
  }
  try {
    const model = modelOf(new WireReader(bytes, "ModelProto"));
    if (model) return model;
  } catch (error) {
    if (error instanceof TooManyError) {
      throw new InputError(`${file} has ${error.message}; ${remedy}`);
    }
    if (!(error instanceof WireError)) throw error;
    throw new InputError(
      `${file} is not a whole ONNX model (${error.message}); ${remedy}, or fetch it again`,
      { cause: error },
    );
  }
  throw new InputError(
    `${file} is no ONNX model with a graph in it; ${remedy}`,
  );
}

/**
 * Reads a tensor that is a file of its own, as ONNX's tests have them.
 *
 * @throws {InputError} if the bytes are none
 */
export function decodeOnnxTensor(bytes: Uint8Array): OnnxTensor {
  try {
    return tensorOf(new WireReader(bytes, "TensorProto"));
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new InputError(`The bytes are no tensor (${error.message})`);
  }
}

/** Fields of a message, each by what it does with it; others are skipped. */
function readFields(
  message: WireReader,
  fields: Readonly<Record<number, () => void>>,
): void {
  while (message.next()) {
    const read = fields[message.field];
    if (read) read();
    else message.skip();
  }
}

function modelOf(message: WireReader): OnnxModel | undefined {
  let irVersion = 0;
  const producer = { name: "", version: "" };
  const opsets = new Map<string, number>();
  const metadata = new Map<string, string>();
  let graph: OnnxGraph | undefined;
  readFields(message, {
    1: () => irVersion = message.number("ir_version", "int64"),
    2: () => producer.name = message.text("producer_name"),
    3: () => producer.version = message.text("producer_version"),
    7: () => {
      if (graph) throw new WireError('field "graph" is there twice');
      graph = graphOf(message.message("graph", "GraphProto"));
    },
    8: () => {
      const [domain, version] = opsetOf(
        message.message("opset_import", "OperatorSetIdProto"),
      );
      opsets.set(domain, version);
      checkCount("attributes", opsets.size);
    },
    14: () => {
      const entry = message.message("metadata_props", "StringStringEntryProto");
      metadata.set(...entryOf(entry));
      checkCount("names", metadata.size);
    },
  });
  return graph && { irVersion, producer, opsets, graph, metadata };
}

function opsetOf(message: WireReader): [domain: string, version: number] {
  let [domain, version] = ["", 1];
  readFields(message, {
    1: () => domain = message.text("domain"),
    2: () => version = message.number("version", "int64"),
  });
  return [domain === "ai.onnx" ? "" : domain, version];
}

function entryOf(message: WireReader): [key: string, value: string] {
  let [key, value] = ["", ""];
  readFields(message, {
    1: () => key = message.text("key"),
    2: () => value = message.text("value"),
  });
  return [key, value];
}

function graphOf(message: WireReader): OnnxGraph {
  let name = "";
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  const values: OnnxValue[] = [];
  const valueInto = (list: OnnxValue[], name: string) => () =>
    checkCount(
      "nodes",
      list.push(valueOf(message.message(name, "ValueInfoProto"))),
    );
  readFields(message, {
    1: () =>
      checkCount(
        "nodes",
        nodes.push(nodeOf(message.message("node", "NodeProto"))),
      ),
    2: () => name = message.text("name"),
    5: () =>
      checkCount(
        "initializers",
        initializers.push(
          tensorOf(message.message("initializer", "TensorProto")),
        ),
      ),
    11: valueInto(inputs, "input"),
    12: valueInto(outputs, "output"),
    13: valueInto(values, "value_info"),
  });
  return { name, nodes, initializers, inputs, outputs, values };
}

function nodeOf(message: WireReader): OnnxNode {
  let [name, op, domain] = ["", "", ""];
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, OnnxAttribute>();
  readFields(message, {
    1: () => checkCount("names", inputs.push(message.text("input"))),
    2: () => checkCount("names", outputs.push(message.text("output"))),
    3: () => name = message.text("name"),
    4: () => op = message.text("op_type"),
    5: () => {
      const entry = attributeOf(
        message.message("attribute", "AttributeProto"),
      );
      attributes.set(...entry);
      checkCount("attributes", attributes.size);
    },
    7: () => domain = message.text("domain"),
  });
  const own = domain === "ai.onnx" ? "" : domain;
  return { name, op, domain: own, inputs, outputs, attributes };
}

/** AttributeProto.AttributeType of the kinds that are read. */
export const attributeTypes = {
  float: 1,
  int: 2,
  bytes: 3,
  tensor: 4,
  floats: 6,
  ints: 7,
  texts: 8,
} as const;

function attributeOf(
  message: WireReader,
): [name: string, value: OnnxAttribute] {
  let [name, type] = ["", 0];
  let [float, int] = [0, 0];
  let bytes = new Uint8Array();
  let tensor: OnnxTensor | undefined;
  const floats: number[] = [];
  const ints: number[] = [];
  const texts: Uint8Array[] = [];
  const listed = (field: string, kind: NumberKind, list: number[]) => () => {
    message.numbers(field, kind, list);
    checkCount("list", list.length);
  };
  readFields(message, {
    1: () => name = message.text("name"),
    2: () => float = message.number("f", "float"),
    3: () => int = message.number("i", "int64"),
    4: () => bytes = new Uint8Array(message.bytes("s")),
    5: () => {
      if (tensor) throw new WireError('field "t" is there twice');
      tensor = tensorOf(message.message("t", "TensorProto"));
    },
    7: listed("floats", "float", floats),
    8: listed("ints", "int64", ints),
    9: () => checkCount("list", texts.push(message.bytes("strings"))),
    20: () => type = message.number("type", "int32"),
  });
  const attribute = (): OnnxAttribute => {
    switch (type) {
      case attributeTypes.float:
        return { kind: "float", value: float };
      case attributeTypes.int:
        return { kind: "int", value: int };
      case attributeTypes.bytes:
        return { kind: "bytes", value: bytes };
      case attributeTypes.floats:
        return { kind: "floats", value: floats };
      case attributeTypes.ints:
        return { kind: "ints", value: ints };
      case attributeTypes.texts:
        return { kind: "texts", value: texts };
      default:
        return tensor && type === attributeTypes.tensor
          ? { kind: "tensor", value: tensor }
          : { kind: "other", value: type };
    }
  };
  return [name, attribute()];
}

/** The list that elements of a type are in, where they are no row of bytes. */
function listOf(type: number): 4 | 5 | 7 | 10 | 11 {
  switch (type) {
    case onnxTypes.float:
      return 4;
    case onnxTypes.double:
      return 10;
    case onnxTypes.int64:
      return 7;
    case onnxTypes.uint32:
    case onnxTypes.uint64:
      return 11;
    default:
      return 5;
  }
}

function tensorOf(message: WireReader): OnnxTensor {
  let [name, type, location] = ["", 0, 0];
  const shape: number[] = [];
  const lists = { 5: newList(), 7: newList(), 10: newList(), 11: newList() };
  /** Pieces of rows of f32, which are what `raw_data` would be. */
  const rows: Uint8Array[] = [];
  const entries = new Map<string, string>();
  let raw: Uint8Array | undefined;
  const listed = (field: keyof typeof lists, kind: NumberKind) => () => {
    message.numbers(`field ${field}`, kind, lists[field]);
    checkCount("elements", lists[field].length);
  };
  readFields(message, {
    1: () => {
      message.numbers("dims", "int64", shape);
      checkCount("dimensions", shape.length);
    },
    2: () => type = message.number("data_type", "int32"),
    4: () => {
      const row = message.isBytes
        ? message.bytes("float_data")
        : bytesOf(message.number("float_data", "float"));
      if (row.length % 4 !== 0) {
        throw new WireError('field "float_data" ends within a number');
      }
      checkCount("elements", rows.push(row));
    },
    5: listed(5, "int32"),
    7: listed(7, "int64"),
    8: () => name = message.text("name"),
    9: () => raw = message.bytes("raw_data"),
    10: listed(10, "double"),
    11: listed(11, "int64"),
    13: () => {
      const entry = message.message("external_data", "StringStringEntryProto");
      entries.set(...entryOf(entry));
      checkCount("attributes", entries.size);
    },
    14: () => location = message.number("data_location", "int32"),
  });
  const tensor = { name, shape, type };
  if (location === 1) return { ...tensor, external: externalOf(entries) };
  if (raw) return { ...tensor, raw };
  const list = listOf(type);
  if (list === 4) {
    const [row, ...more] = rows;
    if (!row) return tensor;
    return { ...tensor, raw: more.length === 0 ? row : joinBytes(rows) };
  }
  return lists[list].length > 0 ? { ...tensor, values: lists[list] } : tensor;
}

function newList(): number[] {
  return [];
}

function bytesOf(number: number): Uint8Array {
  return new Uint8Array(Float32Array.of(number).buffer);
}

function externalOf(entries: ReadonlyMap<string, string>): ExternalData {
  const number = (key: string) => {
    const text = entries.get(key);
    return text === undefined || text === "" ? undefined : Number(text) + 0;
  };
  const length = number("length");
  return {
    location: entries.get("location") ?? "",
    offset: number("offset") ?? 0,
    ...length !== undefined && { length },
  };
}

function valueOf(message: WireReader): OnnxValue {
  let name = "";
  let described: Pick<OnnxValue, "type" | "shape"> = { type: 0, shape: null };
  readFields(message, {
    1: () => name = message.text("name"),
    2: () => described = typeOf(message.message("type", "TypeProto")),
  });
  return { name, ...described };
}

function typeOf(message: WireReader): Pick<OnnxValue, "type" | "shape"> {
  let type = 0;
  let shape: readonly OnnxDimension[] | null = null;
  readFields(message, {
    1: () => {
      const tensor = message.message("tensor_type", "TypeProto.Tensor");
      readFields(tensor, {
        1: () => type = tensor.number("elem_type", "int32"),
        2: () => shape = shapeOf(tensor.message("shape", "TensorShapeProto")),
      });
    },
  });
  return { type, shape };
}

function shapeOf(message: WireReader): OnnxDimension[] {
  const shape: OnnxDimension[] = [];
  readFields(message, {
    1: () => {
      const dimension = message.message("dim", "Dimension");
      // Neither a size nor a name is an open one without a name.
      let size: OnnxDimension = "";
      readFields(dimension, {
        1: () => size = dimension.number("dim_value", "int64"),
        2: () => size = dimension.text("dim_param"),
      });
      checkCount("dimensions", shape.push(size));
    },
  });
  return shape;
}
