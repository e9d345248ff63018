/**
 * Files and folders that are either the old one or the new one, whenever the power fails.
 *
 * @module
 */
import { basename, dirname, join } from "@std/path";
import { InputError } from "../errors.ts";
import { errorCode, fileError, throwFileError } from "./file_error.ts";
import { statFile } from "./regular_file.ts";

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
 * Not to wait (`durable: false`) is for files that carry a checksum and can be
 * made again, of which there are thousands.
 *
 * @throws {InputError} if the folder is missing, read-only or full, or `path` is
 *   a folder, a pipe or a device; what was there is left as it was
 */
export async function replaceFile(
  path: string,
  content: Uint8Array | string,
  { durable = true }: { durable?: boolean } = {},
): Promise<void> {
  const bytes = typeof content === "string"
    ? new TextEncoder().encode(content)
    : content;
  await checkReplaceable(path);
  const temporary = join(dirname(path), temporaryName(path));
  try {
    await writeNew(temporary, bytes, durable);
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw fileError(error, { doing: "write", path });
  }
  if (durable) await syncFolder(dirname(path));
}

/**
 * Refuses a path that {@linkcode replaceFile} could not write, as far as can be
 * told before there is anything to write: a rename would replace a device.
 *
 * @throws {InputError} if it is a folder, a pipe, a socket or a device
 */
export async function checkReplaceable(path: string): Promise<void> {
  try {
    await statFile(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "")) return;
    throw fileError(error, { doing: "write", path });
  }
}

/**
 * Makes a folder that appears at `path` when `fill` has filled it, or not at
 * all; the folders above it are made. What a killed process left of it goes with
 * the next call, so that a lock has to keep others out.
 *
 * @throws {InputError} if the disk refuses, and what `fill` throws of its own
 */
export async function createFolder(
  path: string,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = join(dirname(path), temporaryName(path));
  try {
    await Deno.mkdir(temporary, { recursive: true });
    await removeLeftovers(path, basename(temporary));
    await fill(temporary);
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary, { recursive: true }).catch(() => {});
    if (error instanceof InputError || errorCode(error) === undefined) {
      throw error;
    }
    throw fileError(error, { doing: "write", path });
  }
}

/** Removes what processes that were killed have begun to make in the folder's place. */
async function removeLeftovers(path: string, but: string): Promise<void> {
  const parent = dirname(path);
  for await (const { name } of Deno.readDir(parent)) {
    const [start] = name.split(/[0-9a-f]{12}\.tmp$/);
    const isOfPath = isTemporaryName(name) && start === `.${stemOf(path)}.`;
    if (!isOfPath || name === but) continue;
    await Deno.remove(join(parent, name), { recursive: true });
  }
}

/**
 * Makes a folder and those above it, unless they are there.
 *
 * @throws {InputError} if the disk refuses
 */
export async function makeFolder(path: string): Promise<void> {
  await Deno.mkdir(path, { recursive: true })
    .catch(throwFileError({ doing: "write", path }));
}

export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "")) return false;
    throw fileError(error, { doing: "read", path });
  }
}

function temporaryName(path: string): string {
  const random = crypto.randomUUID().replaceAll("-", "").slice(0, 12);
  return `.${stemOf(path)}.${random}.tmp`;
}

function stemOf(path: string): string {
  return [...basename(path)].slice(0, longestStem).join("");
}

async function writeNew(
  path: string,
  bytes: Uint8Array,
  durable: boolean,
): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  await writeAll(file, bytes);
  if (durable) await file.sync();
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

/** A rename is on the disk once its folder is; some systems cannot sync folders, and lose nothing but time. */
async function syncFolder(path: string): Promise<void> {
  try {
    using folder = await Deno.open(path);
    await folder.sync();
  } catch {
    return;
  }
}
