/**
 * Files that are either the old one or the new one, whenever the power fails.
 *
 * @module
 */
import { basename, dirname, join } from "@std/path";
import { fileError } from "./file_error.ts";

/** How {@linkcode replaceFile} writes. */
export interface ReplaceFileOptions {
  /**
   * Wait until the disk has the bytes (fsync of the file and of its folder).
   * False is for files that carry a checksum and can be made again, of which
   * there are thousands.
   *
   * @default true
   */
  readonly durable?: boolean;
}

/** File names hold at most 255 bytes, and a code point takes up to four. */
const longestStem = 50;

/**
 * True for the names {@linkcode replaceFile} writes under before it renames
 * (`.NAME.RANDOM.tmp`); after a crash such a file may be deleted at any time.
 */
export function isTemporaryName(name: string): boolean {
  return /^\..*\.[0-9a-f]{12}\.tmp$/s.test(basename(name));
}

/**
 * Writes a file under a temporary name in the same folder, waits for the disk,
 * and renames it over `path`. Readers see the old bytes or the new, never half.
 *
 * @throws {InputError} if the folder is missing, read-only or full; the old file is left as it was
 */
export async function replaceFile(
  path: string,
  content: Uint8Array | string,
  { durable = true }: ReplaceFileOptions = {},
): Promise<void> {
  const bytes = typeof content === "string"
    ? new TextEncoder().encode(content)
    : content;
  const temporary = join(dirname(path), temporaryName(basename(path)));
  try {
    await writeNew(temporary, bytes, durable);
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw fileError(error, { doing: "write", path });
  }
  if (durable) await syncFolder(dirname(path));
}

function temporaryName(name: string): string {
  const stem = [...name].slice(0, longestStem).join("");
  const random = crypto.randomUUID().replaceAll("-", "").slice(0, 12);
  return `.${stem}.${random}.tmp`;
}

async function writeNew(
  path: string,
  bytes: Uint8Array,
  durable: boolean,
): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  let written = 0;
  while (written < bytes.length) {
    written += await file.write(bytes.subarray(written));
  }
  if (durable) await file.sync();
}

/** A rename is on the disk once its folder is; some systems cannot sync folders, and lose nothing but time. */
async function syncFolder(path: string): Promise<void> {
  try {
    using folder = await Deno.open(path);
    await folder.sync();
  } catch {
    return;
  }
}
