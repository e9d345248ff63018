/**
 * Pictures as they lie in a folder to the rows of those that can be read.
 *
 * @module
 */
import {
  compareCodePoints,
  type DigestedRecord,
  digestRecords,
  type ImageRecord,
  type RecordedFeatures,
  type SkippedFile,
} from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { extractFeatures, type ExtractionTools } from "./extract_features.ts";
import { counted } from "../plural.ts";

/** Rows of pictures, and what became of the others. */
export interface ExtractedPictures extends RecordedFeatures {
  /** How many rows were in the cache. */
  readonly cached: number;
  /** Files that were left out, in the order of their paths. */
  readonly skipped: readonly SkippedFile[];
  /** What the rows took, from the first picture on. */
  readonly milliseconds: number;
}

/**
 * The feature rows of the pictures that {@linkcode listRecords} lists, in their
 * order; those that cannot be read are listed beside them.
 *
 * @throws {InputError} if no picture at all can be read
 */
export async function extractPictures(
  pictures: readonly ImageRecord[],
  tools: ExtractionTools,
): Promise<ExtractedPictures> {
  const { watcher, model: { model: { width } } } = tools;
  const total = pictures.length;
  const bar = watcher.progress({ label: "read", total, unit: "images" });
  const digested = await digestRecords(pictures, {
    onProgress: (done) => bar.update(done),
  });
  bar.close();
  const start = performance.now();
  const { features, cached, skipped: undecoded } = await extractFeatures(
    digested.records,
    tools,
  );
  const skipped = digested.skipped
    .concat(withTwins(undecoded, digested.records))
    .sort((one, other) => compareCodePoints(one.path, other.path));
  if (features.size === 0) {
    const [first] = skipped;
    const file = pictures.find(({ path }) => path === first?.path)?.file;
    throw new InputError(
      `none of ${
        counted(total, "image")
      } can be used, such as ${file}: ${first?.reason}`,
    );
  }
  return {
    records: digested.records.filter(({ sha256 }) => features.has(sha256)),
    features,
    width,
    cached,
    skipped,
    milliseconds: performance.now() - start,
  };
}

/** A picture is opened once, however many files hold it; all of them are skipped. */
function withTwins(
  skipped: readonly SkippedFile[],
  records: readonly DigestedRecord[],
): SkippedFile[] {
  const reasons = new Map(skipped.map(({ path, reason }) => [path, reason]));
  const byDigest = Map.groupBy(records, ({ sha256 }) => sha256);
  return [...byDigest.values()].flatMap((twins) => {
    const opened = twins.find(({ path }) => reasons.has(path));
    const reason = opened && reasons.get(opened.path);
    return reason === undefined
      ? []
      : twins.map(({ path }) => ({ path, reason }));
  });
}
