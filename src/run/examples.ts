/**
 * What a head learns from: a feature row, a label and a part for each picture.
 *
 * @module
 */
import {
  type BottleneckRow,
  datasetDigest,
  type DataWarning,
  type DigestedRecord,
  digestRecords,
  FeatureCache,
  readBottleneckTexts,
  scanFolder,
  type SkippedFile,
  type Split,
  splitRecords,
} from "../data/mod.ts";
import { InputError } from "../errors.ts";
import {
  extractRows,
  openExtractor,
  type ResolvedModel,
} from "../features/mod.ts";
import type { Session } from "../gpu/mod.ts";
import { openDecoders } from "../image/mod.ts";
import type { PassName } from "../passes/mod.ts";
import type { Watcher } from "./watcher.ts";

/** Which pictures, or text files of features, to learn from. */
export interface DataSettings {
  /** A folder with one folder a class. */
  readonly data: string;
  /** A folder of the same classes to test on; else a tenth of `data` is. */
  readonly test?: string | undefined;
  /** Pictures taken of each class [all]. */
  readonly limit?: number | undefined;
  /** Decides the split. */
  readonly seed: number;
}

/** A data set, split, with the features of each picture. */
export interface Examples {
  /** The classes; a label's index is its class. */
  readonly labels: readonly string[];
  /** Values of a feature row. */
  readonly width: number;
  /** The pictures and the part of each. */
  readonly split: Split<DigestedRecord>;
  /** Rows by the digest of their picture. */
  readonly features: ReadonlyMap<string, Float32Array>;
  /** Files that were left out. */
  readonly skipped: readonly SkippedFile[];
  /** What the user was told of the data. */
  readonly warnings: readonly string[];
  /** Digest of which bytes are in which class. */
  readonly digest: string;
}

/** What turns pictures into rows. */
export interface ExtractionTools {
  /** The model. */
  readonly model: ResolvedModel;
  /** Where it is computed. */
  readonly session: Session;
  /** The folder of cached rows. */
  readonly cacheRoot: string;
  /** Version of this tool, part of what a cached row depends on. */
  readonly version: string;
  /** Whether pictures are turned as their EXIF says. */
  readonly exif: boolean;
  /** Passes to leave out. */
  readonly without: readonly PassName[];
  /** Pictures a batch at most. */
  readonly batch?: number | undefined;
  /** Who is told. */
  readonly watcher: Watcher;
  /** Stops the work. */
  readonly signal?: AbortSignal | undefined;
}

/** Rows by picture, and pictures without one. */
export interface ExtractedRows {
  /** Rows by the digest of their picture. */
  readonly features: ReadonlyMap<string, Float32Array>;
  /** How many rows were in the cache. */
  readonly cached: number;
  /** Files that were left out. */
  readonly skipped: readonly SkippedFile[];
}

/**
 * Reads, splits and extracts folders of pictures.
 *
 * @throws {InputError} if the folders cannot be learnt from; see `scanFolder`
 * and `splitRecords`. A picture that cannot be read is skipped and listed.
 */
export async function examplesFromPictures(
  settings: DataSettings,
  tools: ExtractionTools,
): Promise<Examples> {
  const { limit, seed } = settings;
  const limited = limit === undefined ? {} : { limit };
  const data = await scanFolder(settings.data, limited);
  const test = settings.test === undefined
    ? undefined
    : await scanFolder(settings.test, { ...limited, minimumClasses: 1 });
  const warnings = warn(tools.watcher, [
    ...data.warnings,
    ...test?.warnings ?? [],
  ]);
  const digested = await digestAll([data.records, test?.records ?? []], tools);
  const [training, testing] = digested.parts;
  const { labels } = data;
  const splitAll = (readable: (record: DigestedRecord) => boolean) =>
    splitRecords(training.filter(readable), {
      labels,
      seed,
      ...test ? { testRecords: testing.filter(readable) } : {},
    });
  // Split before the long work, so that what is wrong is said at once.
  const planned = splitAll(() => true);
  warnings.push(...warn(tools.watcher, planned.warnings));
  const extracted = await extractFeatures(planned.records, tools);
  const { features } = extracted;
  const split = extracted.skipped.length === 0
    ? planned
    : splitAll(({ sha256 }) => features.has(sha256));
  return {
    labels,
    width: tools.model.model.width,
    split,
    warnings,
    features,
    skipped: [...digested.skipped, ...extracted.skipped, ...split.skipped],
    digest: datasetDigest(split.records),
  };
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
  const limited = limit === undefined ? {} : { limit };
  const texts = await readBottleneckTexts(data, limited);
  const tests = test === undefined
    ? undefined
    : await readBottleneckTexts(test, limited);
  const { labels } = texts;
  const rows = [...texts.rows, ...tests?.rows ?? []];
  const width = rows[0].values.length;
  const different = rows.find(({ values }) => values.length !== width);
  if (different) {
    throw new InputError(
      `${different.file}: ${different.values.length} values, expected ${width} as in ${data}; extract both with one model`,
    );
  }
  const split = splitRecords(texts.rows.map(recordOf), {
    labels,
    seed,
    ...tests ? { testRecords: tests.rows.map(recordOf) } : {},
  });
  return {
    labels,
    width,
    split,
    warnings: warn(watcher, split.warnings),
    features: new Map(rows.map(({ sha256, values }) => [sha256, values])),
    skipped: [...texts.skipped, ...tests?.skipped ?? [], ...split.skipped],
    digest: datasetDigest(split.records),
  };
}

