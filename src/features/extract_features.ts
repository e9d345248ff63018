/**
 * Pictures to feature rows, with the cache, the decoders and the GPU taken and
 * given back.
 *
 * @module
 */
import { kernelNamed, wgslOf } from "../../kernels/mod.ts";
import { type JsonObject, sha256 } from "../bytes/mod.ts";
import {
  type DigestedRecord,
  espalierHome,
  FeatureCache,
  type SkippedFile,
} from "../data/mod.ts";
import { InputError } from "../errors.ts";
import type { Session } from "../gpu/mod.ts";
import {
  type DecodersOptions,
  decodersVersion,
  openDecoders,
  openPixelReaders,
} from "../image/mod.ts";
import { planBatch, type Tuning } from "../plan/mod.ts";
import {
  extractRows,
  type ExtractTools,
  type RowExtractor,
} from "./extract.ts";
import { mostPixels, openExtractor } from "./extractor.ts";
import type { FeatureModel } from "./model.ts";
import { differenceFromFull, differenceText } from "./precision.ts";
import type { ResolvedModel } from "./resolve.ts";
import { chooseTuning, type Tuner } from "../tune/choose_tuning.ts";
import { type Variant, variantDecoders, type Views } from "./views.ts";
import { version } from "../version.ts";
import type { Watcher } from "../watcher.ts";

/** What every job works with. */
export interface Job {
  /** Where it is computed. */
  readonly session: Session;
  /** The folder of cached rows [that of the store]. */
  readonly cacheRoot?: string | undefined;
  /** Chooses the kernels' ways of computing [the adapter's preset]. */
  readonly tuner?: Tuner | undefined;
  /** Who is told. */
  readonly watcher: Watcher;
  /** Stops the work. */
  readonly signal?: AbortSignal | undefined;
}

/** What turns pictures into rows. */
export interface ExtractionTools extends Job {
  /** What makes the rows. */
  readonly model: ResolvedModel;
  /** Whether pictures are turned as their EXIF says. */
  readonly exif: boolean;
  /** The kernels' ways of computing; else they are chosen by `tuner`. */
  readonly tuning?: Tuning | undefined;
  /** Pictures a batch at most. */
  readonly batch?: number | undefined;
}

type TunedTools = ExtractionTools & { readonly tuning: Tuning };

/** Rows by picture, and pictures without one. */
export interface ExtractedRows {
  /** Rows by the digest of their picture. */
  readonly features: ReadonlyMap<string, Float32Array>;
  /** How many rows were in the cache. */
  readonly cached: number;
  /** Pictures that could not be decoded, or whose features are not finite. */
  readonly skipped: readonly SkippedFile[];
  /** The kernels' ways of computing, where there were kernels. */
  readonly tuning?: Tuning;
}

/**
 * The feature rows of pictures: cached ones, and the others from the GPU. A
 * picture that cannot be decoded is skipped.
 */
export async function extractFeatures(
  records: readonly DigestedRecord[],
  tools: ExtractionTools,
): Promise<ExtractedRows> {
  const unique = uniqueRecords(records);
  const tuning = tools.tuning ?? await choose(unique, tools);
  const tuned = { ...tools, tuning };
  await using opened = openTools(tuned, openDecoders);
  return await readRows(unique, {
    tools: tuned,
    cache: cacheOf(tuned),
    open: opened.open,
    label: "extract",
  });
}

/**
 * The feature rows of pictures in each view but the first, by the digest of the
 * picture as it is. Each view is cached on its own.
 *
 * @throws {InputError} if a picture cannot be decoded
 */
export async function extractVariants(
  records: readonly DigestedRecord[],
  { views: { count, augmentation }, seed, ...tools }: ExtractionTools & {
    /** How many views there are, and how they differ. */
    readonly views: Views;
    /** Decides what happens to each picture in each view. */
    readonly seed: number;
  },
): Promise<ReadonlyMap<string, Float32Array>[]> {
  const unique = uniqueRecords(records);
  const tuning = tools.tuning ?? await choose(unique, tools);
  const tuned = { ...tools, tuning };
  const { resize } = tools.model.model;
  await using opened = openTools(
    {
      ...tuned,
      model: { ...tuned.model, model: takingResized(tuned.model.model) },
    },
    (options) => openPixelReaders({ ...resize, channels: 3 }, options),
  );
  const variants: ReadonlyMap<string, Float32Array>[] = [];
  for (let view = 1; view < count; view++) {
    const variant = { augmentation, seed, view };
    const { features, skipped: [lost] } = await readRows(unique, {
      tools: tuned,
      cache: cacheOf(tuned, variant),
      async open() {
        const { extractor, decoders: readers } = await opened.open(
          unique.length,
        );
        const options = { ...resize, variant };
        return { extractor, decoders: variantDecoders(readers, options) };
      },
      label: `extract view ${view + 1} of ${count}`,
      told: { view },
    });
    if (lost) {
      throw new InputError(
        `${lost.path} has no features in view ${
          view + 1
        }, though it has as it is (${lost.reason}): bring it back, or train without it`,
      );
    }
    variants.push(features);
  }
  return variants;
}

