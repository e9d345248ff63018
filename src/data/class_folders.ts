/**
 * A folder of class folders as a list of pictures.
 *
 * @module
 */
import { join } from "@std/path";
import { errorCode, fileError } from "../bytes/mod.ts";
import { InputError, UsageError } from "../errors.ts";
import { compareCodePoints } from "./order.ts";
import type { DataWarning, ImageRecord } from "./records.ts";

/** The pictures of a folder, before any of them is opened. */
export interface Dataset {
  /** The folder that was scanned. */
  readonly root: string;
  /** Names of the class folders, in code point order: a label's index is its class. */
  readonly labels: readonly string[];
  /** In the code point order of their paths. */
  readonly records: readonly ImageRecord[];
  /** Labels that look alike. */
  readonly warnings: readonly DataWarning[];
}

export interface ScanOptions {
  /** Images taken of each class, the first in path order (default: all). */
  readonly limit?: number | undefined;
  /** Two to train; one to evaluate or predict. */
  readonly minimumClasses?: 1 | 2;
}

/** Files that lie among pictures and are none; anything else is for the decoder to judge by its content. */
const companions = new Set([
  ..."txt csv tsv json jsonl md xml html htm yaml yml toml ini log py ipynb npy"
    .split(" "),
  ..."db pdf doc docx xls xlsx".split(" "),
]);

/**
 * Lists the pictures of `root/<class>/`, at any depth. Hidden files and those
 * that are obviously no pictures (`Thumbs.db`, `*.txt`, `*.json`) are passed
 * over; links are followed, each folder once a class.
 *
 * @throws {UsageError} if there is no such folder, no class folder, or only one class
 * @throws {InputError} if a class has no pictures or a folder cannot be read
 */
export async function scanFolder(
  root: string,
  { limit = Infinity, minimumClasses = 2 }: ScanOptions = {},
): Promise<Dataset> {
  const { labels, records } = await listClassFolders(root, {
    accepts: isPicture,
    noun: "images",
    pattern: "*.jpg",
    limit,
    minimumClasses,
  });
  return { root, labels, records, warnings: similarLabels(root, labels) };
}

/** Whether a file's name is not that of something else that lies among pictures. */
export function isPicture(name: string): boolean {
  const extension = /\.([^.]*)$/.exec(name)?.[1] ?? "";
  return !companions.has(extension.toLowerCase());
}

/** Folders that differ only in case or in how their letters are encoded are often one class, copied twice. */
function similarLabels(root: string, labels: readonly string[]): DataWarning[] {
  const groups = Map.groupBy(
    labels,
    (label) => label.normalize("NFC").toLowerCase(),
  );
  return [...groups.values()].filter((group) => group.length > 1).map((
    group,
  ) => ({
    kind: "similar-labels",
    message: `${root}: the classes ${
      group.map((label) => JSON.stringify(label)).join(" and ")
    } differ only in case or encoding; merge the folders if they are one class`,
  }));
}

/** What is looked for in the class folders, in code and in words. */
export interface ClassFolderOptions {
  /** True for the name of a file that belongs to the data. */
  readonly accepts: (name: string) => boolean;
  /** What the files are, for messages: `images`. */
  readonly noun: string;
  /** What a name looks like, for messages: `*.jpg`. */
  readonly pattern: string;
  /** Files taken of each class, in path order. */
  readonly limit: number;
  readonly minimumClasses: number;
}

