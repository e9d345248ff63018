/**
 * Elements of a tensor in a file, copied out when they are needed.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import type { ConstantData } from "./ir.ts";
import { dataTypes, type TensorDef } from "./graphdef.ts";

/** More elements than any GPU buffer here holds (1 GiB of f32). */
const largestTensor = 2 ** 28;

/** More elements than any network fills with one value: a file of a hundred bytes would take a gigabyte. */
const largestFilled = 2 ** 24;

/** Bytes of one element in `content`, by TensorFlow's type number. */
const elementBytes: Readonly<Record<number, number>> = {
  [dataTypes.float]: 4,
  [dataTypes.double]: 8,
  [dataTypes.int32]: 4,
  [dataTypes.uint8]: 1,
  [dataTypes.int64]: 8,
  [dataTypes.bool]: 1,
  [dataTypes.half]: 2,
  [dataTypes.bfloat16]: 2,
};

/**
 * The shape of a tensor whose elements are there, without reading them.
 *
 * @throws {InputError} if a dimension is negative, the product overflows, or
 * the elements do not match the shape.
 */
export function checkedShape(tensor: TensorDef): readonly number[] {
  const { shape, content, values, dtype } = tensor;
  if (shape === null || shape.some((size) => size < 0)) {
    throw new InputError(
      `the shape of a constant is [${
        shape ?? "?"
      }], expected dimensions of 0 and more`,
    );
  }
  const count = shape.reduce((product, size) => product * size, 1);
  if (!(count <= largestTensor)) {
    throw new InputError(
      `the shape [${
        shape.join(", ")
      }] has more elements than fit (${largestTensor})`,
    );
  }
  const size = elementBytes[dtype];
  if (size === undefined) return shape;
  if (content.length > 0 && content.length !== count * size) {
    throw new InputError(
      `${content.length} bytes of content for shape [${
        shape.join(", ")
      }], expected ${count * size}`,
    );
  }
  if (content.length === 0 && count > Math.max(values.length, largestFilled)) {
    throw new InputError(
      `the shape [${
        shape.join(", ")
      }] is filled from a list of ${values.length}, and no network fills more than ${largestFilled} elements`,
    );
  }
  if (content.length === 0 && values.length > count) {
    throw new InputError(
      `${values.length} values for shape [${
        shape.join(", ")
      }], expected ${count} at most`,
    );
  }
  return shape;
}

/**
 * All elements, row-major, as f32 or i32: half, bfloat16 and double become
 * f32; uint8, bool and int64 become i32 (int64 saturates). A list of values
 * shorter than the shape is filled up with its last value, an absent one with 0.
 *
 * @throws {InputError} as {@linkcode checkedShape} does, and for strings.
 */
export function readTensor(tensor: TensorDef): ConstantData {
  const shape = checkedShape(tensor);
  const count = shape.reduce((product, size) => product * size, 1);
  const { dtype, content, values } = tensor;
  if (elementBytes[dtype] === undefined) {
    throw new InputError(
      `a constant of element type ${dtype} has no numbers to read`,
    );
  }
  const isFloat = ([
    dataTypes.float,
    dataTypes.double,
    dataTypes.half,
    dataTypes.bfloat16,
  ] as readonly number[]).includes(dtype);
  const data = isFloat ? new Float32Array(count) : new Int32Array(count);
  if (content.length > 0) return readContent(data, tensor);
  const decode = valueDecoder(dtype);
  for (let index = 0; index < count; index++) {
    data[index] = decode(values[Math.min(index, values.length - 1)] ?? 0);
  }
  return data;
}

function readContent(data: ConstantData, tensor: TensorDef): ConstantData {
  const { content, dtype } = tensor;
  if (dtype === dataTypes.float || dtype === dataTypes.int32) {
    // Every platform that runs Deno is little-endian, as the file is.
    new Uint8Array(data.buffer).set(content);
    return data;
  }
  const view = new DataView(
    content.buffer,
    content.byteOffset,
    content.byteLength,
  );
  const read = elementReader(view, dtype);
  for (let index = 0; index < data.length; index++) data[index] = read(index);
  return data;
}

function elementReader(
  view: DataView,
  dtype: number,
): (index: number) => number {
  switch (dtype) {
    case dataTypes.double:
      return (index) => view.getFloat64(index * 8, true);
    case dataTypes.int64:
      return (index) => saturate(Number(view.getBigInt64(index * 8, true)));
    case dataTypes.half:
      return (index) => view.getFloat16(index * 2, true);
    case dataTypes.bfloat16:
      return (index) => bfloat16(view.getUint16(index * 2, true));
    default:
      return (index) => view.getUint8(index);
  }
}

function valueDecoder(dtype: number): (value: number) => number {
  switch (dtype) {
    case dataTypes.half:
      return half;
    case dataTypes.bfloat16:
      return bfloat16;
    case dataTypes.int64:
      return saturate;
    default:
      return (value) => value;
  }
}

const scratch = new DataView(new ArrayBuffer(4));

function half(bits: number): number {
  scratch.setUint16(0, bits);
  return scratch.getFloat16(0);
}

function bfloat16(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

/** TensorFlow writes the largest int64 for "to the end"; keep it the largest. */
function saturate(value: number): number {
  return Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1);
}
