/**
 * The text cache of the classic retraining tutorials: one file a picture,
 * `<class>/<image name>.txt`, its features as numbers joined by commas.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import {
  fileErrorReason,
  fileLimits,
  gitLfsReason,
  isGitLfsPointer,
  makeFolder,
  readRegularText,
  replaceFile,
  sha256,
} from "../bytes/mod.ts";
import { InputError } from "../errors.ts";
import {
  type FileKind,
  listClassFolders,
  type ScanOptions,
} from "./class_folders.ts";
import type { DigestedRecord, ImageRecord, SkippedFile } from "./records.ts";
import { counted } from "../plural.ts";

/** Text files of features. */
export const bottleneckTexts: FileKind = {
  accepts: (name) => name.toLowerCase().endsWith(".txt"),
  noun: "bottleneck file",
  pattern: "*.txt",
};

/** A row of features, with the file it came from as its record. */
export interface BottleneckRow extends DigestedRecord {
  /** One feature each, as many in every row. */
  readonly values: Float32Array;
}

/** A folder of bottleneck files, read. */
export interface BottleneckTexts {
  /** The folder that was read. */
  readonly root: string;
  /** Names of the class folders, in code point order. */
  readonly labels: readonly string[];
  /** In path order, all of one length. */
  readonly rows: readonly BottleneckRow[];
  /** Files that are empty, no numbers, or of another length than most. */
  readonly skipped: readonly SkippedFile[];
}

/**
 * Reads `root/<class>/*.txt`.
 *
 * @throws {UsageError} if there is no such folder, no class folder, or only one class
 * @throws {InputError} if a class has no file, no file can be used, or no length is that of most files
 */
export async function readBottleneckTexts(
  root: string,
  options: ScanOptions = {},
): Promise<BottleneckTexts> {
  const { labels, records } = await listClassFolders(root, {
    ...options,
    kind: bottleneckTexts,
  });
  const read: BottleneckRow[] = [];
  const skipped: SkippedFile[] = [];
  for (const record of records) {
    const result = await readRow(record);
    if (typeof result === "string") {
      skipped.push({ path: record.path, reason: result });
    } else read.push(result);
  }
  const length = commonLength(root, read, skipped);
  const rows = read.filter((row) => row.values.length === length);
  for (const { path, values } of read) {
    if (values.length === length) continue;
    skipped.push({
      path,
      reason: `${counted(values.length, "value")}, most files have ${length}`,
    });
  }
  return { root, labels, rows, skipped };
}

/** The row, or why it cannot be used. */
async function readRow(record: ImageRecord): Promise<BottleneckRow | string> {
  try {
    const text = await readRegularText(record.file, fileLimits.bottlenecks);
    const values = parseBottleneck(text);
    return typeof values === "string"
      ? values
      : { ...record, sha256: sha256(text), values };
  } catch (error) {
    return fileErrorReason(error);
  }
}

/** Numbers joined by commas as f32, or a sentence about what else it is. */
export function parseBottleneck(text: string): Float32Array | string {
  if (text.trim() === "") return "the file is empty";
  if (isGitLfsPointer(new TextEncoder().encode(text.slice(0, 64)))) {
    return gitLfsReason;
  }
  const words = text.trim().split(",");
  const values = new Float32Array(words.length);
  for (const [index, word] of words.entries()) {
    values[index] = word.trim() === "" ? NaN : Number(word);
    if (!Number.isFinite(values[index])) {
      return `value ${index + 1} is ${
        JSON.stringify(word.trim().slice(0, 20))
      }, expected a finite number`;
    }
  }
  return values;
}

/** The length that more than half of the rows have. */
function commonLength(
  root: string,
  rows: readonly BottleneckRow[],
  skipped: readonly SkippedFile[],
): number {
  if (rows.length === 0) {
    const { path, reason } = skipped[0];
    throw new InputError(
      `${root}: none of ${
        counted(skipped.length, "bottleneck file")
      } can be used, such as ${path}: ${reason}`,
    );
  }
  const groups = [...Map.groupBy(rows, (row) => row.values.length)]
    .sort(([, first], [, second]) => second.length - first.length);
  const [length, most] = groups[0];
  if (most.length * 2 > rows.length) return length;
  const [other, [example]] = groups[1];
  throw new InputError(
    `${root}: files of ${counted(length, "value")} (${
      most[0].path
    }) and of ${other} (${example.path}); ` +
      "keep the files of one model",
  );
}

/**
 * Writes a picture's features to `folder/<class>/<image name>.txt`, and gives
 * the path written.
 *
 * @throws {InputError} if it cannot be written
 */
export async function writeBottleneckText(
  folder: string,
  { path, values }: { path: string; values: Float32Array },
): Promise<string> {
  const file = join(folder, `${path}.txt`);
  await makeFolder(dirname(file));
  await replaceFile(file, formatBottleneck(values), { durable: false });
  return file;
}

/** Numbers joined by commas, with as many digits as give the same f32 again. */
export function formatBottleneck(values: Float32Array): string {
  return Array.from(values, formatFloat32).join(",");
}

/** Nine digits tell any two f32 apart; six are enough for any number that was written with six. */
function formatFloat32(value: number): string {
  if (Object.is(value, -0)) return "-0";
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return String(rounded);
  }
  return String(Number(value.toPrecision(9)));
}
