/**
 * How large the feature cache is, and making it small again.
 *
 * @module
 */
import { join } from "@std/path";
import { errorCode, fileError } from "../bytes/mod.ts";

/** What the caches below a root take. */
export interface FeatureCacheSize {
  /** Keys, that is models with their preprocessing. */
  readonly sets: number;
  /** Pictures with features, over all keys. */
  readonly rows: number;
  /** Of all files. */
  readonly bytes: number;
}

/** Only folders of this name are ours to count and to delete. */
const setName = /^[0-9a-f]{16}$/;

/**
 * Counts the rows of all caches below `root`; a root that is missing is empty.
 *
 * @throws {InputError} if a folder cannot be read
 */
export async function featureCacheSize(
  root: string,
): Promise<FeatureCacheSize> {
  const size = { sets: 0, rows: 0, bytes: 0 };
  for (const set of await findSets(root)) {
    size.sets++;
    for await (const path of filesBelow(join(root, set))) {
      size.bytes += (await Deno.stat(path).catch(() => ({ size: 0 }))).size;
      if (path.endsWith(".row")) size.rows++;
    }
  }
  return size;
}

/**
 * Deletes all caches below `root`, and nothing else that lies there.
 *
 * @returns what they took
 * @throws {InputError} if one cannot be deleted
 */
export async function cleanFeatureCache(
  root: string,
): Promise<FeatureCacheSize> {
  const size = await featureCacheSize(root);
  for (const set of await findSets(root)) {
    const path = join(root, set);
    try {
      await Deno.remove(path, { recursive: true });
    } catch (error) {
      throw fileError(error, { doing: "remove", path });
    }
  }
  return size;
}

async function findSets(root: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(root));
    return entries
      .filter((entry) => entry.isDirectory && setName.test(entry.name))
      .map((entry) => entry.name);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw fileError(error, { doing: "read", path: root });
  }
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* filesBelow(path);
    else yield path;
  }
}
