/**
 * Our container of named tensors, for checkpoints and cached rows.
 *
 * | bytes | what |
 * |---|---|
 * | 8 | magic `espalier` |
 * | 4 | format version, u32 little-endian |
 * | 4 | length of the header, u32 little-endian |
 * | header | JSON: kind, metadata, tensors with dtype, shape and offset; spaces up to a multiple of 16 |
 * | data | each tensor's values, little-endian, row-major, at a multiple of 16 |
 * | 32 | SHA-256 of everything before |
 *
 * @module
 */
import { createHash } from "node:crypto";
import { InputError } from "../errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";

/** The arrays a packed tensor can hold. */
export type PackedData =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Uint8Array;

/** A tensor's values in row-major order; `shape` says how many. */
export interface PackedTensor {
  /** Sizes of the axes, outermost first; empty for a scalar. */
  readonly shape: readonly number[];
  /** Values in row-major order. */
  readonly data: PackedData;
}

/** The content of a file: tensors by name, and what else must be remembered. */
export interface Packed {
  /** What the file is, such as `checkpoint`; a reader asks for it by name. */
  readonly kind: string;
  /** What is not a tensor. */
  readonly metadata: JsonObject;
  /** In the order they are written. */
  readonly tensors: Readonly<Record<string, PackedTensor>>;
}

const magic = new TextEncoder().encode("espalier");
const version = 1;
const alignment = 16;
const preludeBytes = 16;
const checksumBytes = 32;

const arrayOf = {
  f32: Float32Array,
  f64: Float64Array,
  i32: Int32Array,
  u32: Uint32Array,
  u8: Uint8Array,
} as const;

type PackedType = keyof typeof arrayOf;

interface TableEntry {
  readonly name: string;
  readonly dtype: PackedType;
  readonly shape: readonly number[];
  /** From the start of the data, in bytes. */
  readonly offset: number;
}

/**
 * Encodes tensors and metadata; the same input gives the same bytes.
 *
 * @throws {RangeError} if a shape does not hold as many values as its data
 */
export function encodePacked(
  { kind, metadata, tensors }: Packed,
): Uint8Array<ArrayBuffer> {
  const table: TableEntry[] = [];
  let dataBytes = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    if (count(shape) !== data.length) {
      throw new RangeError(
        `Cannot pack tensor "${name}": shape [${shape}] holds ${
          count(shape)
        } values, got ${data.length}`,
      );
    }
    table.push({
      name,
      dtype: typeOf(data),
      shape: [...shape],
      offset: dataBytes,
    });
    dataBytes += aligned(data.byteLength);
  }
  const json = new TextEncoder().encode(
    JSON.stringify({ kind, metadata, tensors: table }),
  );
  const dataStart = aligned(preludeBytes + json.length);
  const file = new Uint8Array(dataStart + dataBytes + checksumBytes);
  file.set(magic);
  const view = new DataView(file.buffer);
  view.setUint32(8, version, true);
  view.setUint32(12, dataStart - preludeBytes, true);
  file.fill(0x20, preludeBytes, dataStart);
  file.set(json, preludeBytes);
  for (const { name, offset } of table) {
    const { buffer, byteOffset, byteLength } = tensors[name].data;
    file.set(
      new Uint8Array(buffer, byteOffset, byteLength),
      dataStart + offset,
    );
  }
  file.set(checksum(file), file.length - checksumBytes);
  return file;
}

/**
 * Decodes a file of the given kind; `name` (its path) is for the messages.
 * The tensors are copies.
 *
 * @throws {InputError} if it is not a packed file, of another kind or a newer version, truncated, or a single byte is wrong
 */
export function decodePacked(
  bytes: Uint8Array,
  { kind, name = kind }: { kind: string; name?: string },
): Packed {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (magic.some((byte, index) => bytes[index] !== byte)) {
    throw new InputError(
      `${name}: not a ${kind} file of espalier; check the path`,
    );
  }
  if (bytes.length < preludeBytes + checksumBytes) throw truncated(name);
  const found = view.getUint32(8, true);
  if (found !== version) {
    throw new InputError(
      `${name}: format version ${found}, this espalier reads ${version}; use the espalier that wrote it`,
    );
  }
  const dataStart = preludeBytes + view.getUint32(12, true);
  if (dataStart + checksumBytes > bytes.length) throw truncated(name);
  const expected = bytes.subarray(bytes.length - checksumBytes);
  if (checksum(bytes).some((byte, index) => expected[index] !== byte)) {
    throw new InputError(
      `${name}: checksum mismatch, the file is truncated or damaged; delete it or restore a copy`,
    );
  }
  const header = parseHeader(bytes.subarray(preludeBytes, dataStart), name);
  if (header.kind !== kind) {
    throw new InputError(`${name}: holds a ${header.kind}, expected a ${kind}`);
  }
  const data = bytes.subarray(dataStart, bytes.length - checksumBytes);
  const tensors = header.table.map((
    entry,
  ) => [entry.name, readTensor(entry, data, name)]);
  return {
    kind,
    metadata: header.metadata,
    tensors: Object.fromEntries(tensors),
  };
}

function readTensor(
  entry: TableEntry,
  data: Uint8Array,
  name: string,
): PackedTensor {
  const array = arrayOf[entry.dtype];
  const end = entry.offset + count(entry.shape) * array.BYTES_PER_ELEMENT;
  if (end > data.length) throw truncated(name);
  const copy = new Uint8Array(data.subarray(entry.offset, end)).buffer;
  return { shape: entry.shape, data: new array(copy) };
}

function parseHeader(
  bytes: Uint8Array,
  name: string,
): { kind: string; metadata: JsonObject; table: TableEntry[] } {
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (
      isJsonObject(header) && typeof header.kind === "string" &&
      isJsonObject(header.metadata) && Array.isArray(header.tensors) &&
      header.tensors.every(isTableEntry)
    ) {
      return {
        kind: header.kind,
        metadata: header.metadata,
        table: header.tensors,
      };
    }
  } catch {
    // Falls through: text that is no JSON is refused as a header of another form is.
  }
  throw new InputError(
    `${name}: its header cannot be read; write the file again`,
  );
}

function isTableEntry(entry: JsonValue): entry is JsonObject & TableEntry {
  return isJsonObject(entry) && typeof entry.name === "string" &&
    typeof entry.dtype === "string" && Object.hasOwn(arrayOf, entry.dtype) &&
    Array.isArray(entry.shape) && entry.shape.every(isNatural) &&
    isNatural(entry.offset);
}

function isNatural(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function typeOf(data: PackedData): PackedType {
  if (data instanceof Float32Array) return "f32";
  if (data instanceof Float64Array) return "f64";
  if (data instanceof Int32Array) return "i32";
  if (data instanceof Uint32Array) return "u32";
  return "u8";
}

function checksum(file: Uint8Array): Uint8Array {
  return createHash("sha256").update(
    file.subarray(0, file.length - checksumBytes),
  ).digest();
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function truncated(name: string): InputError {
  return new InputError(`${name}: truncated; delete it or restore a copy`);
}
