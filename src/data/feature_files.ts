/**
 * Rows of features in files for others: one array with the paths of its rows,
 * or the text files of the classic tutorials.
 *
 * @module
 */
import { dirname } from "@std/path";
import {
  checkReplaceable,
  encodeNpy,
  formatCsv,
  replaceFile,
  throwFileError,
} from "../bytes/mod.ts";
import { writeBottleneckText } from "./bottleneck_text.ts";
import type { DigestedRecord, SkippedFile } from "./records.ts";

/** Pictures with their features. */
export interface RecordedFeatures {
  /** Pictures that have a row, in the order of the rows. */
  readonly records: readonly DigestedRecord[];
  /** Rows by the digest of their picture. */
  readonly features: ReadonlyMap<string, Float32Array>;
  /** Values of a row. */
  readonly width: number;
}

/**
 * Makes sure that a file can be written: hours of work should not end at a
 * misspelt folder.
 *
 * @throws {InputError} if there is no such folder, or a folder or a device has the name
 */
export async function checkFolderOf(path: string): Promise<void> {
  await checkReplaceable(path);
  await Deno.readDir(dirname(path))[Symbol.asyncIterator]().next()
    .catch(throwFileError({ doing: "write", path }));
}

/**
 * Writes `OUT.npy` of shape `[rows, width]`, the paths of its rows one a line
 * to `OUT.txt`, and what was skipped, if anything, to `OUT.skipped.csv`.
 *
 * @throws {InputError} if they cannot be written
 */
export async function writeFeatureArray(
  path: string,
  { records, features, width, skipped }: RecordedFeatures & {
    readonly skipped: readonly SkippedFile[];
  },
): Promise<void> {
  const stem = path.replace(/\.npy$/i, "");
  const data = new Float32Array(records.length * width);
  for (const [index, { sha256 }] of records.entries()) {
    data.set(features.get(sha256) ?? [], index * width);
  }
  const paths = records.map(({ path }) => `${path}\n`).join("");
  await replaceFile(path, encodeNpy({ shape: [records.length, width], data }));
  await replaceFile(`${stem}.txt`, paths);
  const list = `${stem}.skipped.csv`;
  if (skipped.length === 0) {
    // A list of an earlier extraction would be believed.
    await Deno.remove(list).catch(() => {});
    return;
  }
  const lines = skipped.map(({ path, reason }) => [path, reason]);
  await replaceFile(list, formatCsv(["path", "reason"], lines));
}

/**
 * Writes `folder/<path>.txt` for each row, numbers joined by commas.
 *
 * @throws {InputError} if they cannot be written
 */
export async function writeFeatureTexts(
  folder: string,
  { records, features }: Pick<RecordedFeatures, "records" | "features">,
): Promise<void> {
  for (const { path, sha256 } of records) {
    const values = features.get(sha256);
    if (values) await writeBottleneckText(folder, { path, values });
  }
}
