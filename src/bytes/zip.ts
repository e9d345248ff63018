/**
 * Zip archives in memory: `.pth`, `.keras`, wheels. Their directory is checked
 * whole before anything is unpacked, and each member's CRC-32 after.
 *
 * @module
 */
import { crc32, inflateRawSync } from "node:zlib";
import { messageOf } from "../errors.ts";
import {
  quoted,
  readZipDirectory,
  wrongZip as wrong,
  type ZipMember,
  zipMethods as methods,
  type ZipSource,
} from "./zip_directory.ts";

/** An archive whose directory is right. */
export interface Zip {
  /** The members' names, in the directory's order. */
  readonly names: readonly string[];
  /**
   * Unpacks members; those that are not packed are views of the archive.
   *
   * @throws {InputError} if one is not there, is damaged, or expands to far
   *   more than weights do
   */
  read(names: readonly string[]): ReadonlyMap<string, Uint8Array>;
}

/** Weights hardly pack at all: what gives far more than its bytes is a bomb. */
const mostExpansion = 20;
/** What may always be unpacked, in bytes. */
const alwaysAllowed = 2 ** 24;

/** Whether a file begins as zip archives do. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 &&
    bytes[3] === 4;
}

/**
 * Opens an archive by its directory, which may be of the zip64 kind.
 *
 * @throws {InputError} if it is truncated, encrypted, or its directory is wrong
 */
export function openZip(bytes: Uint8Array, source: ZipSource): Zip {
  const members = readZipDirectory({
    length: bytes.length,
    read: (start, length) => bytes.subarray(start, start + length),
  }, source);
  const most = alwaysAllowed + mostExpansion * bytes.length;
  return {
    names: [...members.keys()],
    read(names) {
      const found = new Map<string, Uint8Array>();
      let total = 0;
      for (const name of new Set(names)) {
        const member = members.get(name);
        if (!member) throw wrong(`has no member ${quoted(name)}`, source);
        total += member.bytes;
        if (total > most) {
          throw wrong(
            `expands to more than ${most.toLocaleString("en")} bytes in ${
              quoted(name)
            }, which weights never do`,
            source,
          );
        }
        const { start, packedBytes } = member;
        const packed = bytes.subarray(start, start + packedBytes);
        found.set(name, unpack(member, { name, source, packed }));
      }
      return found;
    },
  };
}

/** A member's bytes in the archive, and whose they are. */
interface Packed {
  readonly name: string;
  readonly source: ZipSource;
  readonly packed: Uint8Array;
}

function unpack(member: ZipMember, packed: Packed): Uint8Array {
  const { crc, method, bytes } = member;
  const { name, source } = packed;
  if (method !== methods.stored && method !== methods.deflate) {
    throw wrong(
      `has ${quoted(name)} packed in a way that is not supported (${method})`,
      source,
    );
  }
  const data = method === methods.stored
    ? packed.packed
    : inflated(member, packed);
  if (data.length === bytes && crc32(data) === crc) return data;
  throw wrong(`is damaged (checksum mismatch in ${quoted(name)})`, source);
}

function inflated(
  { bytes }: ZipMember,
  { packed, name, source }: Packed,
): Uint8Array {
  try {
    // No limit may be zero.
    const maxOutputLength = Math.max(bytes, 1);
    // A Buffer's own slice() would be no copy.
    const { buffer, byteOffset, length } = inflateRawSync(packed, {
      maxOutputLength,
    });
    return new Uint8Array(buffer, byteOffset, length);
  } catch (error) {
    throw wrong(`is damaged in ${quoted(name)} (${messageOf(error)})`, {
      ...source,
      cause: error,
    });
  }
}
