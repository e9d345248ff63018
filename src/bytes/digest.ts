/**
 * SHA-256, of bytes and of files of any size.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { fileError } from "./file_error.ts";

const chunkBytes = 256 * 1024;

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
 * @throws {InputError} if the file cannot be read
 */
export async function digestFile(
  path: string,
): Promise<{ sha256: string; size: number }> {
  const hash = createHash("sha256");
  const chunk = new Uint8Array(chunkBytes);
  let size = 0;
  try {
    using file = await Deno.open(path);
    for (;;) {
      const count = await file.read(chunk);
      if (count === null) break;
      hash.update(chunk.subarray(0, count));
      size += count;
    }
  } catch (error) {
    throw fileError(error, { doing: "read", path });
  }
  return { sha256: hash.digest("hex"), size };
}
