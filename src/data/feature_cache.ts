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

/** Of the folders below a root, those of this name are a {@linkcode FeatureCache}'s. */
const cacheName = /^[0-9a-f]{16}$/;

/**
 * Deletes all feature caches below `root`, and nothing else that lies there.
 *
 * @returns what they took
 * @throws {InputError} if one cannot be deleted
 */
export async function cleanFeatureCaches(root: string): Promise<FolderSize> {
  const size = { files: 0, bytes: 0 };
  try {
    for await (const { name, isDirectory } of Deno.readDir(root)) {
      if (!isDirectory || !cacheName.test(name)) continue;
      const path = join(root, name);
      const { files, bytes } = await folderSize(path);
      await Deno.remove(path, { recursive: true });
      size.files += files;
      size.bytes += bytes;
    }
  } catch (error) {
    if (errorCode(error) !== "ENOENT") {
      throw fileError(error, { doing: "remove", path: root });
    }
  }
  return size;
}
