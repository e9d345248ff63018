import { InputError } from "../errors.ts";

const lineFeed = 0x0a;

/** The size of a header, and what bodies are padded to. */
export const blockBytes = 512;

/** A header's fields that matter here. */
export interface TarHeader {
  readonly kind: "file" | "folder" | "pax" | "gnu-long-name" | "ignored";
  readonly name: string;
  /** Bytes of the body that follows. */
  readonly size: number;
}

/** What each type flag is; a flag that is not here is refused. */
const kinds: Readonly<Record<string, TarHeader["kind"]>> = {
  "0": "file",
  "\0": "file",
  "7": "file",
  "5": "folder",
  "x": "pax",
  "g": "ignored",
  "L": "gnu-long-name",
};

const refusedKinds: Readonly<Record<string, string>> = {
  "1": "a hard link",
  "2": "a symbolic link",
  "3": "a device",
  "4": "a device",
  "6": "a named pipe",
  "K": "a link with a long target",
};

/** Parses a header block. */
export function parseTarHeader(block: Uint8Array, archive: string): TarHeader {
  const sum = block.reduce(
    (total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte),
    0,
  );
  if (sum !== parseNumber(block.subarray(148, 156))) {
    throw new InputError(
      `${archive}: not a tar archive, or damaged; download it again`,
    );
  }
  const isPosix = text(block.subarray(257, 263)) === "ustar";
  const prefix = isPosix ? text(block.subarray(345, 500)) : "";
  const name = (prefix === "" ? "" : `${prefix}/`) +
    text(block.subarray(0, 100));
  const flag = String.fromCharCode(block[156]);
  const kind = kinds[flag];
  if (kind === undefined) {
    const what = refusedKinds[flag] ?? `of type ${JSON.stringify(flag)}`;
    throw new InputError(
      `${archive}: member ${
        JSON.stringify(name)
      } is ${what}, only files and folders are allowed`,
    );
  }
  // Before POSIX, a folder was a file whose name ends in a slash.
  const isFolder = kind === "file" && name.endsWith("/");
  const size = parseNumber(block.subarray(124, 136));
  return { kind: isFolder ? "folder" : kind, name, size };
}

/** The `length key=value` lines of a pax header. */
export function parsePaxRecords(
  body: Uint8Array,
  archive: string,
): Map<string, string> {
  const records = new Map<string, string>();
  let position = 0;
  while (position < body.length) {
    const space = body.indexOf(0x20, position);
    const digits = text(body.subarray(position, Math.max(space, position)));
    const end = position + (/^[0-9]{1,9}$/.test(digits) ? Number(digits) : NaN);
    if (
      !(end > space + 1 && end <= body.length && body[end - 1] === lineFeed)
    ) {
      throw new InputError(
        `${archive}: damaged pax header; download it again`,
      );
    }
    const record = new TextDecoder().decode(body.subarray(space + 1, end - 1));
    const equals = record.indexOf("=");
    records.set(record.slice(0, equals), record.slice(equals + 1));
    position = end;
  }
  return records;
}

/** Octal text, or GNU's big-endian binary when the first bit is set; NaN if neither. */
function parseNumber(field: Uint8Array): number {
  if ((field[0] & 0x80) !== 0) {
    return field.subarray(1).reduce(
      (value, byte) => value * 256 + byte,
      field[0] & 0x7f,
    );
  }
  const digits = text(field).trim();
  if (digits === "") return 0;
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : NaN;
}

/** Up to the first zero byte. */
function text(field: Uint8Array): string {
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}
