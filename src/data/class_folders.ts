/**
 * A folder of class folders as a list of pictures.
 *
 * @module
 */
import { join } from "@std/path";
import { errorCode, fileError, isNotUtf8, sha256 } from "../bytes/mod.ts";
import { InputError, UsageError } from "../errors.ts";
import {
  type FolderEntry,
  isForeign,
  listFolder,
  type Territory,
  walkFiles,
} from "./folder_walk.ts";
import { compareCodePoints } from "./order.ts";
import type { DataListener, ImageRecord } from "./records.ts";
import { counted } from "../plural.ts";

/** The pictures of a folder, before any of them is opened. */
export interface Dataset {
  /** The folder that was scanned. */
  readonly root: string;
  /** Names of the class folders, in code point order: a label's index is its class. */
  readonly labels: readonly string[];
  /** In the code point order of their paths. */
  readonly records: readonly ImageRecord[];
}

export interface ScanOptions {
  /** Images taken of each class at most (default: all). */
  readonly limit?: number | undefined;
  /** Draws those that the limit allows; else they are the first in path order. */
  readonly seed?: number | undefined;
  /** Two to train; one to evaluate or predict. */
  readonly minimumClasses?: 1 | 2 | undefined;
  /** Folders of the other parts of the data set, where links may not lead either. */
  readonly otherParts?: readonly string[] | undefined;
  /** Told what is left out, and of labels that look alike. */
  readonly listener?: DataListener | undefined;
}

/** Files that lie among pictures and are none; anything else is for the decoder to judge by its content. */
const companions = new Set([
  ..."txt csv tsv json jsonl md xml html htm yaml yml toml ini log py ipynb npy"
    .split(" "),
  ..."db pdf doc docx xls xlsx".split(" "),
]);

/** What is looked for in the class folders, in code and in words. */
export interface FileKind {
  /** True for the name of a file that belongs to the data. */
  readonly accepts: (name: string) => boolean;
  /** What a file is, for messages: `image`. */
  readonly noun: string;
  /** What a name looks like, for messages: `*.jpg`. */
  readonly pattern: string;
}

/** Pictures, by anything but the name of what lies among them. */
export const pictures: FileKind = {
  accepts: isPicture,
  noun: "image",
  pattern: "*.jpg",
};

/** Whether a file's name is not that of something else that lies among pictures. */
export function isPicture(name: string): boolean {
  const extension = /\.([^.]*)$/.exec(name)?.[1] ?? "";
  return !companions.has(extension.toLowerCase());
}

/**
 * Lists the pictures of `root/<class>/`, at any depth. Hidden files and those
 * that are obviously no pictures (`Thumbs.db`, `*.txt`, `*.json`) are passed
 * over; links are followed, each folder once a class, but not into other classes.
 *
 * @throws {UsageError} if there is no such folder, no class folder, or only one class
 * @throws {InputError} if a class has no pictures or a folder cannot be read
 */
export function scanFolder(
  root: string,
  options: ScanOptions = {},
): Promise<Dataset> {
  return listClassFolders(root, { ...options, kind: pictures });
}

/** Lists DATA/<class>/**; every class has a file, records are in path order. */
export async function listClassFolders(
  root: string,
  { kind, limit = Infinity, seed, listener, minimumClasses = 2, ...options }:
    & ScanOptions
    & { readonly kind: FileKind },
): Promise<Dataset> {
  if (!Number.isInteger(limit) && limit !== Infinity || limit < 1) {
    throw new UsageError(
      `The limit is ${limit}, expected at least 1 file a class`,
    );
  }
  const classes = await findClasses(root, { ...options, kind, listener });
  const records: ImageRecord[] = [];
  for (const { label, territory } of classes) {
    const folder = join(root, label);
    const { files, skipped } = await walkFiles(folder, {
      accepts: kind.accepts,
      territory,
    });
    for (const { path, reason } of skipped) {
      listener?.skip({ path: `${label}/${path}`, reason });
    }
    if (files.length === 0) throw noFiles(folder, { kind, skipped });
    for (const path of take(files, { label, limit, seed })) {
      const file = join(folder, path);
      records.push({ path: `${label}/${path}`, file, label });
    }
  }
  const labels = classes.map(({ label }) => label);
  if (labels.length < minimumClasses) {
    throw new UsageError(
      `${root}: only one class with ${kind.noun}s (${
        labels[0]
      }); add a folder for each other class`,
    );
  }
  records.sort((first, second) => compareCodePoints(first.path, second.path));
  warnOfSimilar(labels, { root, listener });
  return { root, labels, records };
}

