/**
 * Reads of files whose path a user gave, and which may be anything: pipes,
 * devices and sockets are refused before they are opened, what is too large
 * before its first byte.
 *
 * @module
 */
import { type FileHandle, open } from "node:fs/promises";
import { constants, type Stats } from "node:fs";
import {
  amongDevicesReason,
  errorCode,
  fileError,
  isAmongDevices,
} from "./file_error.ts";

/** What a file is read as. */
export interface FileLimit {
  /** With its article, for the message: `a model`. */
  readonly what: string;
  /** More than any such file has. */
  readonly maximumBytes: number;
}

/** The limits of all that is read. */
export const fileLimits: Readonly<
  Record<
    | "archive"
    | "array"
    | "bottlenecks"
    | "checkpoint"
    | "file"
    | "log"
    | "model"
    | "picture"
    | "record"
    | "row"
    | "tuning",
    FileLimit
  >
> = {
  archive: { what: "an archive", maximumBytes: 2 ** 30 },
  array: { what: "an array", maximumBytes: 2 ** 32 },
  bottlenecks: { what: "a bottleneck text", maximumBytes: 2 ** 24 },
  checkpoint: { what: "a checkpoint", maximumBytes: 2 ** 32 },
  file: { what: "a file", maximumBytes: Infinity },
  log: { what: "a log", maximumBytes: 2 ** 30 },
  // Protocol buffers hold no more.
  model: { what: "a model", maximumBytes: 2 ** 31 },
  // None under the pixel limit is larger.
  picture: { what: "a picture", maximumBytes: 1e9 },
  record: { what: "a record", maximumBytes: 2 ** 26 },
  row: { what: "a row of features", maximumBytes: 2 ** 24 },
  tuning: { what: "a tuning", maximumBytes: 2 ** 24 },
};

const pieceBytes = 256 * 1024;

/**
 * The whole content of a file.
 *
 * @throws {InputError} if it cannot be read, is no file, or is larger than
 *   `maximumBytes`: `Cannot read "p": it is a pipe, a file is expected; ...`
 *
 * @example
 * ```ts
 * import { rejects } from "node:assert/strict";
 * import { fileLimits, readRegularFile } from "./regular_file.ts";
 * const reading = readRegularFile("/dev/zero", fileLimits.model);
 * await rejects(reading, /a device, a file is expected/);
 * ```
 */
export async function readRegularFile(
  path: string,
  limit: FileLimit,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    await using file = await openRegular(path, limit);
    return await readAll(file, limit);
  } catch (error) {
    throw fileError(error, { doing: "read", path });
  }
}

/** {@linkcode readRegularFile}, as UTF-8; what is none becomes U+FFFD. */
export async function readRegularText(
  path: string,
  limit: FileLimit,
): Promise<string> {
  const bytes = await readRegularFile(path, limit);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/**
 * The content of a file piece by piece, each its own bytes, so that memory
 * stays flat.
 *
 * @throws {InputError} as {@linkcode readRegularFile} does
 */
export async function* regularFilePieces(
  path: string,
  limit: FileLimit,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  let done = 0;
  try {
    await using file = await openRegular(path, limit);
    for (;;) {
      const piece = new Uint8Array(pieceBytes);
      const { bytesRead } = await file.read(piece, 0, pieceBytes, null);
      if (bytesRead === 0) return;
      done += bytesRead;
      checkSize(done, limit);
      yield piece.subarray(0, bytesRead);
    }
  } catch (error) {
    throw fileError(error, { doing: "read", path });
  }
}

/**
 * What the system knows of a file that is one; links are followed.
 *
 * @throws the system's error, or one that says what it is, for {@linkcode fileError}
 */
export async function statFile(path: string): Promise<Deno.FileInfo> {
  const found = await statPath(path);
  checkIsFile(found);
  return found;
}

/** {@linkcode statFile} for what may be a folder as well. */
export async function statPath(path: string): Promise<Deno.FileInfo> {
  return await Deno.stat(path).catch((error) => {
    throw refusalOf(error, path) ?? error;
  });
}

/** Throws as {@linkcode statFile} does unless it is a file. */
export function checkIsFile(
  { isFile, isDirectory, isFifo, isSocket }: Deno.FileInfo,
): void {
  if (isFile) return;
  const kind = isDirectory
    ? "a folder"
    : isFifo
    ? "a pipe"
    : isSocket
    ? "a socket"
    : "a device";
  throw new NoFileError(`it is ${kind}, a file is expected; check the path`);
}

/** What is there is not a file that can be used; the code is that of BSD's "inappropriate file type". */
class NoFileError extends Error {
  readonly code = "EFTYPE";
}

/** Deno's permissions cover devices in other words, and `-` is what other tools call standard input. */
function refusalOf(error: unknown, path: string): NoFileError | undefined {
  if (isAmongDevices(error)) return new NoFileError(amongDevicesReason);
  if (path === "-" && errorCode(error) === "ENOENT") {
    return new NoFileError(
      "standard input and output are not used; give the path of a file",
    );
  }
}

/** Opens a file that is one; a FIFO that took its place meanwhile does not block, and is refused. */
async function openRegular(
  path: string,
  limit: FileLimit,
): Promise<FileHandle> {
  const { size } = await statFile(path);
  checkSize(size, limit);
  const file = await open(
    path,
    constants.O_RDONLY | (constants.O_NONBLOCK ?? 0),
  );
  try {
    const stats: Stats = await file.stat();
    if (!stats.isFile()) throw new NoFileError("it is no file; check the path");
    checkSize(stats.size, limit);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Reads to the end: `/proc` and files that grow hold more than their size says. */
async function readAll(
  file: FileHandle,
  limit: FileLimit,
): Promise<Uint8Array<ArrayBuffer>> {
  const { size } = await file.stat();
  let bytes = new Uint8Array(size + 1);
  let done = 0;
  for (;;) {
    const { bytesRead } = await file.read(
      bytes,
      done,
      bytes.length - done,
      null,
    );
    if (bytesRead === 0) return bytes.subarray(0, done);
    done += bytesRead;
    checkSize(done, limit);
    if (done === bytes.length) {
      const larger = new Uint8Array(2 * done + pieceBytes);
      larger.set(bytes);
      bytes = larger;
    }
  }
}

function checkSize(size: number, { what, maximumBytes }: FileLimit): void {
  if (size <= maximumBytes) return;
  throw new NoFileError(
    `it is too large for ${what} (${size} bytes, ${maximumBytes} at most); check the path`,
  );
}
