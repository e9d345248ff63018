/**
 * Values of a file as f32.
 *
 * @module
 */
import type { WeightType } from "./weight_file.ts";

/** Bytes of a value. */
export const elementBytes: Readonly<Record<WeightType, number>> = {
  bool: 1,
  u8: 1,
  i8: 1,
  i16: 2,
  u16: 2,
  f16: 2,
  bf16: 2,
  i32: 4,
  u32: 4,
  f32: 4,
  i64: 8,
  u64: 8,
  f64: 8,
};

/** Reads the value at a byte. */
type Reader = (view: DataView, at: number) => number;

const readers: Readonly<Record<WeightType, Reader>> = {
  bool: (view, at) => view.getUint8(at) === 0 ? 0 : 1,
  u8: (view, at) => view.getUint8(at),
  i8: (view, at) => view.getInt8(at),
  i16: (view, at) => view.getInt16(at, true),
  u16: (view, at) => view.getUint16(at, true),
  f16: (view, at) => view.getFloat16(at, true),
  bf16: (view, at) => {
    scratch.setUint32(0, view.getUint16(at, true) << 16);
    return scratch.getFloat32(0);
  },
  i32: (view, at) => view.getInt32(at, true),
  u32: (view, at) => view.getUint32(at, true),
  f32: (view, at) => view.getFloat32(at, true),
  i64: (view, at) => Number(view.getBigInt64(at, true)),
  u64: (view, at) => Number(view.getBigUint64(at, true)),
  f64: (view, at) => view.getFloat64(at, true),
};

const scratch = new DataView(new ArrayBuffer(4));

/** Values in memory, and the steps from one to the next. */
export interface Strided {
  readonly type: WeightType;
  /** Little-endian values. */
  readonly storage: Uint8Array;
  readonly shape: readonly number[];
  /** Values from one to the next along each axis [row-major]. */
  readonly strides?: readonly number[];
  /** The first, in values [0]. */
  readonly offset?: number;
}

/** The steps of values that lie one after another. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let step = 1;
  for (const size of shape.toReversed()) {
    strides.unshift(step);
    step *= size;
  }
  return strides;
}

/** The values as f32 in row-major order; the caller has checked that all lie in the storage. */
export function stridedValues(
  { type, storage, shape, strides = rowMajorStrides(shape), offset = 0 }:
    Strided,
): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1);
  const start = storage.byteOffset + offset * elementBytes[type];
  const isRowMajor = rowMajorStrides(shape).every((step, axis) =>
    step === strides[axis] || shape[axis] === 1
  );
  if (type === "f32" && isRowMajor && start % 4 === 0) {
    return new Float32Array(storage.buffer, start, count);
  }
  const values = new Float32Array(count);
  const view = new DataView(
    storage.buffer,
    storage.byteOffset,
    storage.byteLength,
  );
  const read = readers[type];
  const width = elementBytes[type];
  const index = shape.map(() => 0);
  let at = offset;
  for (let position = 0; position < count; position++) {
    values[position] = read(view, at * width);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return values;
}
