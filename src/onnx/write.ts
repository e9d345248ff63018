/**
 * ONNX models as bytes.
 *
 * @module
 */
import { WireWriter } from "../bytes/wire.ts";
import {
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  onnxTypes,
  type OnnxValue,
} from "./model.ts";
import { attributeTypes } from "./read.ts";

/** Writes a model; what `decodeOnnx` read comes out equal. */
export function encodeOnnx(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const { irVersion, producer, opsets, graph, metadata } = model;
  const message = new WireWriter();
  message.number(1, "int64", irVersion);
  if (producer.name) message.text(2, producer.name);
  if (producer.version) message.text(3, producer.version);
  message.message(7, (message) => writeGraph(message, graph));
  for (const [domain, version] of opsets) {
    message.message(
      8,
      (message) => message.text(1, domain).number(2, "int64", version),
    );
  }
  for (const entry of metadata) {
    message.message(14, (message) => writeEntry(message, entry));
  }
  return message.finish();
}

function writeEntry(
  message: WireWriter,
  [key, value]: readonly [key: string, value: string],
): void {
  message.text(1, key).text(2, value);
}

function writeGraph(message: WireWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) {
    message.message(1, (message) => writeNode(message, node));
  }
  message.text(2, graph.name);
  for (const tensor of graph.initializers) {
    message.message(5, (message) => writeTensor(message, tensor));
  }
  const lists = [
    [11, graph.inputs],
    [12, graph.outputs],
    [13, graph.values],
  ] as const;
  for (const [field, values] of lists) {
    for (const value of values) {
      message.message(field, (message) => writeValue(message, value));
    }
  }
}

function writeNode(message: WireWriter, node: OnnxNode): void {
  for (const input of node.inputs) message.text(1, input);
  for (const output of node.outputs) message.text(2, output);
  if (node.name) message.text(3, node.name);
  message.text(4, node.op);
  for (const [name, attribute] of node.attributes) {
    message.message(5, (message) => {
      message.text(1, name);
      writeAttribute(message, attribute);
    });
  }
  if (node.domain) message.text(7, node.domain);
}

function writeAttribute(message: WireWriter, attribute: OnnxAttribute): void {
  switch (attribute.kind) {
    case "float":
      message.number(2, "float", attribute.value);
      break;
    case "int":
      message.number(3, "int64", attribute.value);
      break;
    case "bytes":
      message.bytes(4, attribute.value);
      break;
    case "tensor": {
      const { value } = attribute;
      message.message(5, (message) => writeTensor(message, value));
      break;
    }
    case "floats":
      message.numbers(7, "float", attribute.value);
      break;
    case "ints":
      message.numbers(8, "int64", attribute.value);
      break;
    case "texts":
      for (const text of attribute.value) message.bytes(9, text);
      break;
    case "other":
      break;
    default:
      attribute satisfies never;
  }
  const type = attribute.kind === "other"
    ? attribute.value
    : attributeTypes[attribute.kind];
  message.number(20, "int32", type);
}

function writeTensor(message: WireWriter, tensor: OnnxTensor): void {
  const { name, shape, type, raw, values, external } = tensor;
  message.numbers(1, "int64", shape).number(2, "int32", type);
  if (values) writeValues(message, type, values);
  if (name) message.text(8, name);
  if (raw) message.bytes(9, raw);
  if (!external) return;
  const { location, offset, length } = external;
  const entries = [
    ["location", location],
    ["offset", `${offset}`],
    ...length === undefined ? [] : [["length", `${length}`] as const],
  ] as const;
  for (const entry of entries) {
    message.message(13, (message) => writeEntry(message, entry));
  }
  message.number(14, "int32", 1);
}

/** In the list that elements of that type have. */
function writeValues(
  message: WireWriter,
  type: number,
  values: readonly number[],
): void {
  switch (type) {
    case onnxTypes.float:
      message.numbers(4, "float", values);
      return;
    case onnxTypes.double:
      message.numbers(10, "double", values);
      return;
    case onnxTypes.int64:
      message.numbers(7, "int64", values);
      return;
    case onnxTypes.uint32:
    case onnxTypes.uint64:
      message.numbers(11, "int64", values);
      return;
    default:
      message.numbers(5, "int32", values);
  }
}

function writeValue(
  message: WireWriter,
  { name, type, shape }: OnnxValue,
): void {
  message.text(1, name);
  message.message(2, (message) => {
    if (type === 0 && shape === null) return;
    message.message(1, (message) => {
      message.number(1, "int32", type);
      if (shape === null) return;
      message.message(2, (message) => {
        for (const size of shape) {
          message.message(1, (message) => {
            if (typeof size === "number") message.number(1, "int64", size);
            else if (size !== "") message.text(2, size);
          });
        }
      });
    });
  });
}
