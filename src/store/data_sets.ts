/**
 * Data sets by address: an archive of pictures is brought into the store, and
 * trained on by its name.
 *
 * @module
 */
import { basename, join } from "@std/path";
import * as v from "valibot";
import {
  createFolder,
  errorCode,
  fileError,
  fileLimits,
  isFolder,
  lockFolder,
  readRegularText,
  replaceFile,
} from "../bytes/mod.ts";
import { checkRecord } from "../bytes/record.ts";
import { dataSetFolders, dataSetRecordName } from "../data/home.ts";
import { InputError, UsageError } from "../errors.ts";
import { checkFile, type ExpectedFile, sizeOf } from "./_verified_file.ts";
import { download } from "./download.ts";
import { knownDataSets } from "./known_data_sets.ts";
import type { FetchOptions } from "./fetch.ts";
import { unpackArchive } from "./unpack.ts";
import { isDevice } from "./unpack_folder.ts";

/** A data set that is in the store. */
export interface DataSet extends DataSetRecord {
  /** The folder of its pictures. */
  readonly path: string;
}

/** What the store notes of a data set, beside its files. */
export type DataSetRecord = v.InferOutput<typeof recordSchema>;

const recordSchema = v.object({
  name: v.string(),
  /** The archive's address, or its path. */
  from: v.string(),
  /** The archive's size. */
  bytes: v.number(),
  /** The archive's digest, in hex. */
  sha256: v.string(),
  /** Who vouches for the digest: who published it, the user, or nobody. */
  checked: v.picklist(["published", "told", "recorded"]),
  /** When it came, as `YYYY-MM-DD`. */
  date: v.string(),
  files: v.number(),
  /** The files' bytes. */
  unpackedBytes: v.number(),
});

/** An archive to bring. */
export interface DataSetSource {
  /** Its name in the store. */
  readonly name: string;
  /** An address (`http`, `https`), or the absolute path of a file. */
  readonly from: string;
  /** What is known of the archive, and from whom [nothing]. */
  readonly expected?: ExpectedFile & {
    readonly by: "published" | "told";
  };
}

/** The download of an archive as it was the last time. */
const fetchedSchema = v.object({
  from: v.string(),
  sha256: v.string(),
  date: v.string(),
  isUnpacked: v.boolean(),
});

type Fetched = v.InferOutput<typeof fetchedSchema>;

/**
 * Brings a data set into the store as a folder of its name, which appears
 * whole or not at all; one that is there from the same place is left alone. A
 * download goes on where it was interrupted, and its archive is deleted once it
 * is unpacked. Where nothing is expected of an archive, the digest of the first
 * that came from an address is what later ones must have.
 *
 * Needs read and write below `home`, and the network for an address.
 *
 * @throws {InputError} if it cannot be had, is another archive than it should
 *   be or none that can be unpacked, if the name is another set's, or if the
 *   disk refuses
 */
export async function fetchDataSet(
  source: DataSetSource,
  options: FetchOptions,
): Promise<DataSet> {
  const { home } = options;
  const { folder, downloads } = dataSetFolders(home, source.name);
  const before = await sameDataSet(source, home);
  if (before) return await checkUnchanged(before);
  using _lock = await lockFolder(downloads);
  // Another process may have brought it while this one waited for the lock.
  const meanwhile = await sameDataSet(source, home);
  if (meanwhile) return meanwhile;
  const archive = isAddress(source.from)
    ? await bring(source, { ...options, downloads })
    : await given(source);
  try {
    const record = await unpack(source, { ...options, folder, archive });
    if (archive.fetched) {
      await noteFetched(downloads, { ...archive.fetched, isUnpacked: true });
    }
    return { ...record, path: folder };
  } finally {
    // After an error, too: it would be the same the next time.
    if (archive.fetched && !options.signal?.aborted) {
      await Deno.remove(archive.path).catch(() => {});
    }
  }
}

/** Whether this is an address, not a path. */
export function isAddress(from: string): boolean {
  return /^https?:\/\//i.test(from);
}

/** An archive on the disk. */
interface Archive {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Of one that was downloaded. */
  readonly fetched?: Fetched;
}

