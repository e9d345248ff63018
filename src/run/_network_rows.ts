/** The rows that a network reads: pixels, or the features of a frozen graph. */
import type { SplitName } from "../data/mod.ts";
import type { PixelChange } from "../image/mod.ts";
import { type RowSource, scaleRows, viewOf } from "../train/mod.ts";
import { viewsOf } from "./_labelled_rows.ts";
import type { Examples } from "./examples.ts";
import type { PixelStore } from "./pixel_store.ts";

/** How rows are read. */
export interface RowOptions {
  /** How pictures change in each epoch; only pixels can. */
  readonly augmented?: Omit<PixelChange, "number"> | undefined;
  /** Whether each row of features is divided by its root mean square. */
  readonly scaled: boolean;
}

/** Which rows there are. */
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
  const rows = pictureRows({ views: viewsOf(examples, part), pixels }, {
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

/** The rows of pictures. */
export function pictureRows(
  { views, pixels }: FoundRows,
  rows: PictureRows,
): RowSource {
  return pixels ? pixelRows(pixels, rows) : featureRows(views, rows);
}

function featureRows(
  views: FoundRows["views"],
  { digests, labels, width, scaled }: PictureRows,
): RowSource {
  const rowOf = (row: number, epoch: number): Float32Array => {
    const view = views[viewOf(row, { epoch, views: views.length })];
    const found = view.get(digests[row]);
    if (!found) throw new Error(`The picture ${digests[row]} was not read`);
    return scaled ? scaleRows(found, width) : found;
  };
  return {
    count: digests.length,
    features: width,
    labels,
    isFixed: views.length === 1,
    read(rows, epochs) {
      const values = new Float32Array(rows.length * width);
      for (const [at, row] of rows.entries()) {
        values.set(rowOf(row, epochs[at]), at * width);
      }
      return values;
    },
  };
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
    isFixed: !augmented,
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
