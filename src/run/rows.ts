/**
 * The rows that a network reads: pixels, or the features of a frozen graph.
 *
 * @module
 */
import type { SplitName } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import {
  extractFeatures,
  extractVariants,
  type Job,
} from "../features/extract_features.ts";
import type { ResolvedModel } from "../features/mod.ts";
import { elementCount } from "../graph/mod.ts";
import type { PixelChange } from "../image/mod.ts";
import type { Tuning } from "../plan/mod.ts";
import { featureRows, type RowSource } from "../train/mod.ts";
import type { Examples, RowReader } from "./examples.ts";
import { imageShape } from "./network.ts";
import { PixelStore } from "./pixel_store.ts";
import type { RunRecord } from "./run_record.ts";

export interface RowOptions {
  /** How pictures change in each epoch; only pixels can. */
  readonly augmented?: Omit<PixelChange, "number"> | undefined;
  /** Whether each row of features is divided by its root mean square. */
  readonly scaleRows: boolean;
}

export interface PictureRows extends RowOptions {
  /** Of the picture of each row. */
  readonly digests: readonly string[];
  /** The class of each row. */
  readonly labels: Uint32Array;
  /** Values of a row. */
  readonly width: number;
}

/** Where rows are found by the digest of their picture. */
export interface FoundRows {
  /** Rows of features in each view; the first is the picture as it is. */
  readonly views: Examples["variants"];
  /** Used in their place where they are there. */
  readonly pixels?: PixelStore | undefined;
}

/** The rows of one part, with the index of each in `split.csv`. */
export function rowsOf(
  examples: Examples,
  part: SplitName,
  options: RowOptions,
): RowSource & { readonly indices: readonly number[] } {
  const { labels, width, split: { records }, pixels } = examples;
  const indices = [...records.keys()].filter((index) =>
    records[index].split === part
  );
  const { features, variants } = examples;
  const views = part === "train" ? [features, ...variants] : [features];
  const rows = pictureRows({ views, pixels }, {
    ...options,
    width,
    digests: indices.map((index) => records[index].sha256),
    labels: Uint32Array.from(
      indices,
      (index) => labels.indexOf(records[index].label),
    ),
  });
  return { indices, ...rows };
}

export function pictureRows(
  { views, pixels }: FoundRows,
  rows: PictureRows,
): RowSource {
  if (pixels) return pixelRows(pixels, rows);
  const { digests, labels, width: features, scaleRows: scale } = rows;
  const sizes = { features, labels, views: views.length, scale };
  return featureRows(sizes, (row, view) => {
    const found = views[view].get(digests[row]);
    if (!found) throw new Error(`The picture ${digests[row]} was not read`);
    return found;
  });
}

/** The rows of pictures, each changed in each epoch where that is asked for. */
function pixelRows(
  pixels: PixelStore,
  { digests, labels, width, augmented }: PictureRows,
): RowSource {
  const count = digests.length;
  const isBytes = !augmented && pixels.areBytes(digests);
  return {
    count,
    features: width,
    labels,
    ...!augmented && { period: 1 },
    isBytes,
    async read(rows, epochs) {
      const values = isBytes
        ? new Uint8Array(rows.length * width)
        : new Float32Array(rows.length * width);
      const read = async (row: number, at: number) => {
        const number = epochs[at] * count + row;
        const change = augmented && { ...augmented, number };
        values.set(await pixels.get(digests[row], change), at * width);
      };
      await Promise.all(Array.from(rows, read));
      return values;
    },
  };
}

/** What runs work with. */
export interface RunTools extends Job {
  /** The run's frozen graph; none where rows come from text files, or a network needs no file. */
  readonly model?: ResolvedModel | undefined;
}

/** Pixels for a network that takes images, else the features of a frozen graph. */
export function rowReader(
  { network, settings: { exif, views, seed } }: Pick<
    RunRecord,
    "network" | "settings"
  >,
  tools: RunTools & { readonly tuning?: Tuning | undefined },
): RowReader {
  const { model, watcher, signal } = tools;
  const shape = imageShape(network.base, model?.model);
  if (shape) {
    const [height, width, channels] = shape;
    const options = {
      shape: { ...model?.model.resize, height, width, channels },
      ...model && { dctMethod: model.model.resize.dctMethod },
      exif,
      watcher,
      signal,
    };
    return {
      width: elementCount(shape),
      read: async (records) => ({
        features: new Map(),
        ...await PixelStore.read(records, options),
      }),
      readVariants: () => Promise.resolve([]),
    };
  }
  if (!model) {
    throw new InputError("Pictures need a model: name one with --model");
  }
  return {
    width: model.model.width,
    read: (records) => extractFeatures(records, { ...tools, model, exif }),
    readVariants: async (records, { tuning }) => {
      if (!views) return [];
      const options = { ...tools, model, exif, tuning, views, seed };
      return await extractVariants(records, options);
    },
  };
}
