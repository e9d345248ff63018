/** TensorFlow nodes as the 2015 release of Inception-v3 writes them. */
import { dataTypes } from "../src/graph/graphdef.ts";
import type { AttrList, AttrValue, NodeDef } from "../src/graph/graphdef.ts";
import type { ConvolutionWeights } from "./inception_v3.ts";

/** How TensorFlow pads a window at the border. */
export type Padding = "SAME" | "VALID";

/** A square window over height and width. */
export interface PoolOptions {
  readonly kind: "MaxPool" | "AvgPool";
  readonly window: number;
  readonly stride: number;
  readonly padding: Padding;
}

/** A convolution with the weights of itself and of its batch norm. */
export interface ConvolutionOptions {
  readonly stride: number;
  readonly padding: Padding;
  readonly filterShape: readonly number[];
  readonly weights: ConvolutionWeights;
}

type Attributes = Readonly<Record<string, AttrValue>>;

const text = new TextEncoder();
const float = type(dataTypes.float);
const int32 = type(dataTypes.int32);
const emptyList: AttrList = {
  bytes: [],
  ints: [],
  floats: [],
  bools: [],
  types: [],
  shapes: [],
  tensors: [],
  functions: [],
};

function type(value: number): AttrValue {
  return { kind: "type", value };
}

function bytes(value: string): AttrValue {
  return { kind: "bytes", value: text.encode(value) };
}

/** A size or step over height and width, in TensorFlow's NHWC order. */
function overImage(size: number): AttrValue {
  return { kind: "list", value: { ...emptyList, ints: [1, size, size, 1] } };
}

function define(
  name: string,
  op: string,
  inputs: readonly string[],
  attributes: Attributes,
): NodeDef {
  return { name, op, inputs, attributes: new Map(Object.entries(attributes)) };
}

function constant(
  name: string,
  shape: readonly number[],
  data: Float32Array | Int32Array,
): NodeDef {
  const dtype = data instanceof Int32Array ? dataTypes.int32 : dataTypes.float;
  const content = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const value = { dtype, shape, content, values: [], strings: [] };
  return define(name, "Const", [], {
    dtype: type(dtype),
    value: { kind: "tensor", value },
  });
}

/**
 * From the bytes of a JPEG, fed to `DecodeJpeg/contents`, to `Mul`: a float
 * image `[1, size, size, 3]` of values `(pixel - subtract) * multiply`.
 */
export function* decodedImage(
  options: { size: number; subtract: number; multiply: number },
): Generator<NodeDef> {
  const { size, subtract, multiply } = options;
  yield define("DecodeJpeg/contents", "Placeholder", [], {
    dtype: type(dataTypes.string),
    shape: { kind: "shape", value: [] },
  });
  yield define("DecodeJpeg", "DecodeJpeg", ["DecodeJpeg/contents"], {
    channels: { kind: "int", value: 3 },
    dct_method: bytes("INTEGER_ACCURATE"),
  });
  yield define("Cast", "Cast", ["DecodeJpeg"], {
    SrcT: type(dataTypes.uint8),
    DstT: float,
  });
  yield constant("ExpandDims/dim", [], Int32Array.of(0));
  yield define("ExpandDims", "ExpandDims", ["Cast", "ExpandDims/dim"], {
    T: float,
    Tdim: int32,
  });
  yield constant("ResizeBilinear/size", [2], Int32Array.of(size, size));
  yield define(
    "ResizeBilinear",
    "ResizeBilinear",
    ["ExpandDims", "ResizeBilinear/size"],
    {
      T: float,
      align_corners: { kind: "bool", value: false },
      half_pixel_centers: { kind: "bool", value: false },
    },
  );
  yield constant("Sub/y", [], Float32Array.of(subtract));
  yield define("Sub", "Sub", ["ResizeBilinear", "Sub/y"], { T: float });
  yield constant("Mul/y", [], Float32Array.of(multiply));
  yield define("Mul", "Mul", ["Sub", "Mul/y"], { T: float });
}

/** Convolution, batch norm without scale, a check for NaN, and ReLU. */
export function* convolution(
  name: string,
  input: string,
  options: ConvolutionOptions,
): Generator<NodeDef> {
  const { filterShape, stride, padding, weights } = options;
  const channels = weights.beta.length;
  const filter = `${name}/conv2d_params`;
  yield constant(filter, filterShape, weights.filter);
  yield define(`${name}/Conv2D`, "Conv2D", [input, filter], {
    T: float,
    strides: overImage(stride),
    padding: bytes(padding),
  });
  const norm = `${name}/batchnorm`;
  const gamma = new Float32Array(channels).fill(1);
  yield constant(`${norm}/gamma`, [channels], gamma);
  yield constant(`${norm}/beta`, [channels], weights.beta);
  yield constant(`${norm}/moving_mean`, [channels], weights.mean);
  yield constant(`${norm}/moving_variance`, [channels], weights.variance);
  yield define(norm, "BatchNormWithGlobalNormalization", [
    `${name}/Conv2D`,
    `${norm}/moving_mean`,
    `${norm}/moving_variance`,
    `${norm}/beta`,
    `${norm}/gamma`,
  ], {
    T: float,
    variance_epsilon: { kind: "float", value: 0.001 },
    scale_after_normalization: { kind: "bool", value: false },
  });
  const check = `${name}/CheckNumerics`;
  yield define(check, "CheckNumerics", [norm], {
    T: float,
    message: bytes(`${norm} is not finite`),
  });
  const checked = `${name}/control_dependency`;
  yield define(checked, "Identity", [norm, `^${check}`], { T: float });
  yield define(name, "Relu", [checked], { T: float });
}

/** A pool over height and width; averages leave the padding out. */
export function pool(
  name: string,
  input: string,
  options: PoolOptions,
): NodeDef {
  return define(name, options.kind, [input], {
    T: float,
    ksize: overImage(options.window),
    strides: overImage(options.stride),
    padding: bytes(options.padding),
  });
}

/** Tensors of the same height and width joined along their channels. */
export function* concat(
  name: string,
  inputs: readonly string[],
): Generator<NodeDef> {
  const dimension = `${name}/concat_dim`;
  yield constant(dimension, [], Int32Array.of(3));
  yield define(name, "Concat", [dimension, ...inputs], {
    T: float,
    N: { kind: "int", value: inputs.length },
  });
}

/** The same values in another shape. */
export function* reshape(
  name: string,
  input: string,
  shape: readonly number[],
): Generator<NodeDef> {
  const dimensions = `${name}/shape`;
  yield constant(dimensions, [shape.length], Int32Array.from(shape));
  yield define(name, "Reshape", [input, dimensions], {
    T: float,
    Tshape: int32,
  });
}
