/**
 * Rows of features, kept by the digest of the picture they were made from and
 * by everything else that shaped them. A row that does not match in every
 * respect is made again, never trusted.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import {
  decodePacked,
  decodeTensors,
  encodeTensors,
  errorCode,
  fileError,
  fileErrorReason,
  fileLimits,
  isPacked,
  isTemporaryName,
  type JsonObject,
  readRegularFile,
  replaceFile,
  sha256,
} from "../bytes/mod.ts";
import { InputError } from "../errors.ts";
import type { DataWarning } from "./records.ts";

/** Everything but the picture that a row of features depends on. */
export interface FeatureKey {
  /** SHA-256 of the graph's file. */
  readonly modelSha256: string;
  /** The tensor that is kept, such as `pool_3/_reshape:0`. */
  readonly bottleneck: string;
  /** Values a row. */
  readonly length: number;
  /** Names the way from a file's bytes to the input tensor. */
  readonly preprocessing: string;
  /** Whether photos are turned as their EXIF says. */
  readonly exif: boolean;
  /** Of the tool and its kernels. */
  readonly version: string;
  /** Adapter and tuning, because another adapter rounds otherwise. */
  readonly device?: string;
}

const kind = "feature row";

/** Rows of one {@linkcode FeatureKey}; several processes may use it at once. */
export class FeatureCache {
  /** Where the rows of this key are. */
  readonly folder: string;
  readonly #key: FeatureKey;
  readonly #keyDigest: string;
  readonly #made = new Set<string>();
  #warning: DataWarning | undefined;