async function unpack(
  { name, from, expected }: DataSetSource,
  { folder, archive, progress, signal }: FetchOptions & {
    readonly folder: string;
    readonly archive: Archive;
  },
): Promise<DataSetRecord> {
  const records: DataSetRecord[] = [];
  await createFolder(folder, async (temporary) => {
    const { files, bytes: unpackedBytes } = await unpackArchive(
      archive.path,
      temporary,
      {
        source: from,
        signal,
        progress: (done, total) => progress?.({ stage: "unpack", done, total }),
      },
    );
    const record: DataSetRecord = {
      name,
      from,
      bytes: archive.bytes,
      sha256: archive.sha256,
      checked: expected?.by ?? "recorded",
      date: today(),
      files,
      unpackedBytes,
    };
    // The archive's own file of that name would be another's record.
    const text = `${JSON.stringify(record, null, 2)}\n`;
    await replaceFile(join(temporary, dataSetRecordName), text);
    records.push(record);
  });
  return records[0];
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** An archive that the user has. */
async function given(
  { from, expected = { by: "told" } }: DataSetSource,
): Promise<Archive> {
  const { size, sha256, difference } = await checkFile(from, expected);
  if (difference === undefined) return { path: from, bytes: size, sha256 };
  throw new InputError(
    `"${from}" is not the expected file (${difference}); get it again`,
  );
}

/** Downloads an archive, or takes one that a killed process left or that was put there by hand. */
async function bring(
  { name, from, expected }: DataSetSource,
  { downloads, progress, signal }: FetchOptions & {
    readonly downloads: string;
  },
): Promise<Archive> {
  const path = join(downloads, archiveNameOf(from) ?? `${name}.archive`);
  const last = await lastFetched(downloads);
  if (last && last.from !== from) await Deno.remove(path).catch(() => {});
  const found = await sizeOf(path) === undefined
    ? await download(from, {
      ...expected,
      path,
      signal,
      refused: "check the address",
      progress: (done, total) => progress?.({ stage: "download", done, total }),
    })
    : await checkFile(path, expected ?? {});
  const { size: bytes, sha256, difference } = found;
  if (difference !== undefined) {
    throw new InputError(
      `"${path}" is not the expected file (${difference}); delete it or put the right file in its place`,
    );
  }
  if (!expected && last?.from === from && last.isUnpacked) {
    if (sha256 !== last.sha256) {
      await Deno.remove(path);
      throw new InputError(
        `${from} is another file than on ${last.date} (sha256 ${sha256}, then ${last.sha256}); if it may have changed, run the same command with --sha256 ${sha256}`,
      );
    }
  }
  const fetched = { from, sha256, date: today(), isUnpacked: false };
  await noteFetched(downloads, { ...fetched, isUnpacked: false });
  return { path, bytes, sha256, fetched };
}

const fetchedName = "fetched.json";

async function noteFetched(downloads: string, fetched: Fetched): Promise<void> {
  const text = `${JSON.stringify(fetched, null, 2)}\n`;
  await replaceFile(join(downloads, fetchedName), text);
}

async function lastFetched(downloads: string): Promise<Fetched | undefined> {
  return await readRecord(join(downloads, fetchedName), fetchedSchema);
}

/** The data set that is there already, if it is the one that is wanted. */
async function sameDataSet(
  { name, from, expected }: DataSetSource,
  home: string,
): Promise<DataSet | undefined> {
  const { folder } = dataSetFolders(home, name);
  const found = await dataSet(name, home);
  if (!found) {
    if (!await isFolder(folder)) return undefined;
    throw new InputError(
      `"${folder}" is in the way, and was not fetched; choose another name with --as, or delete it`,
    );
  }
  if (found.from !== from) {
    throw new InputError(
      `There is a data set "${name}" already, fetched from ${found.from}; choose another name with --as, or delete "${folder}"`,
    );
  }
  const wanted = expected?.sha256;
  if (wanted === undefined || found.sha256.startsWith(wanted)) return found;
  throw new InputError(
    `The data set "${name}" was fetched from there on ${found.date} with sha256 ${found.sha256}, not ${wanted}; delete "${folder}" to fetch it again`,
  );
}

/** An archive of the user's may be another by now; of an address nobody asks again. */
async function checkUnchanged(found: DataSet): Promise<DataSet> {
  const { name, from, sha256, date, path } = found;
  if (isAddress(from) || await sizeOf(from) === undefined) return found;
  if ((await checkFile(from, {})).sha256 === sha256) return found;
  throw new InputError(
    `"${from}" has changed since ${date}, when the data set "${name}" was made of it; choose another name with --as, or delete "${path}"`,
  );
}

/** The data set of a name in the store; undefined if it was not fetched. */
export async function dataSet(
  name: string,
  home: string,
): Promise<DataSet | undefined> {
  if (!isPlainName(name)) return undefined;
  const { folder, record } = dataSetFolders(home, name);
  const found = await readRecord(record, recordSchema);
  return found?.name === name ? { ...found, path: folder } : undefined;
}

/** All data sets that were fetched, by name. */
export async function listDataSets(home: string): Promise<DataSet[]> {
  const place = join(home, "data");
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(place)) names.push(name);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw fileError(error, { doing: "read", path: place });
  }
  const found = await Promise.all(
    names.sort().map((name) => dataSet(name, home)),
  );
  return found.filter((one) => one !== undefined);
}

/** The names of data sets that are known or here, for whoever mistypes one. */
export async function dataSetNames(home: string): Promise<string[]> {
  const here = await listDataSets(home);
  return [...Object.keys(knownDataSets), ...here.map(({ name }) => name)];
}

async function readRecord<Output>(
  path: string,
  schema: v.GenericSchema<unknown, Output>,
): Promise<Output | undefined> {
  try {
    const text = await readRegularText(path, fileLimits.record);
    return checkRecord(schema, JSON.parse(text)).record;
  } catch (error) {
    const isAbsent = ["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "");
    if (isAbsent || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const longestName = 100;

/** Folders that the built-in sets have. */
const builtin = ["all", "digits", "shapes"];

/** Whether a name may be a data set's. */
export function isPlainName(name: string): boolean {
  return /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*$/u.test(name) &&
    name.length <= longestName && !builtin.includes(name) && !isDevice(name);
}

/** @throws {UsageError} if a name may not be a data set's */
export function checkDataSetName(name: string): void {
  if (isPlainName(name)) return;
  throw new UsageError(
    `A data set cannot be called ${
      JSON.stringify(name)
    }: use letters, digits, ".", "_" and "-", ${longestName} at most, and no built-in set's name`,
  );
}

/** What a data set is called after its archive: the file's name without its ending. */
export function dataSetNameOf(from: string): string {
  return fileNameOf(from).replace(/\.(?:tar\.[a-z0-9]+|tgz|tar|zip|gz)$/i, "");
}

/** The archive's file name; undefined if it has none that a file here may have. */
function archiveNameOf(from: string): string | undefined {
  const name = fileNameOf(from);
  return isPlainName(name) ? name : undefined;
}

function fileNameOf(from: string): string {
  return isAddress(from)
    ? decoded(new URL(from).pathname.replace(/^.*\//, ""))
    : basename(from);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
