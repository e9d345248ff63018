/**
 * Folders that one process at a time works in. The system takes a lock back
 * when its process ends, however it ends, so that none is ever stale.
 *
 * @module
 */
import { join } from "@std/path";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode, fileError, throwFileError } from "./file_error.ts";

/** The file of a folder that is locked; it stays, since who removes it may remove another's. */
export const lockName = ".lock";

/**
 * Makes a folder and keeps other processes out of it until the result is
 * disposed of; waits while another has it.
 *
 * @throws {InputError} if the disk refuses
 */
export async function lockFolder(folder: string): Promise<Disposable> {
  try {
    await Deno.mkdir(folder, { recursive: true });
    const file = await openLock(folder);
    await file.lock(true);
    return signed(file);
  } catch (error) {
    throw fileError(error, { doing: "write", path: folder });
  }
}

/** A lock that was had, or who has it: `process 4711`. */
export type LockAttempt =
  | { readonly lock: Disposable; readonly holder?: undefined }
  | { readonly lock?: undefined; readonly holder: string };

/** Who only asks has the lock for a moment: tries, and milliseconds between them. */
const attempts = 5;
const pause = 40;

/**
 * {@linkcode lockFolder} for a folder that is there, without waiting.
 *
 * @throws {InputError} if the disk refuses
 */
export async function tryLockFolder(folder: string): Promise<LockAttempt> {
  const file = await openLock(folder)
    .catch(throwFileError({ doing: "write", path: join(folder, lockName) }));
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (await isLockable(file)) return { lock: signed(file) };
    await sleep(pause);
  }
  file.close();
  return { holder: await signatureIn(folder) };
}

/** Who has a folder's lock; undefined if nobody does. */
export async function lockHolder(folder: string): Promise<string | undefined> {
  try {
    using file = await Deno.open(join(folder, lockName));
    if (await isLockable(file)) return undefined;
  } catch (error) {
    if (errorCode(error) !== undefined) return undefined;
    throw error;
  }
  return await signatureIn(folder);
}

function openLock(folder: string): Promise<Deno.FsFile> {
  return Deno.open(join(folder, lockName), { write: true, create: true });
}

/** True where the file system has no locks: nothing can be told there. */
async function isLockable(file: Deno.FsFile): Promise<boolean> {
  try {
    return await file.tryLock(true);
  } catch {
    return true;
  }
}

/** The lock, with the holder's name in it for whoever comes meanwhile. */
function signed(file: Deno.FsFile): Disposable {
  const host = hostName();
  const name = `process ${Deno.pid}${host === "" ? "" : ` on ${host}`}\n`;
  file.truncateSync(0);
  file.writeSync(new TextEncoder().encode(name));
  return {
    [Symbol.dispose]() {
      file.truncateSync(0);
      file.close();
    },
  };
}

/** The host is named only where it is another one. */
async function signatureIn(folder: string): Promise<string> {
  const text = await Deno.readTextFile(join(folder, lockName)).catch(() => "");
  const [name = "", process, host] = /^(process \d+)(?: on (\S+))?\n$/
    .exec(text) ?? [];
  if (name === "") return "another process";
  return host === undefined || host === hostName() ? process : name.trim();
}

function hostName(): string {
  try {
    return Deno.readTextFileSync("/etc/hostname").trim();
  } catch {
    return "";
  }
}