  /** A cache below `root`, which need not exist. */
  constructor(root: string, key: FeatureKey) {
    this.#key = key;
    this.#keyDigest = sha256(JSON.stringify(asJson(key)));
    this.folder = join(root, this.#keyDigest.slice(0, 16));
  }

  /** At most one: that nothing more is kept, and why. */
  get warnings(): readonly DataWarning[] {
    return this.#warning === undefined ? [] : [this.#warning];
  }

  /** The row of a picture; undefined if there is none, or none to be trusted. */
  async get(imageSha256: string): Promise<Float32Array | undefined> {
    const path = this.#path(imageSha256);
    try {
      const bytes = await readRegularFile(path, fileLimits.row);
      // Rows of espalier 0.1 are as good.
      const { metadata, tensors } = isPacked(bytes)
        ? decodePacked(bytes, { kinds: [kind], name: path })
        : decodeTensors(bytes, { kind, name: path });
      const row = tensors.row?.data;
      const isOurs = metadata.key === this.#keyDigest &&
        metadata.image === imageSha256;
      if (
        isOurs && row !== undefined &&
        row.length === this.#key.length && row.every(Number.isFinite)
      ) return row;
    } catch {
      // A row that cannot be read is made again.
    }
    return undefined;
  }

  /**
   * Keeps a row; one with a NaN or an infinity is not kept. Where the cache
   * cannot be written, it warns once and goes on without.
   *
   * @throws {RangeError} if the row has another length than the key says
   */
  async put(imageSha256: string, row: Float32Array): Promise<void> {
    if (row.length !== this.#key.length) {
      throw new RangeError(
        `Cannot keep a row of ${row.length} values, the key says ${this.#key.length}`,
      );
    }
    if (this.#warning !== undefined || !row.every(Number.isFinite)) return;
    const bytes = encodeTensors({
      kind,
      metadata: { key: this.#keyDigest, image: imageSha256 },
      tensors: { row: { shape: [row.length], data: row } },
    });
    const path = this.#path(imageSha256);
    try {
      await this.#makeFolder(dirname(path));
      await replaceFile(path, bytes, { durable: false });
    } catch (error) {
      const cause = error instanceof InputError ? error.cause : error;
      this.#warning = {
        kind: "cache",
        message:
          `The feature cache ${this.folder} cannot be written, going on without: ${
            fileErrorReason(cause)
          }`,
      };
    }
  }

  /** Beside the rows lies the key in plain words, for people. */
  async #makeFolder(path: string): Promise<void> {
    if (this.#made.has(path)) return;
    await Deno.mkdir(path, { recursive: true });
    if (this.#made.size === 0) {
      const text = JSON.stringify(asJson(this.#key), null, 2);
      await replaceFile(join(this.folder, "key.json"), `${text}\n`);
    }
    this.#made.add(path);
  }

  #path(imageSha256: string): string {
    return join(this.folder, imageSha256.slice(0, 2), `${imageSha256}.row`);
  }
}

/** The key's fields in one order, however the caller wrote them. */
function asJson(key: FeatureKey): JsonObject {
  return {
    modelSha256: key.modelSha256,
    bottleneck: key.bottleneck,
    length: key.length,
    preprocessing: key.preprocessing,
    exif: key.exif,
    version: key.version,
    device: key.device ?? null,
  };
}

export interface FolderSize {
  readonly files: number;
  readonly bytes: number;
}

/** Files below a folder and their bytes; links are not followed, and a folder that is not there is empty. */
export async function folderSize(path: string): Promise<FolderSize> {
  const size = { files: 0, bytes: 0 };
  try {
    for await (const entry of Deno.readDir(path)) {
      const inner = join(path, entry.name);
      const { files, bytes } = entry.isDirectory
        ? await folderSize(inner)
        : { files: 1, bytes: (await Deno.lstat(inner)).size };
      size.files += files;
      size.bytes += bytes;
    }
  } catch (error) {
    // Another process may clean at the same time.
    if (errorCode(error) !== "ENOENT") {
      throw fileError(error, { doing: "read", path });
    }
  }
  return size;
}

/** The names that a {@linkcode FeatureCache} gives: of its folder, of those in it, and of rows in these. */
const cacheNames = {
  folder: /^[0-9a-f]{16}$/,
  part: /^[0-9a-f]{2}$/,
  row: /^[0-9a-f]{64}\.row$/,
} as const;

/**
 * Deletes the files of all feature caches below `root`, and folders that hold
 * nothing else; whatever else lies there, links among it, stays.
 *
 * @returns what they took
 * @throws {InputError} if one cannot be deleted
 */
export async function cleanFeatureCaches(root: string): Promise<FolderSize> {
  const removed = { files: 0, bytes: 0 };
  for (const cache of await foldersIn(root, cacheNames.folder)) {
    for (const part of await foldersIn(cache, cacheNames.part)) {
      await removeFiles(part, (name) => cacheNames.row.test(name), removed);
    }
    await removeFiles(cache, (name) => name === "key.json", removed);
  }
  return removed;
}

async function foldersIn(path: string, name: RegExp): Promise<string[]> {
  const entries = await entriesOf(path);
  return entries.filter((entry) => entry.isDirectory && name.test(entry.name))
    .map((entry) => join(path, entry.name));
}

/** Removes a cache's files from a folder, and the folder if nothing is left. */
async function removeFiles(
  path: string,
  isOurs: (name: string) => boolean,
  removed: { files: number; bytes: number },
): Promise<void> {
  for (const { name, isFile } of await entriesOf(path)) {
    if (!isFile || !(isOurs(name) || isTemporaryName(name))) continue;
    const file = join(path, name);
    try {
      const { size } = await Deno.lstat(file);
      await Deno.remove(file);
      removed.files++;
      removed.bytes += size;
    } catch (error) {
      if (errorCode(error) === "ENOENT") continue;
      throw fileError(error, { doing: "remove", path: file });
    }
  }
  // One that holds something else, or that another process fills, stays.
  await Deno.remove(path).catch(() => {});
}

/** None where there is no such folder: another process may clean at the same time. */
async function entriesOf(path: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(path));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw fileError(error, { doing: "remove", path });
  }
}
