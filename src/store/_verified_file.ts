/** Files that appear in the store only if they are what they should be. */
import { createHash } from "node:crypto";
import { basename, dirname, join } from "@std/path";
import { fileError } from "../bytes/mod.ts";
import { InputError } from "../errors.ts";

/** What a file must be. */
export interface Expected {
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
}

/**
 * Writes the pieces under a temporary name and renames it to `path` if size
 * and digest are as expected; else nothing is left behind.
 *
 * @throws {InputError} if they are not, or if the disk refuses.
 */
export async function writeVerified(
  path: string,
  pieces: Iterable<Uint8Array>,
  { expected, progress, signal }: {
    expected: Expected;
    progress?: ((bytes: number) => void) | undefined;
    signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.new`);
  try {
    const found = await write(temporary, pieces, { progress, signal });
    if (found.bytes !== expected.bytes || found.sha256 !== expected.sha256) {
      throw new InputError(
        `"${path}" would have ${found.bytes} bytes and sha256 ${found.sha256}, expected ${expected.bytes} and ${expected.sha256}; its source has changed: update espalier`,
      );
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    if (error instanceof InputError || signal?.aborted) throw error;
    throw fileError(error, { doing: "write", path });
  }
}

async function write(
  path: string,
  pieces: Iterable<Uint8Array>,
  { progress, signal }: {
    progress?: ((bytes: number) => void) | undefined;
    signal?: AbortSignal | undefined;
  },
): Promise<Expected> {
  const hash = createHash("sha256");
  let bytes = 0;
  using file = await Deno.open(path, {
    write: true,
    create: true,
    truncate: true,
  });
  for (const piece of pieces) {
    signal?.throwIfAborted();
    hash.update(piece);
    await writeAll(file, piece);
    bytes += piece.length;
    progress?.(bytes);
  }
  await file.sync();
  return { bytes, sha256: hash.digest("hex") };
}

/** Writes all of the bytes, in as many calls as the system takes. */
export async function writeAll(
  file: Deno.FsFile,
  bytes: Uint8Array,
): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
}
