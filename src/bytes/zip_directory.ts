/**
 * The directory of a zip archive, in memory or on the disk: what members there
 * are, and where. It is checked whole before anything is unpacked.
 *
 * @module
 */
import { InputError } from "../errors.ts";

/** The bytes of an archive, wherever they are. */
export interface ZipBytes {
  readonly length: number;
  /** So many bytes from `start` on, fewer where there are no more. */
  read(start: number, length: number): Uint8Array;
}

/** What to say of an archive that is wrong. */
export interface ZipSource {
  readonly name: string;
  /** What to do next: `download it again`. */
  readonly remedy: string;
}

/** What the directory says of a member. */
export interface ZipMember {
  readonly crc: number;
  /** How it is packed, of {@linkcode zipMethods}. */
  readonly method: number;
  /** Where its bytes begin, as they are in the archive, and how many there are. */
  readonly start: number;
  readonly packedBytes: number;
  /** How many there are unpacked. */
  readonly bytes: number;
  /** The file's mode on Unix, with its kind; 0 where the archive is of another system. */
  readonly mode: number;
}

/** How a member may be packed. */
export const zipMethods = { stored: 0, deflate: 8 } as const;

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
const end64Bytes = 56;
const memberBytes = 46;
const localBytes = 30;
/** Flags of a member. */
const encrypted = 1;
const utf8 = 2048;
/** Stands for a value that is in the zip64 field. */
const elsewhere = 0xffffffff;
const zip64Field = 1;

/** Far more than data sets have. */
const mostMembers = 2_000_000;
/** As much as so many of them take. */
const mostDirectoryBytes = 2 ** 28;

/**
 * The members by name, in the directory's order.
 *
 * @throws {InputError} if the archive is truncated or encrypted, if the
 *   directory, which may be of the zip64 kind, is wrong, or if members overlap,
 *   as only those of bombs do
 */
export function readZipDirectory(
  bytes: ZipBytes,
  source: ZipSource,
): ReadonlyMap<string, ZipMember> {
  try {
    const { count, start, end } = directoryOf(bytes, source);
    if (count > mostMembers) {
      throw wrongZip(`has more than ${mostMembers} members`, source);
    }
    const view = viewOf(bytes, { start, length: end - start });
    const members = new Map<string, ZipMember>();
    const places: Place[] = [];
    let at = 0;
    for (let index = 0; index < count; index++) {
      const { name, member, place, next, flags } = readMember(view, {
        at,
        bytes,
      });
      if (members.has(name)) {
        throw wrongZip(`has two members ${quoted(name)}`, source);
      }
      if ((flags & encrypted) !== 0) {
        throw wrongZip("is encrypted", source);
      }
      members.set(name, member);
      places.push(place);
      at = next;
    }
    if (overlap(places)) throw wrongZip("has members that overlap", source);
    return members;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw wrongZip("is damaged (its directory is wrong)", {
      ...source,
      cause: error,
    });
  }
}

/** Every read out of bounds is a directory that is wrong. */
function viewOf(
  bytes: ZipBytes,
  { start, length }: { start: number; length: number },
): DataView {
  if (length > mostDirectoryBytes) throw new RangeError("too large");
  const read = bytes.read(start, length);
  if (read.length !== length) throw new RangeError(`no bytes at ${start}`);
  return new DataView(read.buffer, read.byteOffset, read.byteLength);
}

interface DirectoryPlace {
  readonly count: number;
  readonly start: number;
  readonly end: number;
}

function directoryOf(bytes: ZipBytes, source: ZipSource): DirectoryPlace {
  const tailStart = Math.max(
    bytes.length - endBytes - maximumComment - locatorBytes,
    0,
  );
  const tail = viewOf(bytes, {
    start: tailStart,
    length: bytes.length - tailStart,
  });
  let end = tail.byteLength - endBytes;
  while (end >= 0 && tail.getUint32(end, true) !== signatures.end) end--;
  if (end < 0) {
    throw wrongZip("is truncated (its directory is missing)", source);
  }
  const isLocated = end >= locatorBytes &&
    tail.getUint32(end - locatorBytes, true) === signatures.end64Locator;
  return (isLocated
    ? directory64(bytes, bigNumber(tail, end - locatorBytes + 8))
    : undefined) ?? {
    count: tail.getUint16(end + 8, true),
    start: tail.getUint32(end + 16, true),
    end: tailStart + end,
  };
}

function directory64(bytes: ZipBytes, at: number): DirectoryPlace | undefined {
  const view = viewOf(bytes, { start: at, length: end64Bytes });
  if (view.getUint32(0, true) !== signatures.end64) return undefined;
  return { count: bigNumber(view, 32), start: bigNumber(view, 48), end: at };
}

function bigNumber(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

/** Where a member lies, with what stands before it. */
interface Place {
  readonly start: number;
  readonly end: number;
}

function readMember(
  view: DataView,
  { at, bytes }: { at: number; bytes: ZipBytes },
): {
  name: string;
  member: ZipMember;
  place: Place;
  flags: number;
  next: number;
} {
  expectSignature(view, { at, signature: signatures.member });
  const flags = view.getUint16(at + 8, true);
  const nameBytes = view.getUint16(at + 28, true);
  const nameAt = view.byteOffset + at + memberBytes;
  const name = nameOf(new Uint8Array(view.buffer, nameAt, nameBytes), flags);
  const extra = {
    at: at + memberBytes + nameBytes,
    length: view.getUint16(at + 30, true),
  };
  const [size, packedBytes, local] = valuesOf(view, {
    values: [24, 20, 42].map((field) => view.getUint32(at + field, true)),
    extra,
  });
  const header = viewOf(bytes, { start: local, length: localBytes });
  expectSignature(header, { at: 0, signature: signatures.local });
  const start = local + localBytes + header.getUint16(26, true) +
    header.getUint16(28, true);
  const end = start + packedBytes;
  if (end > bytes.length) throw new RangeError(`${name} ends after the file`);
  return {
    name,
    flags,
    place: { start: local, end },
    next: extra.at + extra.length + view.getUint16(at + 32, true),
    member: {
      crc: view.getUint32(at + 16, true),
      method: view.getUint16(at + 10, true),
      start,
      packedBytes,
      bytes: size,
      mode: view.getUint16(at + 40, true),
    },
  };
}

/** macOS writes UTF-8 without saying so; what is none is of old archives. */
function nameOf(bytes: Uint8Array, flags: number): string {
  if ((flags & utf8) !== 0) return new TextDecoder().decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("latin1").decode(bytes);
  }
}

/** The values, some of which may stand in the zip64 field, one after another. */
function valuesOf(
  view: DataView,
  { values, extra }: {
    values: readonly number[];
    extra: { readonly at: number; readonly length: number };
  },
): number[] {
  if (!values.includes(elsewhere)) return [...values];
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
    return bigNumber(view, at - 8);
  });
}

function overlap(places: readonly Place[]): boolean {
  let end = 0;
  return places.toSorted((one, other) => one.start - other.start)
    .some((place) => {
      const before = end;
      end = place.end;
      return place.start < before;
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

/** A member's name, for a message. */
export function quoted(name: string): string {
  return JSON.stringify(name);
}

/** What is thrown where an archive is wrong. */
export function wrongZip(
  what: string,
  { name, remedy, cause }: ZipSource & { readonly cause?: unknown },
): InputError {
  return new InputError(`${name} ${what}; ${remedy}`, { cause });
}
