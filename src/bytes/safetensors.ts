/**
 * Named f32 tensors in one file, in the safetensors format, which Python's
 * `safetensors` and others open as it is.
 *
 * | bytes | what |
 * |---|---|
 * | 8 | length of the header, u64 little-endian |
 * | header | JSON: `__metadata__`, a record of texts, and by name each tensor's dtype, shape and offsets; spaces up to a multiple of 8 |
 * | data | each tensor's values, little-endian, row-major, one after another |
 *
 * Our metadata say which espalier format it is, its version, what else must be
 * remembered, and first of all the SHA-256 of the whole file as it is with 64
 * zeros in the digest's place. A file without it is none of ours.
 *
 * @module
 */
import { createHash } from "node:crypto";
import * as v from "valibot";
import { InputError } from "../errors.ts";
import { isJsonObject, type JsonObject } from "./json.ts";
import { parseJson, parseRecord } from "./record.ts";

/** A tensor's f32 values in row-major order. */
export interface Tensor32 {
  /** Sizes of the axes, outermost first; empty for a scalar. */
  readonly shape: readonly number[];
  /** As many values as the shape says. */
  readonly data: Float32Array;
}

/** The content of a file: tensors by name, and what else must be remembered. */
export interface TensorFile {
  /** What the file is, such as `checkpoint`; a reader asks for it by name. */
  readonly kind: string;
  readonly metadata: JsonObject;
  /** In the order they are written. */
  readonly tensors: Readonly<Record<string, Tensor32>>;
}

const version = "1";
const alignment = 8;
const preludeBytes = 8;
const digestLength = 64;
/** So begins the header of a file of ours; the digest follows. */
const opening = `{"__metadata__":{"sha256":"`;
const digestStart = preludeBytes + opening.length;

const metadataKey = "__metadata__";

const natural = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const entrySchema = v.object({
  dtype: v.literal("F32"),
  shape: v.array(natural),
  data_offsets: v.tuple([natural, natural]),
});
type TableEntry = v.InferOutput<typeof entrySchema>;
const metadataSchema = v.object({
  format: v.string(),
  version: v.string(),
  metadata: v.string(),
});

/**
 * Encodes tensors and metadata; the same input gives the same bytes.
 *
 * @throws {RangeError} if a shape does not hold as many values as its data
 */
export function encodeTensors(
  { kind, metadata, tensors }: TensorFile,
): Uint8Array<ArrayBuffer> {
  let end = 0;
  const table = Object.entries(tensors).map(([name, { shape, data }]) => {
    if (name === metadataKey) throw new RangeError(`A tensor called ${name}`);
    if (count(shape) !== data.length) {
      throw new RangeError(
        `Cannot keep tensor "${name}": shape [${shape}] holds ${
          count(shape)
        } values, got ${data.length}`,
      );
    }
    const start = end;
    end += data.byteLength;
    return {
      name,
      start,
      entry: { dtype: "F32", shape, data_offsets: [start, end] },
    };
  });
  const ours = {
    sha256: "0".repeat(digestLength),
    format: formatOf(kind),
    version,
    metadata: JSON.stringify(metadata),
  };
  // Joined by hand: an object would bring names that are numbers to its front.
  const fields = [
    [metadataKey, ours] as const,
    ...table.map(({ name, entry }) => [name, entry] as const),
  ].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const header = new TextEncoder().encode(`{${fields.join()}}`);
  const dataStart = Math.ceil((preludeBytes + header.length) / alignment) *
    alignment;
  const file = new Uint8Array(dataStart + end);
  new DataView(file.buffer).setBigUint64(
    0,
    BigInt(dataStart - preludeBytes),
    true,
  );
  file.fill(0x20, preludeBytes, dataStart);
  file.set(header, preludeBytes);
  for (const { name, start } of table) {
    const { buffer, byteOffset, byteLength } = tensors[name].data;
    file.set(new Uint8Array(buffer, byteOffset, byteLength), dataStart + start);
  }
  file.set(new TextEncoder().encode(digestOf(file)), digestStart);
  return file;
}