/** Tells the watcher and returns what was told. */
function warn(watcher: Watcher, warnings: readonly DataWarning[]): string[] {
  for (const { message } of warnings) watcher.warn(message);
  return warnings.map(({ message }) => message);
}

function recordOf(
  { path, file, label, sha256 }: BottleneckRow,
): DigestedRecord {
  return { path, file, label, sha256 };
}

/** Reads the digests of several lists of files, with one progress bar. */
async function digestAll(
  lists: readonly Parameters<typeof digestRecords>[0][],
  { watcher }: ExtractionTools,
): Promise<{ parts: DigestedRecord[][]; skipped: SkippedFile[] }> {
  const total = lists.reduce((sum, list) => sum + list.length, 0);
  const bar = watcher.progress({ label: "read", total, unit: "images" });
  const parts: DigestedRecord[][] = [];
  const skipped: SkippedFile[] = [];
  let before = 0;
  for (const list of lists) {
    const digested = await digestRecords(list, {
      onProgress: (done) => bar.update(before + done),
    });
    before += list.length;
    parts.push([...digested.records]);
    skipped.push(...digested.skipped);
  }
  bar.close();
  return { parts, skipped };
}

/**
 * The feature rows of pictures: cached ones, and the others from the GPU. A
 * picture that cannot be decoded is skipped.
 */
export async function extractFeatures(
  records: readonly DigestedRecord[],
  tools: ExtractionTools,
): Promise<ExtractedRows> {
  const { watcher, signal } = tools;
  const unique = [
    ...new Map(records.map((record) => [record.sha256, record])).values(),
  ];
  const features = new Map<string, Float32Array>();
  const skipped: SkippedFile[] = [];
  const bar = watcher.progress({
    label: "extract",
    total: unique.length,
    unit: "images",
  });
  await using opened = openTools(tools);
  let cached = 0;
  for await (const event of extractRows(unique, opened)) {
    signal?.throwIfAborted();
    const { path, sha256 } = unique[event.index];
    switch (event.kind) {
      case "row":
        features.set(sha256, event.row);
        if (event.isCached) cached++;
        break;
      case "skipped":
        skipped.push({ path, reason: event.reason });
        watcher.warn(`${path} is skipped: ${event.reason}`);
        break;
      case "warning":
        watcher.warn(`${path} ${event.message}`);
        break;
      default:
        event satisfies never;
    }
    bar.update(features.size + skipped.length, `cached ${cached}`);
  }
  bar.finish();
  watcher.event({
    event: "extracted",
    images: features.size,
    cached,
    skipped: skipped.length,
  });
  for (const { message } of opened.cache.warnings) watcher.warn(message);
  return { features, cached, skipped };
}

/** The tools of `extractRows`; decoder threads and GPU memory are taken when first needed. */
function openTools(tools: ExtractionTools) {
  const closing: (() => void | Promise<void>)[] = [];
  return {
    cache: cacheOf(tools),
    async open() {
      const { model: { model }, session, without, batch, exif } = tools;
      const extractor = await openExtractor(session, model, {
        without,
        ...batch === undefined ? {} : { batch },
      });
      const { maxPixels } = extractor;
      const decoders = openDecoders({ exif, maxPixels });
      closing.push(() => decoders.close(), () => extractor.close());
      return { extractor, decoders };
    },
    async [Symbol.asyncDispose]() {
      for (const close of closing) await close();
    },
  };
}

/** The cache of the rows that this model, adapter and version make. */
function cacheOf(
  { model, session, cacheRoot, version, exif, without }: ExtractionTools,
): FeatureCache {
  const { bottleneckTensor, preprocessing, width } = model.model;
  return new FeatureCache(cacheRoot, {
    modelSha256: model.sha256,
    bottleneck: bottleneckTensor,
    length: width,
    preprocessing: JSON.stringify({
      ...preprocessing,
      input: model.model.inputTensor,
      without,
    }),
    exif,
    version,
    device: session.adapter.description,
  });
}
