/**
 * What a head or a network learns from: a row, a label and a part for each picture.
 *
 * @module
 */
import { join } from "@std/path";
import {
  type DataListener,
  type Dataset,
  datasetDigest,
  type DataWarning,
  type DigestedRecord,
  digestRecords,
  type PartFolder,
  readBottleneckTexts,
  scanFolder,
  type ScanOptions,
  type SkippedFile,
  type Split,
  type SplitOptions,
  splitRecords,
  Told,
} from "../data/mod.ts";
import { InputError } from "../errors.ts";
import type { Tuning } from "../plan/mod.ts";
import type { PixelStore } from "./pixel_store.ts";
import { silentWatcher, type Watcher } from "../watcher.ts";
import { counted } from "../plural.ts";

/** Which pictures, or text files of features, to learn from. */
export interface DataSettings {
  /** A folder with one folder a class. */
  readonly data: string;
  /** A folder of the same classes to test on; else a tenth of `data` is. */
  readonly test?: string;
  /** A folder of the same classes to validate on; else a tenth of `data` is. */
  readonly validation?: string;
  /** Pictures taken of each class at most [all]. */
  readonly limit?: number;
  /** What decides which the limit takes: the first by name in runs of before it was the seed. */
  readonly limitedBy?: "seed";
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
  { reader, watcher, onLabels, onDigests }: {
    reader: RowReader;
    watcher: Watcher;
    /** Told the digests of all files before any is decoded; may refuse them. */
    onDigests?: ((records: readonly DigestedRecord[]) => void) | undefined;
    /** Told the classes before their pictures are read. */
    onLabels?: ((labels: readonly string[]) => void) | undefined;
  },
): Promise<Examples> {
  const told = new Told(watcher);
  const folders = await readParts({ settings, told }, scanFolder);
  const { labels } = folders.data;
  onLabels?.(labels);
  const digested = await digestAll(folders, { watcher, told });
  const { data, validation = [], test = [] } = digested;
  onDigests?.([...data, ...validation, ...test]);
  const splitAll = (
    isReadable: (record: DigestedRecord) => boolean,
    warn?: (warning: DataWarning) => void,
  ) => splitReadable(digested, { settings, labels, isReadable, warn });
  // Split before the long work, so that what is wrong is said at once.
  const planned = splitAll(() => true, told.warn);
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
    warnings: told.warnings.map(({ message }) => message),
    features,
    ...pixels && { pixels },
    variants,
    skipped: [...told.skipped, ...extracted.skipped, ...split.skipped],
    digest: datasetDigest(split.records),
    ...extracted.tuning && { tuning: extracted.tuning },
  };
}

/**
 * The digests of the files that examples would be made of; nothing is told, and
 * nothing is decoded.
 *
 * @throws {InputError} if the folders cannot be read
 */
export async function exampleDigests(
  settings: DataSettings & { readonly isBottlenecks: boolean },
): Promise<readonly DigestedRecord[]> {
  const watcher = silentWatcher;
  if (settings.isBottlenecks) {
    const { split } = await examplesFromBottlenecks(settings, watcher);
    return split.records;
  }
  const told = new Told(watcher);
  const folders = await readParts({ settings, told }, scanFolder);
  const { data, validation = [], test = [] } = await digestAll(folders, {
    ...{ watcher, told },
  });
  return [...data, ...validation, ...test];
}

/** The folder to learn from, and those of parts that have their own. */
type PartsOf<T> =
  & { readonly data: T }
  & { readonly [P in PartFolder]: T | undefined };

/** Reads each folder, as many files of each class as the limit allows. */
async function readParts<T>(
  { settings: { data, validation, test, limit, limitedBy, seed }, told }: {
    settings: DataSettings;
    told: Told;
  },
  read: (
    path: string,
    options: ScanOptions & { listener: DataListener },
  ) => Promise<T>,
): Promise<PartsOf<T>> {
  const limits = { limit, seed: limitedBy === "seed" ? seed : undefined };
  const all = [data, validation, test].filter((path) => path !== undefined);
  const readPart = async (path: string | undefined) => {
    if (path === undefined) return undefined;
    return await read(path, {
      ...limits,
      otherParts: all.filter((other) => other !== path),
      minimumClasses: 1,
      listener: { warn: told.warn, skip: skipIn(path, told) },
    });
  };
  const otherParts = all.slice(1);
  return {
    data: await read(data, { ...limits, otherParts, listener: told }),
    validation: await readPart(validation),
    test: await readPart(test),
  };
}

