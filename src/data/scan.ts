/**
 * A folder of class folders as a list of pictures.
 *
 * @module
 */
import { listClassFolders } from "./_class_folders.ts";
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

/** How {@linkcode scanFolder} scans. */
export interface ScanOptions {
  /** Images taken of each class, the first in path order (default: all). */
  readonly limit?: number;
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
