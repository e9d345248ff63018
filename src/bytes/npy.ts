/**
 * NumPy's .npy files: one dense little-endian array in C order.
 * Format: numpy/lib/format.py, "A Simple File Format for NumPy Arrays".
 *
 * @module
 */
import { InputError } from "../errors.ts";

/** The arrays a .npy file can be read into, by our name of their element type. */
export interface NpyArrays {
  /** NumPy's `<f4`. */
  readonly f32: Float32Array;
  /** NumPy's `<f8`. */
  readonly f64: Float64Array;
  /** NumPy's `<i4`. */
  readonly i32: Int32Array;
  /** NumPy's `<i8`. */
  readonly i64: BigInt64Array;
  /** NumPy's `|u1`; its `|b1` as 0 and 1. */
  readonly u8: Uint8Array;
}

/** A decoded array; `dtype` tells the type of `data`, which is in C order. */
export type Npy = {
  [K in keyof NpyArrays]: {
    readonly dtype: K;
    /** Sizes of the axes, outermost first; empty for a scalar. */
    readonly shape: readonly number[];
    readonly data: NpyArrays[K];
  };
}[keyof NpyArrays];

/** An array to encode: `data` in C order, as many elements as `shape` says. */
export type NpyInput = Pick<Npy, "shape" | "data">;

const magic = "\x93NUMPY";
/** Data starts at a multiple of this, so that it can be mapped into memory. */
const dataAlignment = 64;
const readable = "<f4, <f8, <i4, <i8, |u1 or |b1";

/**
 * Encodes an array as .npy, version 1.0, byte for byte as `numpy.save` does.
 *
 * @throws {RangeError} if the shape does not hold as many elements as the data
 */
export function encodeNpy({ shape, data }: NpyInput): Uint8Array<ArrayBuffer> {
  const count = shape.reduce((product, size) => product * size, 1);
  if (count !== data.length) {
    throw new RangeError(
      `Cannot encode .npy: shape [${shape}] holds ${count} values, got ${data.length}`,
    );
  }
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dict = `{'descr': '${
    descriptor(data)
  }', 'fortran_order': False, 'shape': (${tuple}), }`;
  const prefix = magic.length + 4;
  // NumPy leaves room for 21 digits of a first axis that grows in place.
  const growth = shape.length === 0 ? 0 : 21 - String(shape[0]).length;
  const used = prefix + dict.length + growth + 1;
  const total = Math.ceil(used / dataAlignment) * dataAlignment;
  const file = new Uint8Array(total + data.byteLength);
  const header = `${dict.padEnd(total - prefix - 1)}\n`;
  const sizes = String.fromCharCode(
    1,
    0,
    header.length & 255,
    header.length >> 8,
  );
  file.set(
    Uint8Array.from(magic + sizes + header, (letter) => letter.charCodeAt(0)),
  );
  file.set(
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    total,
  );
  return file;
}

function descriptor(data: NpyInput["data"]): string {
  if (data instanceof Float32Array) return "<f4";
  if (data instanceof Float64Array) return "<f8";
  if (data instanceof Int32Array) return "<i4";
  if (data instanceof BigInt64Array) return "<i8";
  return "|u1";
}

/**
 * Decodes a .npy file of version 1, 2 or 3.
 *
 * @throws {InputError} naming `name` if it is no .npy, truncated, in Fortran order, or of another type than f32, f64, i32, i64, u8, bool
 */
export function decodeNpy(
  bytes: Uint8Array,
  { name = ".npy" }: { name?: string } = {},
): Npy {
  const { descr, shape, dataOffset } = parseHeader(bytes, name);
  const count = shape.reduce((product, size) => product * size, 1);
  // The slice is a copy that starts at an aligned address.
  const take = (bytesEach: number): ArrayBuffer => {
    const expected = count * bytesEach;
    if (bytes.length - dataOffset !== expected) {
      throw new InputError(
        `${name}: ${
          bytes.length - dataOffset
        } bytes of data, expected ${expected} for shape [${shape}] of ${descr}; write the file again`,
      );
    }
    return new Uint8Array(bytes.subarray(dataOffset)).buffer;
  };
  switch (descr) {
    case "<f4":
      return { dtype: "f32", shape, data: new Float32Array(take(4)) };
    case "<f8":
      return { dtype: "f64", shape, data: new Float64Array(take(8)) };
    case "<i4":
      return { dtype: "i32", shape, data: new Int32Array(take(4)) };
    case "<i8":
      return { dtype: "i64", shape, data: new BigInt64Array(take(8)) };
    case "|u1":
      return { dtype: "u8", shape, data: new Uint8Array(take(1)) };
    case "|b1": {
      const data = new Uint8Array(take(1)).map((byte) => byte === 0 ? 0 : 1);
      return { dtype: "u8", shape, data };
    }
    default:
      throw new InputError(
        `${name}: element type ${descr}, expected ${readable}; convert it with x.astype("float32")`,
      );
  }
}

interface Header {
  readonly descr: string;
  readonly shape: readonly number[];
  readonly dataOffset: number;
}

function parseHeader(bytes: Uint8Array, name: string): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = String.fromCharCode(...bytes.subarray(0, magic.length));
  if (found !== magic || bytes.length < 12) {
    throw new InputError(`${name}: not a .npy file; write it with numpy.save`);
  }
  const version = bytes[6];
  if (version < 1 || version > 3) {
    throw new InputError(`${name}: .npy version ${version}, expected 1 to 3`);
  }
  const start = version === 1 ? 10 : 12;
  const length = version === 1
    ? view.getUint16(8, true)
    : view.getUint32(8, true);
  if (start + length > bytes.length) {
    throw new InputError(
      `${name}: truncated inside its header; write the file again`,
    );
  }
  const text = new TextDecoder().decode(bytes.subarray(start, start + length));
  return { ...parseDict(text, name), dataOffset: start + length };
}

function parseDict(text: string, name: string): Omit<Header, "dataOffset"> {
  const descr = /'descr':\s*('[^']*'|\[)/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const tuple = /'shape':\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || tuple === undefined) {
    throw new InputError(
      `${name}: its .npy header cannot be read; write the file again`,
    );
  }
  if (order === "True") {
    throw new InputError(
      `${name}: values in Fortran order, expected C order; save numpy.ascontiguousarray(x)`,
    );
  }
  const shape = tuple.split(",").map((size) => size.trim()).filter(Boolean).map(
    Number,
  );
  const kind = descr === "[" ? "a record" : descr.slice(1, -1);
  return { descr: kind, shape };
}