/** Lists DATA/<class>/**; every class has a file, records are in path order. */
export async function listClassFolders(
  root: string,
  options: ClassFolderOptions,
): Promise<{ labels: string[]; records: ImageRecord[] }> {
  const { limit, minimumClasses, noun } = options;
  if (!Number.isInteger(limit) && limit !== Infinity || limit < 1) {
    throw new UsageError(
      `The limit is ${limit}, expected at least 1 file a class`,
    );
  }
  const labels = await findLabels(root, options);
  const records: ImageRecord[] = [];
  for (const label of labels) {
    const paths = await listFiles(join(root, label), options.accepts);
    if (paths.length === 0) {
      throw new InputError(
        `${join(root, label)}: no ${noun}; add some or remove the folder`,
      );
    }
    for (const path of paths.slice(0, limit)) {
      records.push({
        path: `${label}/${path}`,
        file: join(root, label, path),
        label,
      });
    }
  }
  if (labels.length < minimumClasses) {
    throw new UsageError(
      `${root}: only one class with ${noun} (${
        labels[0]
      }); add a folder for each other class`,
    );
  }
  records.sort((first, second) => compareCodePoints(first.path, second.path));
  return { labels, records };
}

async function findLabels(
  root: string,
  { accepts, noun, pattern }: ClassFolderOptions,
): Promise<string[]> {
  const { folders, files } = await listFolder(root).catch((error) => {
    throw rootError(error, root, pattern);
  });
  const labels = folders.filter(isClassName);
  if (labels.length === 0) {
    throw new UsageError(
      `${root}: no class folders. Expected ${
        join(root, "<class>", pattern)
      }; found ${files.filter(accepts).length} ${noun} at the top level`,
    );
  }
  const unlisted = labels.find((label) => /[\n\r]/.test(label));
  if (unlisted !== undefined) {
    throw new InputError(
      `${root}: the class folder ${
        JSON.stringify(unlisted)
      } has a line break in its name, ` +
        "and labels.txt has one label a line; rename the folder",
    );
  }
  return labels.sort(compareCodePoints);
}

function rootError(error: unknown, root: string, pattern: string): Error {
  const expected = `expected ${join(root, "<class>", pattern)}`;
  switch (errorCode(error)) {
    case "ENOENT":
      return new UsageError(`${root}: no such folder; ${expected}`, {
        cause: error,
      });
    case "ENOTDIR":
      return new UsageError(`${root}: a file, not a folder; ${expected}`, {
        cause: error,
      });
    default:
      return fileError(error, { doing: "read", path: root });
  }
}

/** Hidden folders, and what macOS and Synology add to archives and shares. */
function isClassName(name: string): boolean {
  return !name.startsWith(".") && name !== "__MACOSX" && name !== "@eaDir";
}

/** Accepted files at any depth, relative with forward slashes, in path order; each real folder is walked once. */
export async function listFiles(
  root: string,
  accepts: (name: string) => boolean,
): Promise<string[]> {
  const found: string[] = [];
  const walked = new Set<string>();
  const waiting = [""];
  for (
    let folder = waiting.shift();
    folder !== undefined;
    folder = waiting.shift()
  ) {
    const path = join(root, folder);
    try {
      const real = await Deno.realPath(path);
      if (walked.has(real)) continue;
      walked.add(real);
      const { folders, files } = await listFolder(path);
      const prefix = folder === "" ? "" : `${folder}/`;
      found.push(...files.filter(accepts).map((name) => prefix + name));
      waiting.push(
        ...folders.filter(isClassName).sort(compareCodePoints).map((name) =>
          prefix + name
        ),
      );
    } catch (error) {
      throw fileError(error, { doing: "read", path });
    }
  }
  return found.sort(compareCodePoints);
}

/** Names of folders and of files that are not hidden, links followed; a broken link counts as a file, so that it is reported. */
async function listFolder(
  path: string,
): Promise<{ folders: string[]; files: string[] }> {
  const folders: string[] = [];
  const files: string[] = [];
  for await (const entry of Deno.readDir(path)) {
    if (entry.name.startsWith(".")) continue;
    const kind = entry.isSymlink
      ? await followed(join(path, entry.name))
      : entry;
    if (kind.isDirectory) folders.push(entry.name);
    else if (kind.isFile) files.push(entry.name);
  }
  return { folders, files };
}

async function followed(
  path: string,
): Promise<{ isDirectory: boolean; isFile: boolean }> {
  try {
    return await Deno.stat(path);
  } catch {
    return { isDirectory: false, isFile: true };
  }
}
