/**
 * A network as an ONNX file, by the few messages of onnx.proto3 it takes
 * (field numbers are those of onnx/onnx.proto, IR version 8, opset 17).
 *
 * @module
 */
import protobuf from "protobufjs";
import type { PeerLayer, PeerNetwork, StoredTensor } from "./network_file.ts";

const schema = protobuf.parse(
  `
  syntax = "proto3";
  message AttributeProto {
    string name = 1; float f = 2; int64 i = 3; repeated int64 ints = 8; int32 type = 20;
  }
  message NodeProto {
    repeated string input = 1; repeated string output = 2; string name = 3;
    string op_type = 4; repeated AttributeProto attribute = 5;
  }
  message TensorProto {
    repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9;
  }
  message Dimension { int64 dim_value = 1; }
  message TensorShapeProto { repeated Dimension dim = 1; }
  message TensorType { int32 elem_type = 1; TensorShapeProto shape = 2; }
  message TypeProto { TensorType tensor_type = 1; }
  message ValueInfoProto { string name = 1; TypeProto type = 2; }
  message GraphProto {
    repeated NodeProto node = 1; string name = 2; repeated TensorProto initializer = 5;
    repeated ValueInfoProto input = 11; repeated ValueInfoProto output = 12;
  }
  message OperatorSetIdProto { string domain = 1; int64 version = 2; }
  message ModelProto {
    int64 ir_version = 1; GraphProto graph = 7; repeated OperatorSetIdProto opset_import = 8;
  }
`,
  { keepCase: true },
).root;

const floatType = 1;
const attributeTypes = { int: 2, ints: 7 } as const;

interface OnnxNode {
  readonly op_type: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute?: readonly object[];
}

/** The bytes of a model file. ONNX is NCHW, so the picture is transposed first. */
export function encodeOnnx(
  network: PeerNetwork,
  valuesOf: (stored: StoredTensor) => Float32Array,
): Uint8Array {
  const initializer: object[] = [];
  const constant = (name: string, dims: number[], values: Float32Array) => {
    const { buffer, byteOffset, byteLength } = values;
    const raw_data = new Uint8Array(buffer, byteOffset, byteLength);
    initializer.push({ name, dims, data_type: floatType, raw_data });
    return name;
  };
  const node: OnnxNode[] = [{
    op_type: "Transpose",
    input: ["pixels"],
    output: [network.input],
    attribute: [ints("perm", [0, 3, 1, 2])],
  }];
  for (const layer of network.layers) {
    node.push(...nodesOf(layer, { constant, valuesOf }));
  }
  const message = schema.lookupType("ModelProto");
  return message.encode(message.create({
    ir_version: 8,
    opset_import: [{ domain: "", version: 17 }],
    graph: {
      name: "network",
      node,
      initializer,
      input: [valueInfo("pixels", network.inputShape)],
      output: [{
        name: network.output,
        type: { tensor_type: { elem_type: floatType } },
      }],
    },
  })).finish();
}

function valueInfo(name: string, shape: readonly number[]): object {
  const dim = shape.map((dim_value) => ({ dim_value }));
  return {
    name,
    type: { tensor_type: { elem_type: floatType, shape: { dim } } },
  };
}

function ints(name: string, values: readonly number[]): object {
  return { name, ints: values, type: attributeTypes.ints };
}

interface Tools {
  constant(name: string, dims: number[], values: Float32Array): string;
  valuesOf(stored: StoredTensor): Float32Array;
}

function nodesOf(
  layer: PeerLayer,
  { constant, valuesOf }: Tools,
): OnnxNode[] {
  const { output: name, inputs: input } = layer;
  const output = [name];
  switch (layer.kind) {
    case "convolution":
      return convolutionOf(layer, { constant, valuesOf });
    case "maximum":
    case "average": {
      const { height, width } = layer.window;
      return [{
        op_type: layer.kind === "maximum" ? "MaxPool" : "AveragePool",
        input,
        output,
        attribute: [ints("kernel_shape", [height, width]), ...windowOf(layer)],
      }];
    }
    case "subtract":
    case "multiply": {
      const value = constant(`${name}/value`, [], Float32Array.of(layer.value));
      const op_type = layer.kind === "subtract" ? "Sub" : "Mul";
      return [{ op_type, input: [...input, value], output }];
    }
    case "concatenate": {
      const axis = { name: "axis", i: 1, type: attributeTypes.int };
      return [{ op_type: "Concat", input, output, attribute: [axis] }];
    }
    case "flatten":
      return [{ op_type: "Flatten", input, output }];
    default:
      return layer satisfies never;
  }
}

/** A convolution with its bias, and what is applied to it. */
function convolutionOf(
  layer: Extract<PeerLayer, { kind: "convolution" }>,
  { constant, valuesOf }: Tools,
): OnnxNode[] {
  const { output: name, inputs: input } = layer;
  const output = [name];
  const [height, width, channels, filters] = layer.filter.shape;
  const values = outputFirst(valuesOf(layer.filter), layer.filter.shape);
  const isLast = layer.activation === "none";
  const convolution = {
    op_type: "Conv",
    input: [
      ...input,
      constant(`${name}/w`, [filters, channels, height, width], values),
      constant(`${name}/b`, [filters], valuesOf(layer.bias)),
    ],
    output: isLast ? output : [`${name}/linear`],
    attribute: [
      ints("kernel_shape", [height, width]),
      ...windowOf(layer),
    ],
  };
  if (isLast) return [convolution];
  if (layer.activation === "relu6") throw new Error("relu6 is not written");
  return [convolution, {
    op_type: "Relu",
    input: convolution.output,
    output,
  }];
}

function windowOf(
  { pads, strides }: Extract<PeerLayer, { pads: unknown }>,
): object[] {
  const { top, left, bottom, right } = pads;
  return [
    ints("pads", [top, left, bottom, right]),
    ints("strides", [strides.height, strides.width]),
  ];
}

/** HWIO to OIHW. */
function outputFirst(
  values: Float32Array,
  [height, width, channels, filters]: readonly number[],
): Float32Array {
  const moved = new Float32Array(values.length);
  const area = height * width;
  let from = 0;
  for (let position = 0; position < area; position++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let filter = 0; filter < filters; filter++) {
        moved[(filter * channels + channel) * area + position] = values[from++];
      }
    }
  }
  return moved;
}
