/**
 * What a head or a network learns from: a row, a label and a part for each picture.
 *
 * @module
 */
import {
  type Dataset,
  datasetDigest,
  type DataWarning,
  type DigestedRecord,
  digestRecords,
  readBottleneckTexts,
  scanFolder,
  type SkippedFile,
  type Split,
  type SplitOptions,
  splitRecords,
} from "../data/mod.ts";
import { InputError } from "../errors.ts";
import type { Tuning } from "../plan/mod.ts";
import type { PixelStore } from "./pixel_store.ts";
import type { Watcher } from "../watcher.ts";

/** Which pictures, or text files of features, to learn from. */
export interface DataSettings {
  /** A folder with one folder a class. */
  readonly data: string;
  /** A folder of the same classes to test on; else a tenth of `data` is. */
  readonly test?: string;
  /** Pictures taken of each class at most [all]. */
  readonly limit?: number;
  /** Decides the split, and the batches of a training. */
  readonly seed: number;
}

/** A data set, split, with the row of each picture. */
export interface Examples {
  /** The classes; a label's index is its class. */
  readonly labels: readonly string[];
  /** Values of a row. */
  readonly width: number;
  /** The pictures and the part of each. */
  readonly split: Split<DigestedRecord>;
  /** Rows of features by the digest of their picture. */
  readonly features: ReadonlyMap<string, Float32Array>;
  /** Rows of pixels, where a network reads these; whoever is done with them disposes of them. */
  readonly pixels?: PixelStore;
  /** Rows of the training pictures in each further view, by the same digest; none where they are read as they are. */
  readonly variants: readonly ReadonlyMap<string, Float32Array>[];
  /** Files that were left out. */
  readonly skipped: readonly SkippedFile[];
  /** What the user was told of the data. */
  readonly warnings: readonly string[];
  /** Digest of which bytes are in which class. */
  readonly digest: string;
  /** The ways in which kernels computed the features, where they did. */
  readonly tuning?: Tuning;
}

/** Rows by the digest of their picture, and pictures without one. */
export interface ReadRows
  extends Pick<Examples, "features" | "pixels" | "tuning"> {
  /** Files that were left out. */
  readonly skipped: readonly SkippedFile[];
}

/** How pictures become rows. */
export interface RowReader {
  /** Values of a row. */
  readonly width: number;
  /** Reads the rows of pictures; one that cannot be read is skipped. */
  read(records: readonly DigestedRecord[]): Promise<ReadRows>;
  /** Reads the rows of training pictures in each view but the first. */
  readVariants(
    records: readonly DigestedRecord[],
    read: ReadRows,
  ): Promise<Examples["variants"]>;
}

/**
 * Reads and splits folders of pictures.
 *
 * @throws {InputError} if the folders cannot be learnt from; see `scanFolder`
 * and `splitRecords`. A picture that cannot be read is skipped and listed.
 */
export async function examplesFromPictures(
  settings: DataSettings,
  { reader, watcher, onLabels }: {
    reader: RowReader;
    watcher: Watcher;
    /** Told the classes before their pictures are read. */
    onLabels?: ((labels: readonly string[]) => void) | undefined;
  },
): Promise<Examples> {
  const { limit, seed } = settings;
  const folders = await scanFolders(settings);
  const [{ labels }] = folders;
  onLabels?.(labels);
  const warnings = warn(watcher, folders.flatMap(({ warnings }) => warnings));
  const { training, testing, ...digested } = await digestAll(folders, watcher);
  const splitAll = (readable: (record: DigestedRecord) => boolean) =>
    splitLimited(training.filter(readable), {
      labels,
      seed,
      limit,
      testRecords: testing?.filter(readable),
    });
  // Split before the long work, so that what is wrong is said at once.
  const planned = splitAll(() => true);
  warnings.push(...warn(watcher, planned.warnings));
  const extracted = await reader.read(planned.records);
  const { features, pixels } = extracted;
  const split = extracted.skipped.length === 0
    ? planned
    : splitAll(({ sha256 }) => (pixels ?? features).has(sha256));
  const variants = await reader.readVariants(
    split.records.filter((record) => record.split === "train"),
    extracted,
  );
  return {
    labels,
    width: reader.width,
    split,
    warnings,
    features,
    ...pixels && { pixels },
    variants,
    skipped: [...digested.skipped, ...extracted.skipped, ...split.skipped],
    digest: datasetDigest(split.records),
    ...extracted.tuning && { tuning: extracted.tuning },
  };
}

async function scanFolders({ data, test, limit }: DataSettings) {
  const folders = [await scanFolder(data, { limit })];
  if (test === undefined) return folders;
  return [...folders, await scanFolder(test, { limit, minimumClasses: 1 })];
}

/**
 * Reads and splits folders of text files of features.
 *
 * @throws {InputError} if they cannot be learnt from; see `readBottleneckTexts`
 */
export async function examplesFromBottlenecks(
  { data, test, limit, seed }: DataSettings,
  watcher: Watcher,
): Promise<Examples> {
  const texts = await readBottleneckTexts(data, { limit });
  const tests = test === undefined
    ? undefined
    : await readBottleneckTexts(test, { limit });
  const { labels } = texts;
  const rows = [...texts.rows, ...tests?.rows ?? []];
  const width = rows[0].values.length;
  const different = rows.find(({ values }) => values.length !== width);
  if (different) {
    throw new InputError(
      `${different.file}: ${different.values.length} values, expected ${width} as in ${data}; extract both with one model`,
    );
  }
  const split = splitLimited(texts.rows, {
    labels,
    seed,
    limit,
    // By name, so that the same features at another scale split the same.
    placedBy: ({ path }) => path,
    testRecords: tests?.rows,
  });
  return {
    labels,
    width,
    split,
    warnings: warn(watcher, split.warnings),
    features: new Map(rows.map(({ sha256, values }) => [sha256, values])),
    variants: [],
    skipped: [...texts.skipped, ...tests?.skipped ?? [], ...split.skipped],
    digest: datasetDigest(split.records),
  };
}

/** Splits; where a class has too few, it may be `--limit` that took them. */
function splitLimited(
  records: readonly DigestedRecord[],
  { limit, ...options }: SplitOptions<DigestedRecord> & {
    limit: number | undefined;
  },
): Split<DigestedRecord> {
  try {
    return splitRecords(records, options);
  } catch (error) {
    if (limit === undefined || !(error instanceof InputError)) throw error;
    throw new InputError(`${error.message} (with --limit ${limit})`, {
      cause: error,
    });
  }
}

/** Tells the watcher and returns what was told. */
function warn(watcher: Watcher, warnings: readonly DataWarning[]): string[] {
  for (const { message } of warnings) watcher.warn(message);
  return warnings.map(({ message }) => message);
}

/** Reads the digests of the files of one folder or two, with one progress bar. */
async function digestAll(
  folders: readonly Pick<Dataset, "records">[],
  watcher: Watcher,
) {
  const total = folders.reduce((sum, { records }) => sum + records.length, 0);
  const bar = watcher.progress({ label: "read", total, unit: "images" });
  const parts: (readonly DigestedRecord[])[] = [];
  const skipped: SkippedFile[] = [];
  let before = 0;
  for (const { records } of folders) {
    const digested = await digestRecords(records, {
      onProgress: (done) => bar.update(before + done),
    });
    for (const { path, reason } of digested.skipped) {
      watcher.warn(`${path} is skipped: ${reason}`);
    }
    before += records.length;
    parts.push(digested.records);
    skipped.push(...digested.skipped);
  }
  bar.close();
  return { training: parts[0], testing: parts.at(1), skipped };
}