/**
 * Decodes a file of the given kind; `name` (its path) is for the messages. The
 * tensors are copies.
 *
 * @throws {InputError} if it is no such file of ours, of a newer version, truncated, or a single byte is wrong
 */
export function decodeTensors(
  bytes: Uint8Array,
  { kind, name = kind }: { kind: string; name?: string },
): TensorFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new TextDecoder().decode(
    bytes.subarray(preludeBytes, digestStart),
  );
  if (found !== opening) {
    throw new InputError(
      `${name}: not a ${kind} file of espalier; check the path`,
    );
  }
  const dataStart = preludeBytes + Number(view.getBigUint64(0, true));
  const expected = new TextDecoder().decode(
    bytes.subarray(digestStart, digestStart + digestLength),
  );
  if (!(dataStart <= bytes.length) || digestOf(bytes) !== expected) {
    throw new InputError(
      `${name}: checksum mismatch, the file is truncated or damaged; delete it or restore a copy`,
    );
  }
  const { metadata, table } = parseHeader(
    new TextDecoder().decode(bytes.subarray(preludeBytes, dataStart)),
    { kind, name },
  );
  const data = bytes.subarray(dataStart);
  const tensors = readTensors(data, { table, name });
  return { kind, metadata, tensors };
}

function parseHeader(
  text: string,
  { kind, name }: { kind: string; name: string },
): { metadata: JsonObject; table: [string, TableEntry][] } {
  const remedy = "write the file again";
  const { [metadataKey]: ours, ...rest } = jsonOf(text, name);
  const { format, version: found, ...texts } = parseRecord(
    metadataSchema,
    ours,
    {
      where: `${name}, ${metadataKey}`,
      remedy,
    },
  );
  if (format !== formatOf(kind)) {
    throw new InputError(
      `${name}: holds an ${format}, expected an ${formatOf(kind)}`,
    );
  }
  if (found !== version) {
    throw new InputError(
      `${name}: format version ${found}, this espalier reads ${version}; use the espalier that wrote it`,
    );
  }
  const table = Object.entries(rest).map(([tensor, entry]): [
    string,
    TableEntry,
  ] => [
    tensor,
    parseRecord(entrySchema, entry, { where: `${name}, ${tensor}`, remedy }),
  ]);
  return { metadata: jsonOf(texts.metadata, name), table };
}

/** Copies of the tensors, which have to lie one after another and fill the data. */
function readTensors(
  data: Uint8Array,
  { table, name }: { table: readonly [string, TableEntry][]; name: string },
): Record<string, Tensor32> {
  const inOrder = table.toSorted(([, a], [, b]) =>
    a.data_offsets[0] - b.data_offsets[0] ||
    a.data_offsets[1] - b.data_offsets[1]
  );
  let at = 0;
  for (const [tensor, { shape, data_offsets: [start, end] }] of inOrder) {
    const isWhole = start === at &&
      end - start === count(shape) * Float32Array.BYTES_PER_ELEMENT;
    if (!isWhole) {
      throw new InputError(
        `${name}: the offsets of tensor "${tensor}" are wrong; write the file again`,
      );
    }
    at = end;
  }
  if (at !== data.length) throw unreadable(name);
  return Object.fromEntries(
    table.map(([tensor, { shape, data_offsets }]) => {
      const { buffer } = data.slice(...data_offsets);
      return [tensor, { shape, data: new Float32Array(buffer) }];
    }),
  );
}

function formatOf(kind: string): string {
  return `espalier ${kind}`;
}

/** SHA-256 of a file, in hex, with zeros in the place of its own digest. */
function digestOf(file: Uint8Array): string {
  return createHash("sha256")
    .update(file.subarray(0, digestStart))
    .update("0".repeat(digestLength))
    .update(file.subarray(digestStart + digestLength))
    .digest("hex");
}

function jsonOf(text: string, name: string): JsonObject {
  const json = parseJson(text, {
    where: `${name}: its header`,
    remedy: "write the file again",
  });
  if (isJsonObject(json)) return json;
  throw unreadable(name);
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function unreadable(name: string): InputError {
  return new InputError(
    `${name}: its header cannot be read; write the file again`,
  );
}
