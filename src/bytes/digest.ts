/**
 * SHA-256, of bytes and of files of any size.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { joinBytes } from "./join_bytes.ts";
import {
  type FileLimit,
  fileLimits,
  regularFilePieces,
} from "./regular_file.ts";

/**
 * The SHA-256 of bytes, or of a text's UTF-8, as 64 lower-case hex digits.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { sha256 } from "./digest.ts";
 * strictEqual(sha256("abc").slice(0, 8), "ba7816bf");
 * ```
 */
export function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** What {@linkcode digestFile} tells of a file. */
export interface FileDigest {
  /** In hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** The first bytes. */
  readonly head: Uint8Array<ArrayBuffer>;
  /** In hex, where it was wanted. */
  readonly md5?: string;
}

/**
 * The size in bytes, the SHA-256 and the first bytes of a file, read in pieces, so that memory stays flat.
 *
 * @throws {InputError} if the file cannot be read, is no file, or is larger than the limit [none]
 */
export async function digestFile(
  path: string,
  limit: FileLimit = fileLimits.file,
  { headBytes = 0, md5 = false }: {
    /** First bytes that are wanted, at least, where there are so many. */
    headBytes?: number;
    /** Whether the MD5 is wanted, too, which some publishers give alone. */
    md5?: boolean;
  } = {},
): Promise<FileDigest> {
  const hash = createHash("sha256");
  const older = md5 ? createHash("md5") : undefined;
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const piece of regularFilePieces(path, limit)) {
    hash.update(piece);
    older?.update(piece);
    if (size < headBytes) pieces.push(piece);
    size += piece.length;
  }
  return {
    sha256: hash.digest("hex"),
    size,
    head: joinBytes(pieces),
    ...older && { md5: older.digest("hex") },
  };
}
