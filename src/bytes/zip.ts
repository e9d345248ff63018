/**
 * Zip archives in memory: `.pth`, `.keras`, wheels. Their directory is checked
 * whole before anything is unpacked, and each member's CRC-32 after.
 *
 * @module
 */
import { crc32, inflateRawSync } from "node:zlib";
import { InputError, messageOf } from "../errors.ts";

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

/** What to say of an archive that is wrong. */
interface Source {
  readonly name: string;
  /** What to do next: `download it again`. */
  readonly remedy: string;
}

/** What the directory says of a member. */
interface Member {
  readonly crc: number;
  /** How it is packed: 0 is not, 8 is deflate. */
  readonly method: number;
  /** Its bytes in the archive, as they are there. */
  readonly packed: Uint8Array;
  readonly bytes: number;
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
export function openZip(bytes: Uint8Array, source: Source): Zip {
  const members = readDirectory(bytes, source);
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
        found.set(name, unpack(member, { name, source }));
      }
      return found;
    },
  };
}

function unpack(
  member: Member,
  { name, source }: { name: string; source: Source },
): Uint8Array {
  const { crc, method, bytes } = member;
  if (method !== methods.stored && method !== methods.deflate) {
    throw wrong(
      `has ${quoted(name)} packed in a way that is not supported (${method})`,
      source,
    );
  }
  const data = method === methods.stored
    ? member.packed
    : inflated(member, { name, source });
  if (data.length === bytes && crc32(data) === crc) return data;
  throw wrong(`is damaged (checksum mismatch in ${quoted(name)})`, source);
}

function inflated(
  { packed, bytes }: Member,
  { name, source }: { name: string; source: Source },
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

const methods = { stored: 0, deflate: 8 } as const;

/** What each record begins with. */
const signatures = {
  end: 0x06054b50,
  end64Locator: 0x07064b50,
  end64: 0x06064b50,
  member: 0x02014b50,
  local: 0x04034b50,
} as const;

const endBytes = 22;
const maximumComment = 65_535;
const locatorBytes = 20;
const memberBytes = 46;
const localBytes = 30;
/** Flags of a member. */
const encrypted = 1;
const utf8 = 2048;
/** Stands for a value that is in the zip64 field. */
const elsewhere = 0xffffffff;
const zip64Field = 1;

/** The members by name; every read out of bounds is a directory that is wrong. */
function readDirectory(
  bytes: Uint8Array,
  source: Source,
): ReadonlyMap<string, Member> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const { count, start, is64 } = directoryOf(view, source);
    const members = new Map<string, Member>();
    let at = start;
    for (let index = 0; index < count; index++) {
      const { name, member, next, flags } = readMember(view, { at, is64 });
      if (members.has(name)) {
        throw wrong(`has two members ${quoted(name)}`, source);
      }
      if ((flags & encrypted) !== 0) throw wrong("is encrypted", source);
      members.set(name, member);
      at = next;
    }
    return members;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw wrong("is damaged (its directory is wrong)", {
      ...source,
      cause: error,
    });
  }
}

function directoryOf(
  view: DataView,
  source: Source,
): { count: number; start: number; is64: boolean } {
  let end = view.byteLength - endBytes;
  const first = Math.max(end - maximumComment, 0);
  while (end >= first && view.getUint32(end, true) !== signatures.end) end--;
  if (end < first) {
    throw wrong("is truncated (its directory is missing)", source);
  }
  const isLocated = end >= locatorBytes &&
    view.getUint32(end - locatorBytes, true) === signatures.end64Locator;
  const end64 = isLocated ? view.getUint32(end - locatorBytes + 8, true) : 0;
  const is64 = isLocated && view.getUint32(end64, true) === signatures.end64;
  return is64
    ? {
      is64,
      count: Number(view.getBigUint64(end64 + 32, true)),
      start: Number(view.getBigUint64(end64 + 48, true)),
    }
    : {
      is64,
      count: view.getUint16(end + 8, true),
      start: view.getUint32(end + 16, true),
    };
}

function readMember(
  view: DataView,
  { at, is64 }: { at: number; is64: boolean },
): { name: string; member: Member; flags: number; next: number } {
  expectSignature(view, { at, signature: signatures.member });
  const flags = view.getUint16(at + 8, true);
  const nameBytes = view.getUint16(at + 28, true);
  const extraBytes = view.getUint16(at + 30, true);
  const nameAt = view.byteOffset + at + memberBytes;
  const name = new TextDecoder((flags & utf8) === 0 ? "latin1" : "utf-8")
    .decode(new Uint8Array(view.buffer, nameAt, nameBytes));
  const extra = { at: at + memberBytes + nameBytes, length: extraBytes };
  const [bytes, packedBytes, local] = valuesOf(view, {
    values: [24, 20, 42].map((field) => view.getUint32(at + field, true)),
    extra: is64 ? extra : undefined,
  });
  expectSignature(view, { at: local, signature: signatures.local });
  const dataStart = local + localBytes + view.getUint16(local + 26, true) +
    view.getUint16(local + 28, true);
  const packed = new Uint8Array(
    view.buffer,
    view.byteOffset + dataStart,
    packedBytes,
  );
  if (dataStart + packedBytes > view.byteLength) {
    throw new RangeError(`${name} ends after the file`);
  }
  const next = extra.at + extraBytes + view.getUint16(at + 32, true);
  const crc = view.getUint32(at + 16, true);
  const method = view.getUint16(at + 10, true);
  return { name, member: { crc, method, packed, bytes }, flags, next };
}

/** The values, some of which may stand in the zip64 field, one after another. */
function valuesOf(
  view: DataView,
  { values, extra }: {
    values: readonly number[];
    extra: { readonly at: number; readonly length: number } | undefined;
  },
): number[] {
  if (!extra || !values.includes(elsewhere)) return [...values];
  const end = extra.at + extra.length;
  let at = extra.at;
  while (at + 4 < end && view.getUint16(at, true) !== zip64Field) {
    at += 4 + view.getUint16(at + 2, true);
  }
  at += 4;
  return values.map((value) => {
    if (value !== elsewhere) return value;
    if (at + 8 > end) throw new RangeError("no zip64 field");
    at += 8;
    return Number(view.getBigUint64(at - 8, true));
  });
}

function expectSignature(
  view: DataView,
  { at, signature }: { at: number; signature: number },
): void {
  if (view.getUint32(at, true) !== signature) {
    throw new RangeError(`no record at byte ${at}`);
  }
}

function quoted(name: string): string {
  return JSON.stringify(name);
}

function wrong(
  what: string,
  { name, remedy, cause }: Source & { readonly cause?: unknown },
): InputError {
  return new InputError(`${name} ${what}; ${remedy}`, { cause });
}