function noFiles(
  folder: string,
  { kind: { noun }, skipped }: {
    kind: FileKind;
    skipped: readonly { readonly path: string; readonly reason: string }[];
  },
): InputError {
  if (skipped.length === 0) {
    return new InputError(
      `${folder}: no ${noun}s; add some or remove the folder`,
    );
  }
  const [{ path, reason }] = skipped;
  return new InputError(
    `${folder}: no ${noun}s but what is left out, such as ${path} (${reason}); add some or remove the folder`,
  );
}

/**
 * The files that a limit allows. They are drawn by a class's own names, so that
 * they stay the same whatever is beside it, and a higher limit adds to them.
 */
export function take(
  files: readonly string[],
  { label, limit, seed }: {
    label: string;
    limit: number;
    seed: number | undefined;
  },
): readonly string[] {
  if (files.length <= limit || seed === undefined) return files.slice(0, limit);
  return files.map((path) => ({
    path,
    key: sha256(JSON.stringify([seed, label, path])),
  })).sort((one, other) => compareCodePoints(one.key, other.key))
    .slice(0, limit).map(({ path }) => path);
}

/** Folders that differ only in case or in how their letters are encoded are often one class, copied twice. */
function warnOfSimilar(
  labels: readonly string[],
  { root, listener }: {
    root: string;
    listener: DataListener | undefined;
  },
): void {
  const groups = Map.groupBy(
    labels,
    (label) => label.normalize("NFC").toLowerCase(),
  );
  for (const group of groups.values()) {
    if (group.length === 1) continue;
    const names = group.map((label) => JSON.stringify(label)).join(" and ");
    listener?.warn({
      kind: "similar-labels",
      message:
        `${root}: the classes ${names} differ only in case or encoding; merge the folders if they are one class`,
    });
  }
}

interface ClassFolder {
  readonly label: string;
  readonly territory: Territory;
}

async function findClasses(
  root: string,
  { kind, otherParts = [], listener }:
    & Pick<ScanOptions, "otherParts" | "listener">
    & { kind: FileKind },
): Promise<ClassFolder[]> {
  const { folders, files, skipped } = await listFolder(root).catch((error) => {
    throw rootError(error, { root, kind });
  });
  for (const { path, reason, isFolder } of skipped) {
    if (isFolder) {
      throw new InputError(`${root}: ${JSON.stringify(path)}: ${reason}`);
    }
    if (kind.accepts(path)) listener?.skip({ path, reason });
  }
  const kept = await withTerritories(folders, { root, otherParts, listener });
  if (kept.length === 0) {
    const found = files.filter(({ name }) => kind.accepts(name)).length;
    throw new UsageError(
      `${root}: no class folders. Expected ${
        join(root, "<class>", kind.pattern)
      }; found ${counted(found, kind.noun)} at the top level`,
    );
  }
  const labels = kept.map(({ label }) => label);
  checkLabels(labels, root);
  return kept;
}

/**
 * Where each class's own files lie, and those of the others: of a class that is
 * a link, where this leads. Links to other classes are none.
 */
async function withTerritories(
  folders: readonly FolderEntry[],
  { root, otherParts, listener }: Pick<ScanOptions, "listener"> & {
    root: string;
    otherParts: readonly string[];
  },
): Promise<ClassFolder[]> {
  const real = await Deno.realPath(root);
  const parts = await Promise.all(
    otherParts.map((path) => Deno.realPath(path).catch(() => path)),
  );
  const placeOf = ({ name }: FolderEntry) => join(real, name);
  const places = folders.filter(({ target }) => target === undefined)
    .map(placeOf);
  const kept = folders.filter((entry) => {
    const others = new Set([...places, ...parts]);
    if (!isForeign(entry, { own: placeOf(entry), others })) return true;
    const reason = `a link into the data set, to ${entry.target}`;
    listener?.skip({ path: entry.name, reason });
    return false;
  });
  const owned = kept.map((entry) => entry.target ?? placeOf(entry));
  return kept.map(({ name }, index) => ({
    label: name,
    territory: {
      own: owned[index],
      others: new Set([...owned.toSpliced(index, 1), ...parts]),
    },
  }));
}

function checkLabels(labels: readonly string[], root: string): void {
  const unlisted = labels.find((label) => /[\n\r]/.test(label));
  if (unlisted === undefined) return;
  throw new InputError(
    `${root}: the class folder ${
      JSON.stringify(unlisted)
    } has a line break in its name, ` +
      "and labels.txt has one label a line; rename the folder",
  );
}

function rootError(
  error: unknown,
  { root, kind }: { root: string; kind: FileKind },
): Error {
  const expected = `expected ${join(root, "<class>", kind.pattern)}`;
  switch (errorCode(error)) {
    case "ENOENT":
      if (isNotUtf8(root)) break;
      return new UsageError(`${root}: no such folder; ${expected}`, {
        cause: error,
      });
    case "ENOTDIR":
      return new UsageError(`${root}: a file, not a folder; ${expected}`, {
        cause: error,
      });
  }
  return fileError(error, { doing: "read", path: root });
}
