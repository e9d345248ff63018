/**
 * Named tensors in one file, in the safetensors format: anybody's are read, and
 * our own are written, which Python's `safetensors` and others open as they are.
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

/** The types whose values have whole bytes. */
const dtypes = [
  ...["BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2"] as const,
  ...["I16", "U16", "F16", "BF16"] as const,
  ...["I32", "U32", "F32"] as const,
  ...["I64", "U64", "F64", "C64"] as const,
] as const;

/** A type of values that a file may hold. */
export type Dtype = typeof dtypes[number];

const dtypeBytes: Readonly<Record<Dtype, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
  C64: 8,
};

/** A tensor as it lies in a file. */
export interface StoredTensor {
  readonly dtype: Dtype;
  /** Sizes of the axes, outermost first; empty for a scalar. */
  readonly shape: readonly number[];
  /** Its values, little-endian, row-major: a view of the file. */
  readonly data: Uint8Array;
}

const natural = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const entrySchema = v.object({
  dtype: v.picklist(dtypes),
  shape: v.array(natural),
  data_offsets: v.tuple([natural, natural]),
});
const textsSchema = v.record(v.string(), v.string());
/** More than any header has; the format's own limit. */
const maximumHeader = 100_000_000;

const ourRemedy = "write the file again";
const ourMetadataSchema = v.object({
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
  { kind, metadata, tensors }: Omit<TensorFile, "tensors"> & {
    readonly tensors: Readonly<Record<string, FloatTensor>>;
  },
): Uint8Array<ArrayBuffer> {
  const file = encodeSafetensors({
    texts: {
      sha256: "0".repeat(digestLength),
      format: formatOf(kind),
      version,
      metadata: JSON.stringify(metadata),
    },
    tensors: new Map(Object.entries(tensors)),
  });
  file.set(new TextEncoder().encode(digestOf(file)), digestStart);
  return file;
}

/** A tensor of floats to write, row-major. */
export interface FloatTensor {
  /** Sizes of the axes, outermost first; empty for a scalar. */
  readonly shape: readonly number[];
  /** As many values as the shape says. */
  readonly data: Float32Array | Float16Array;
}

/**
 * A file for others: texts, and tensors in the order they are written. Those of
 * f32 come before those of f16, so that each is aligned.
 *
 * @throws {RangeError} if a shape does not hold as many values as its data
 */
export function encodeSafetensors(
  { texts, tensors }: {
    readonly texts: Readonly<Record<string, string>>;
    readonly tensors: ReadonlyMap<string, FloatTensor>;
  },
): Uint8Array<ArrayBuffer> {
  let end = 0;
  const inOrder = [...tensors].toSorted(([, { data: a }], [, { data: b }]) =>
    b.BYTES_PER_ELEMENT - a.BYTES_PER_ELEMENT
  );
  const table = inOrder.map(([name, { shape, data }]) => {
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
    const dtype = data instanceof Float32Array ? "F32" : "F16";
    return {
      name,
      data,
      start,
      entry: { dtype, shape, data_offsets: [start, end] },
    };
  });
  // Joined by hand: an object would bring names that are numbers to its front.
  const fields = [
    [metadataKey, texts] as const,
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
  for (const { data: { buffer, byteOffset, byteLength }, start } of table) {
    file.set(new Uint8Array(buffer, byteOffset, byteLength), dataStart + start);
  }
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
  const found = new TextDecoder().decode(
    bytes.subarray(preludeBytes, digestStart),
  );
  if (found !== opening) {
    throw new InputError(
      `${name}: not a ${kind} file of espalier; check the path`,
    );
  }
  const expected = new TextDecoder().decode(
    bytes.subarray(digestStart, digestStart + digestLength),
  );
  if (digestOf(bytes) !== expected) {
    throw new InputError(
      `${name}: checksum mismatch, the file is truncated or damaged; delete it or restore a copy`,
    );
  }
  const { texts, tensors } = readSafetensors(bytes, {
    name,
    remedy: ourRemedy,
  });
  return {
    kind,
    metadata: ourMetadata(texts, { kind, name }),
    tensors: Object.fromEntries(
      Array.from(tensors, ([tensor, { dtype, shape, data }]) => {
        const { buffer } = new Uint8Array(data);
        switch (dtype) {
          case "F32":
            return [tensor, { shape, data: new Float32Array(buffer) }];
          case "F16": {
            const halves = new Float16Array(buffer);
            return [tensor, { shape, data: Float32Array.from(halves) }];
          }
          default:
            throw new InputError(
              `${name}, ${tensor}: "dtype" is ${dtype}, expected F32 or F16; ${ourRemedy}`,
            );
        }
      }),
    ),
  };
}

function ourMetadata(
  texts: Readonly<Record<string, string>>,
  { kind, name }: { kind: string; name: string },
): JsonObject {
  const { format, version: found, metadata } = parseRecord(
    ourMetadataSchema,
    texts,
    { where: `${name}, ${metadataKey}`, remedy: ourRemedy },
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
  return jsonOf(metadata, { name, remedy: ourRemedy });
}

/** What to say of a file that is wrong. */
interface Source {
  readonly name: string;
  /** What to do next: `download it again`. */
  readonly remedy: string;
}

/**
 * Reads anybody's file, and checks all that the format asks for: the header's
 * length and form, no name twice, and tensors that lie one after another and
 * fill the file.
 *
 * @returns the texts beside the tensors, and the tensors in the header's order
 * @throws {InputError} that names the file, and what of it is wrong
 */
export function readSafetensors(
  bytes: Uint8Array,
  source: Source,
): {
  readonly texts: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
} {
  const { header, data } = partsOf(bytes, source);
  const { [metadataKey]: texts = {}, ...entries } = jsonOf(header, source);
  const { name, remedy } = source;
  const tensors = new Map<string, StoredTensor>();
  const table = outermostKeys(header).filter((key) => key !== metadataKey);
  for (const tensor of table) {
    if (tensors.has(tensor)) {
      throw wrong(`it names ${JSON.stringify(tensor)} twice`, source);
    }
    const { dtype, shape, data_offsets: [start, end] } = parseRecord(
      entrySchema,
      entries[tensor],
      { where: `${name}, ${tensor}`, remedy },
    );
    if (count(shape) * dtypeBytes[dtype] !== end - start) {
      throw wrong(
        `the offsets of tensor "${tensor}" are wrong for its shape`,
        source,
      );
    }
    if (end > data.length) {
      throw wrong(`it is truncated in tensor "${tensor}"`, source);
    }
    tensors.set(tensor, { dtype, shape, data: data.subarray(start, end) });
  }
  checkOrder(tensors, { data, source });
  return {
    texts: parseRecord(textsSchema, texts, {
      where: `${name}, ${metadataKey}`,
      remedy,
    }),
    tensors,
  };
}

function partsOf(
  bytes: Uint8Array,
  source: Source,
): { header: string; data: Uint8Array } {
  if (bytes.length < preludeBytes + 2 || bytes[preludeBytes] !== 0x7b) {
    throw wrong("it is no safetensors file", source);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(maximumHeader)) {
    throw wrong("its header is longer than the format allows", source);
  }
  const dataStart = preludeBytes + Number(length);
  if (dataStart > bytes.length) {
    throw wrong("it is truncated within its header", source);
  }
  try {
    const header = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(bytes.subarray(preludeBytes, dataStart));
    return { header, data: bytes.subarray(dataStart) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw wrong("its header is not UTF-8", source);
  }
}

/** The names in a JSON object's text, with those that are there twice; `JSON.parse` keeps the last of them, and those that are numbers first. */
function outermostKeys(json: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const letter = json[at];
    if (letter === "{" || letter === "[") depth++;
    else if (letter === "}" || letter === "]") depth--;
    else if (letter === '"') {
      const start = at++;
      while (json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
      let next = at + 1;
      while (" \t\r\n".includes(json[next])) next++;
      const isKey = depth === 1 && json[next] === ":";
      if (isKey) keys.push(String(JSON.parse(json.slice(start, at + 1))));
    }
  }
  return keys;
}

/** Whether the tensors lie one after another and fill the data. */
function checkOrder(
  tensors: ReadonlyMap<string, StoredTensor>,
  { data, source }: { data: Uint8Array; source: Source },
): void {
  const inOrder = [...tensors].toSorted(([, a], [, b]) =>
    a.data.byteOffset - b.data.byteOffset || a.data.length - b.data.length
  );
  let at = data.byteOffset;
  for (const [tensor, { data: { byteOffset, length } }] of inOrder) {
    if (byteOffset !== at) {
      const fault = byteOffset < at ? "overlaps another" : "follows a gap";
      throw wrong(
        `the offsets of tensor "${tensor}" are wrong: it ${fault}`,
        source,
      );
    }
    at += length;
  }
  if (at !== data.byteOffset + data.length) {
    throw wrong("bytes follow its last tensor", source);
  }
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

function jsonOf(text: string, source: Source): JsonObject {
  const json = parseJson(text, {
    where: `${source.name}: its header`,
    remedy: source.remedy,
  });
  if (isJsonObject(json)) return json;
  throw wrong("its header cannot be read", source);
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function wrong(what: string, { name, remedy }: Source): InputError {
  return new InputError(`${name}: ${what}; ${remedy}`);
}
