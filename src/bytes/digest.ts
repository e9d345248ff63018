/**
 * SHA-256, of bytes and of files of any size.
 *
 * @module
 */
import { createHash } from "node:crypto";
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

/**
 * The size in bytes and the SHA-256 of a file, read in pieces, so that memory stays flat.
 *
 * @throws {InputError} if the file cannot be read, is no file, or is larger than the limit [none]
 */
export async function digestFile(
  path: string,
  limit: FileLimit = fileLimits.file,
): Promise<{ sha256: string; size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const piece of regularFilePieces(path, limit)) {
    hash.update(piece);
    size += piece.length;
  }
  return { sha256: hash.digest("hex"), size };
}
