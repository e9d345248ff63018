/**
 * Tensors of an ONNX model as those of TensorFlow, whose elements are read in one
 * place.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import type { KnownType } from "../graph/known/mod.ts";
import { dataTypes, type TensorDef } from "../graph/node_def.ts";
import { readTensor } from "../graph/tensor.ts";
import { type OnnxTensor, onnxTypes } from "./model.ts";

/** What is told apart of ONNX's element types while shapes are worked out. */
export function knownTypeOf(type: number): KnownType {
  switch (type) {
    case onnxTypes.float:
    case onnxTypes.float16:
    case onnxTypes.double:
    case onnxTypes.bfloat16:
      return "float";
    case onnxTypes.int8:
    case onnxTypes.int16:
    case onnxTypes.int32:
    case onnxTypes.uint16:
      return "int32";
    case onnxTypes.int64:
    case onnxTypes.uint32:
    case onnxTypes.uint64:
      return "int64";
    case onnxTypes.uint8:
      return "uint8";
    case onnxTypes.bool:
      return "bool";
    default: {
      const name = Object.entries(onnxTypes)
        .find(([, number]) => number === type)?.[0] ?? `${type}`;
      throw new InputError(`tensors of element type ${name} are not supported`);
    }
  }
}

/** TensorFlow's numbers of types that it shares with ONNX. */
const shared: Readonly<Record<number, number>> = {
  [onnxTypes.float]: dataTypes.float,
  [onnxTypes.double]: dataTypes.double,
  [onnxTypes.float16]: dataTypes.half,
  [onnxTypes.bfloat16]: dataTypes.bfloat16,
  [onnxTypes.int32]: dataTypes.int32,
  [onnxTypes.int64]: dataTypes.int64,
  [onnxTypes.uint8]: dataTypes.uint8,
  [onnxTypes.bool]: dataTypes.bool,
};

const none = new Uint8Array();

/**
 * The tensor as TensorFlow would have it; its elements have to be in the file or
 * read.
 *
 * @throws {InputError} with the reason where it has another number of elements
 * than its shape, or ones that nothing reads
 */
export function tensorDefOf(tensor: OnnxTensor): TensorDef {
  const { shape, type, raw, values = [], external } = tensor;
  if (external) throw new Error(`"${external.location}" was not read`);
  const knownType = knownTypeOf(type);
  const dtype = shared[type];
  const count = shape.reduce((product, size) => product * size, 1);
  if (raw && dtype !== undefined) {
    // No bytes are all of a tensor without elements, and none of any other.
    if (count > 0 && raw.length === 0) throw elementsError(0, shape);
    return { dtype, shape, content: raw, values: [], strings: [] };
  }
  const numbers = raw ? narrowNumbers(raw, type) : values;
  if (numbers.length !== count) throw elementsError(numbers.length, shape);
  return {
    dtype: dtype ??
      (knownType === "int32" ? dataTypes.int32 : dataTypes.int64),
    ...{ shape, content: none, values: numbers, strings: [] },
  };
}

/** The elements of a small tensor. */
export function readTensorValues(tensor: OnnxTensor): number[] {
  return Array.from(readTensor(tensorDefOf(tensor)));
}

function elementsError(count: number, shape: readonly number[]): InputError {
  return new InputError(
    `${count} elements for the shape [${shape.join(", ")}]`,
  );
}

/** Whole numbers of types that TensorFlow's tensors are not read of. */
function narrowNumbers(raw: Uint8Array, type: number): number[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const readers: Readonly<
    Record<number, readonly [bytes: number, read: (at: number) => number]>
  > = {
    [onnxTypes.int8]: [1, (at) => view.getInt8(at)],
    [onnxTypes.int16]: [2, (at) => view.getInt16(at, true)],
    [onnxTypes.uint16]: [2, (at) => view.getUint16(at, true)],
    [onnxTypes.uint32]: [4, (at) => view.getUint32(at, true)],
    [onnxTypes.uint64]: [8, (at) => Number(view.getBigUint64(at, true))],
  };
  const [bytes, read] = readers[type];
  return Array.from(
    { length: Math.floor(raw.length / bytes) },
    (_, index) => read(index * bytes),
  );
}
