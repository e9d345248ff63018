/** Pictures as the rows that a network reads: resized pixels of 0 to 255. */
import type { DigestedRecord, SplitName } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import {
  augment,
  type Augmentation,
  type Decoders,
  openDecoders,
  resizeImage,
  type ResizeOptions,
  toGray,
} from "../image/mod.ts";
import { type RowSource, scaleRows, viewOf } from "../train/mod.ts";
import { viewsOf } from "./_labelled_rows.ts";
import type { Examples } from "./examples.ts";
import type { ExtractedRows } from "./extract_features.ts";
import type { Watcher } from "./watcher.ts";

/** Pictures that are decoded at once, so that no worker waits. */
const atOnce = 16;

/** How pictures become rows. */
export interface PixelOptions {
  /** Their size. */
  readonly resize: ResizeOptions;
  /** 1 for gray, 3 for colour. */
  readonly channels: number;
  /** Whether pictures are turned as their EXIF says. */
  readonly exif: boolean;
  readonly watcher: Watcher;
  readonly signal?: AbortSignal | undefined;
}

/** Decodes and resizes pictures; one that cannot be decoded is skipped. */
export async function readPixels(
  records: readonly DigestedRecord[],
  { resize, channels, exif, watcher, signal }: PixelOptions,
): Promise<ExtractedRows> {
  const unique = [
    ...new Map(records.map((record) => [record.sha256, record])).values(),
  ];
  const features = new Map<string, Float32Array>();
  const skipped: { path: string; reason: string }[] = [];
  const bar = watcher.progress({
    label: "decode",
    total: unique.length,
    unit: "images",
  });
  const decoders = openDecoders({ exif });
  const read = async ({ path, file, sha256 }: DigestedRecord) => {
    const row = await decodeRow(file, { decoders, resize, channels });
    if ("reason" in row) {
      skipped.push({ path, reason: row.reason });
      watcher.warn(`${path} is skipped: ${row.reason}`);
      return;
    }
    if (row.warning !== undefined) watcher.warn(`${path} ${row.warning}`);
    features.set(sha256, row.pixels);
  };
  try {
    for (let first = 0; first < unique.length; first += atOnce) {
      signal?.throwIfAborted();
      await Promise.all(unique.slice(first, first + atOnce).map(read));
      bar.update(features.size + skipped.length);
    }
  } finally {
    decoders.close();
  }
  bar.finish();
  return { features, cached: 0, skipped };
}

async function decodeRow(
  file: string,
  { decoders, resize, channels }: {
    decoders: Decoders;
    resize: ResizeOptions;
    channels: number;
  },
): Promise<
  { pixels: Float32Array; warning: string | undefined } | { reason: string }
> {
  try {
    const image = await decoders.decode(file);
    const colour = resizeImage(image, resize);
    const pixels = channels === 1 ? toGray(colour) : colour;
    return { pixels, warning: image.warning };
  } catch (error) {
    if (error instanceof InputError) return { reason: error.message };
    throw error;
  }
}

/** How the rows of a part are read. */
export interface RowOptions {
  /** Height, width and channels of pictures that are augmented. */
  readonly augmented?: {
    readonly amounts: Augmentation;
    readonly shape: readonly number[];
    readonly seed: number;
  } | undefined;
  /** Whether each row is divided by its root mean square. */
  readonly scaled: boolean;
}

/** The rows of one part, read where they lie, with the index of each in `split.csv`. */
export function rowsOf(
  examples: Examples,
  part: SplitName,
  { augmented, scaled }: RowOptions,
): RowSource & { readonly indices: readonly number[] } {
  const { labels, width, split } = examples;
  const indices = [...split.records.keys()].filter((index) =>
    split.records[index].split === part
  );
  const count = indices.length;
  const views = viewsOf(examples, part);
  const rowOf = (row: number, epoch: number): Float32Array => {
    const view = views[viewOf(row, { epoch, views: views.length })];
    const found = view.get(split.records[indices[row]].sha256);
    if (!found) throw new Error(`Row ${row} of ${part} was not read`);
    return scaled ? scaleRows(found, width) : found;
  };
  return {
    indices,
    count,
    features: width,
    labels: Uint32Array.from(
      indices,
      (index) => labels.indexOf(split.records[index].label),
    ),
    isFixed: augmented === undefined && views.length === 1,
    read(rows, epochs) {
      const values = new Float32Array(rows.length * width);
      for (const [at, row] of rows.entries()) {
        const found = rowOf(row, epochs[at]);
        values.set(
          augmented
            ? augmentRow(found, augmented, epochs[at] * count + row)
            : found,
          at * width,
        );
      }
      return values;
    },
  };
}

/** Rows that are there already, of no class. */
export function listedRows(
  rows: readonly Float32Array[],
  { width, scaled }: { width: number; scaled: boolean },
): RowSource {
  return {
    count: rows.length,
    features: width,
    labels: new Uint32Array(rows.length),
    isFixed: true,
    read(indices) {
      const values = new Float32Array(indices.length * width);
      for (const [at, index] of indices.entries()) {
        const row = rows[index];
        values.set(scaled ? scaleRows(row, width) : row, at * width);
      }
      return values;
    },
  };
}

function augmentRow(
  row: Float32Array,
  { amounts, shape, seed }: NonNullable<RowOptions["augmented"]>,
  number: number,
): Float32Array {
  const [height, width, channels] = shape;
  return augment(row, amounts, { height, width, channels, seed, number });
}
