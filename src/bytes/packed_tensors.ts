/**
 * The container of named tensors that espalier 0.1 wrote: its checkpoints and the
 * rows of its feature cache are still read.
 *
 * | bytes | what |
 * |---|---|
 * | 8 | magic `espalier` |
 * | 4 | format version 1, u32 little-endian |
 * | 4 | length of the header, u32 little-endian |
 * | header | JSON: kind, metadata, tensors with dtype, shape and offset; spaces up to a multiple of 16 |
 * | data | each tensor's values, little-endian, row-major, at a multiple of 16 |
 * | 32 | SHA-256 of everything before |
 *
 * @module
 */
import { createHash } from "node:crypto";
import * as v from "valibot";
import { InputError } from "../errors.ts";
import { jsonObject, parseJson, parseRecord } from "./record.ts";
import type { Tensor32, TensorFile } from "./safetensors.ts";

const magic = new TextEncoder().encode("espalier");
const version = 1;
const preludeBytes = 16;
const checksumBytes = 32;

const natural = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const headerSchema = v.object({
  kind: v.string(),
  metadata: jsonObject,
  tensors: v.array(v.object({
    name: v.string(),
    dtype: v.literal("f32"),
    shape: v.array(natural),
    offset: natural,
  })),
});

/** Whether a file begins as those of the old container. */
export function isPacked(bytes: Uint8Array): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

/**
 * Decodes a file of one of the given kinds; `name` (its path) is for the messages.
 * The tensors are copies.
 *
 * @throws {InputError} if it is none of them, truncated, or a single byte is wrong
 */
export function decodePacked(
  bytes: Uint8Array,
  { kinds, name }: { kinds: readonly string[]; name: string },
): TensorFile {
  const damaged = new InputError(
    `${name}: checksum mismatch, the file is truncated or damaged; delete it or restore a copy`,
  );
  if (!isPacked(bytes) || bytes.length < preludeBytes + checksumBytes) {
    throw damaged;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const content = bytes.subarray(0, bytes.length - checksumBytes);
  const expected = bytes.subarray(content.length);
  const digest = createHash("sha256").update(content).digest();
  if (digest.some((byte, index) => expected[index] !== byte)) throw damaged;
  const source = { where: name, remedy: "write the file again" };
  if (view.getUint32(8, true) !== version) {
    throw new InputError(`${name}: another format version than ${version}`);
  }
  const dataStart = preludeBytes + view.getUint32(12, true);
  const text = new TextDecoder().decode(
    content.subarray(preludeBytes, dataStart),
  );
  const header = parseRecord(headerSchema, parseJson(text, source), source);
  const { kind, metadata } = header;
  if (!kinds.includes(kind)) {
    throw new InputError(`${name}: holds a ${kind}, expected a ${kinds[0]}`);
  }
  const tensors = header.tensors.map((
    { name: tensor, shape, offset },
  ): [string, Tensor32] => {
    const start = dataStart + offset;
    const length = 4 * shape.reduce((product, size) => product * size, 1);
    if (start + length > content.length) throw damaged;
    const { buffer } = content.slice(start, start + length);
    return [tensor, { shape, data: new Float32Array(buffer) }];
  });
  return { kind, metadata, tensors: Object.fromEntries(tensors) };
}