/** One record of each picture. */
export function uniqueRecords(
  records: readonly DigestedRecord[],
): DigestedRecord[] {
  return [
    ...new Map(records.map((record) => [record.sha256, record])).values(),
  ];
}

/** Reads the rows of different pictures, and tells of it. */
async function readRows(
  records: readonly DigestedRecord[],
  { tools, cache, open, label, told = {} }: {
    tools: TunedTools;
    cache: FeatureCache;
    open: ExtractTools["open"];
    label: string;
    /** More for the event at the end. */
    told?: JsonObject;
  },
): Promise<ExtractedRows> {
  const { watcher, signal, tuning } = tools;
  const features = new Map<string, Float32Array>();
  const skipped: SkippedFile[] = [];
  const total = records.length;
  const bar = watcher.progress({ label, total, unit: "images" });
  let cached = 0;
  for await (const event of extractRows(records, { cache, open })) {
    signal?.throwIfAborted();
    const { path, sha256 } = records[event.index];
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
    ...told,
    images: features.size,
    cached,
    skipped: skipped.length,
  });
  for (const { message } of cache.warnings) watcher.warn(message);
  return { features, cached, skipped, tuning };
}

/** The model for pictures that have its size already: nothing more may be cut off them. */
function takingResized(model: FeatureModel): FeatureModel {
  const { resampling: _resampling, ...resize } = model.resize;
  return { ...model, resize };
}

/** Opens the extractor, and the threads that read pictures, once and when they are first needed. */
function openTools<Reader extends { close(): void }>(
  tools: TunedTools,
  openReader: (options: DecodersOptions) => Reader,
) {
  const closing: (() => void | Promise<void>)[] = [];
  const openNow = async (pictures: number) => {
    const { model: { model }, session, batch, exif, tuning } = tools;
    const maxPixels = mostPixels(session);
    const { dctMethod } = model.resize;
    // First, so that a thread is ready when the GPU has compiled.
    const decoders = openReader({ exif, maxPixels, dctMethod });
    closing.push(() => decoders.close());
    const extractor = await openExtractor(session, model, {
      tuning,
      pictures,
      ...batch === undefined ? {} : { batch },
    });
    closing.push(() => extractor.close());
    return {
      extractor: model.precision === "f32"
        ? extractor
        : sayingDifference(extractor, tools),
      decoders,
    };
  };
  let opened: ReturnType<typeof openNow> | undefined;
  return {
    /** For so many pictures, the first time. */
    open: (pictures: number) => opened ??= openNow(pictures),
    async [Symbol.asyncDispose]() {
      for (const close of closing) await close();
    },
  };
}

/** An extractor that says of its first batch how far it is from weights in f32. */
function sayingDifference(
  extractor: RowExtractor,
  { model: { model }, tuning, watcher }: TunedTools,
): RowExtractor {
  const { batch } = extractor;
  let isFirst = true;
  return {
    batch,
    async run(images) {
      const rows = await extractor.run(images);
      if (!isFirst) return rows;
      isFirst = false;
      const options = { batch, tuning, images, rows };
      const difference = await differenceFromFull(model, options);
      watcher.note(
        `weights in ${model.precision}: features of the first ${images.length} pictures are as those of f32 to ${
          differenceText(difference)
        }`,
      );
      watcher.event({ event: "precision", ...difference });
      return rows;
    },
  };
}

/** Measures first if it is worth it. */
function choose(
  records: readonly DigestedRecord[],
  { session, model, tuner, ...tools }: ExtractionTools,
): Promise<Tuning> {
  return chooseTuning({
    ...tools,
    adapter: session.adapter,
    tuner,
    model: model.model,
    pictures: records.length,
    async isAnyCached(tuning) {
      const cache = cacheOf({ ...tools, session, model, tuning });
      for (const { sha256 } of records) {
        if (await cache.get(sha256)) return true;
      }
      return false;
    },
  });
}

/** The cache of the rows that this model, adapter, tuning and version make of pictures, or of a variant of each. */
function cacheOf(tools: TunedTools, variant?: Variant): FeatureCache {
  const { model, session, exif, tuning } = tools;
  const { cacheRoot = espalierHome(Deno.env).features } = tools;
  const kernels = kernelDigest(model.model, tuning);
  const { bottleneckTensor, preprocessing, width, without, set } = model.model;
  return new FeatureCache(cacheRoot, {
    modelSha256: model.sha256,
    bottleneck: bottleneckTensor,
    length: width,
    preprocessing: JSON.stringify({
      ...preprocessing,
      decoders: decodersVersion,
      input: model.model.inputTensor,
      without,
      ...set.length > 0 && { set },
      ...model.weights && { network: model.weights.architecture },
      ...model.model.precision === "f16" && { precision: "f16" },
      ...variant && { variant },
    }),
    exif,
    version: `${version} ${kernels}`,
    device: session.adapter.description,
  });
}

/**
 * A digest of the text of every kernel that a model's program dispatches, in
 * order, so that rows made by other kernels are made again.
 */
function kernelDigest(
  model: FeatureModel,
  tuning: Tuning,
): string {
  const { program } = planBatch(model, { batch: 1, tuning });
  const texts = program.steps.map(({ kernel, variant }) =>
    wgslOf(kernelNamed(kernel), variant).code
  );
  return sha256([...new Set(texts)].join("\n"));
}