/** Of a separate folder the whole path is told: the data folder may have a file of the same. */
function skipIn(folder: string, { skip }: Told): DataListener["skip"] {
  return ({ path, reason }) => skip({ path: join(folder, path), reason });
}

/**
 * Reads and splits folders of text files of features.
 *
 * @throws {InputError} if they cannot be learnt from; see `readBottleneckTexts`
 */
export async function examplesFromBottlenecks(
  settings: DataSettings,
  watcher: Watcher,
): Promise<Examples> {
  const told = new Told(watcher);
  const texts = await readParts({ settings, told }, async (path, options) => {
    const read = await readBottleneckTexts(path, options);
    read.skipped.forEach(options.listener.skip);
    return read;
  });
  const { data: { labels }, validation, test } = texts;
  const rows = [texts.data, validation, test].flatMap((part) =>
    part?.rows ?? []
  );
  const width = rows[0].values.length;
  const different = rows.find(({ values }) => values.length !== width);
  if (different) {
    throw new InputError(
      `${different.file}: ${
        counted(different.values.length, "value")
      }, expected ${width} as in ${settings.data}; extract both with one model`,
    );
  }
  const split = splitLimited(texts.data.rows, {
    labels,
    seed: settings.seed,
    limit: settings.limit,
    // By name, so that the same features at another scale split the same.
    placedBy: ({ path }) => path,
    validationRecords: validation?.rows,
    testRecords: test?.rows,
    unread: unreadOf(texts.data.skipped),
    warn: told.warn,
  });
  return {
    labels,
    width,
    split,
    warnings: told.warnings.map(({ message }) => message),
    features: new Map(rows.map(({ sha256, values }) => [sha256, values])),
    variants: [],
    skipped: [...told.skipped, ...split.skipped],
    digest: datasetDigest(split.records),
  };
}

/** Files of each class, whose name their paths begin with. */
function unreadOf(files: readonly SkippedFile[]): Map<string, number> {
  const labels = files.map(({ path }) => path.slice(0, path.indexOf("/")));
  return new Map(
    [...Map.groupBy(labels, (label) => label)].map((
      [label, all],
    ) => [label, all.length]),
  );
}

/** Splits what can be read of all folders. */
function splitReadable(
  { data, validation, test, unread }: DigestedParts,
  { settings: { seed, limit }, labels, isReadable, warn }: {
    settings: DataSettings;
    labels: readonly string[];
    isReadable: (record: DigestedRecord) => boolean;
    warn: ((warning: DataWarning) => void) | undefined;
  },
): Split<DigestedRecord> {
  const undecoded = data.filter((record) => !isReadable(record));
  return splitLimited(data.filter(isReadable), {
    labels,
    seed,
    limit,
    validationRecords: validation?.filter(isReadable),
    testRecords: test?.filter(isReadable),
    unread: unreadOf([
      ...unread,
      ...undecoded.map(({ path }) => ({ path, reason: "not decoded" })),
    ]),
    ...warn && { warn },
  });
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

/** The pictures of each folder whose bytes are known. */
interface DigestedParts extends PartsOf<readonly DigestedRecord[]> {
  /** Files of the folder to learn from that cannot be read. */
  readonly unread: readonly SkippedFile[];
}

/** Reads the digests of the files of all folders, with one progress bar. */
async function digestAll(
  { data, validation, test }: PartsOf<Dataset>,
  { watcher, told }: { watcher: Watcher; told: Told },
): Promise<DigestedParts> {
  const folders = [data, validation, test];
  const total = folders.reduce(
    (sum, folder) => sum + (folder?.records.length ?? 0),
    0,
  );
  const bar = watcher.progress({ label: "read", total, unit: "images" });
  let before = 0;
  const digest = async (
    { root, records }: Dataset,
    skip = skipIn(root, told),
  ) => {
    const digested = await digestRecords(records, {
      onProgress: (done) => bar.update(before + done),
    });
    digested.skipped.forEach(skip);
    before += records.length;
    return digested;
  };
  const training = await digest(data, told.skip);
  const validating = validation && (await digest(validation)).records;
  const testing = test && (await digest(test)).records;
  bar.close();
  return {
    data: training.records,
    unread: training.skipped,
    validation: validating,
    test: testing,
  };
}
