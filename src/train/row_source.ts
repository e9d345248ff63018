/**
 * Where rows come from, to be learnt from or to be judged.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { smallestMeanSquare } from "../graph/classifier_nodes.ts";

/** Rows that are made when they are needed, such as augmented images. */
export interface RowSource {
  /** Number of rows of an epoch. */
  readonly count: number;
  /** Values of a row: height * width * channels of an image. */
  readonly features: number;
  /** `(count)`, the class of each row. */
  readonly labels: Uint32Array;
  /**
   * After how many epochs rows are as they were: 1 where they never change.
   * Those that repeat may stay on the GPU [never].
   */
  readonly period?: number | undefined;
  /** Whether {@linkcode RowSource.read} gives bytes, which take a quarter of the memory [f32]. */
  readonly isBytes?: boolean;
  /**
   * The values of rows, `(rows.length, features)`, in an array of its own;
   * `epochs[i]` counts how often all rows were taken before row `i` is. Must give
   * the same each time, and may be asked before the rows are needed.
   */
  read(
    rows: Uint32Array,
    epochs: Uint32Array,
  ): RowValues | Promise<RowValues>;
}

/** Values of rows, row-major; bytes stand for 0 to 255. */
export type RowValues = Float32Array | Uint8Array;

/** Rows of features, with the class of each. */
export interface LabelledRows {
  /** `(n, features)`, row-major. */
  readonly rows: Float32Array;
  /** Values of a row. */
  readonly features: number;
  /** `(n)`, each an index into the classes. */
  readonly labels: Uint32Array;
  /** Rows of each picture, one after another, of which an epoch takes one [1]. */
  readonly views?: number | undefined;
}

/**
 * Rows that are all in memory; with `scale` each divided by its root mean square.
 * The labels are those of pictures, if pictures have several rows.
 *
 * @throws {InputError} if the sizes do not fit each other, a label is none of
 * `classes`, or a value is NaN or infinite
 */
export function fixedRows(
  { rows, features, labels, views = 1 }: LabelledRows,
  { classes = Infinity, scale = false }: { classes?: number; scale?: boolean } =
    {},
): RowSource {
  checkRows({ rows, features, labels }, classes);
  if (labels.length % views !== 0) {
    throw new RangeError(
      `${labels.length} rows cannot be pictures of ${views} views`,
    );
  }
  return featureRows({
    features,
    labels: labels.filter((_, row) => row % views === 0),
    views,
    scale,
  }, (picture, view) => {
    const start = (picture * views + view) * features;
    return rows.subarray(start, start + features);
  });
}

/** Rows that are found by their picture and its view; with `scale` each divided by its root mean square. */
export function featureRows(
  { features, labels, views, scale }: {
    features: number;
    /** Of each picture. */
    labels: Uint32Array;
    views: number;
    scale: boolean;
  },
  find: (picture: number, view: number) => Float32Array,
): RowSource {
  return {
    count: labels.length,
    features,
    labels,
    period: views,
    read(pictures, epochs) {
      const values = new Float32Array(pictures.length * features);
      for (const [at, picture] of pictures.entries()) {
        const view = viewOf(picture, { epoch: epochs[at], views });
        const row = find(picture, view);
        values.set(scale ? scaleRows(row, features) : row, at * features);
      }
      return values;
    },
  };
}

function checkRows(
  { rows, features, labels }: LabelledRows,
  classes: number,
): void {
  if (rows.length !== labels.length * features) {
    throw new InputError(
      `The features have ${rows.length} values for rows of ${features} and ${labels.length} labels: extract them again`,
    );
  }
  const bad = rows.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new InputError(
      `Row ${Math.floor(bad / features)} of the features holds ${
        rows[bad]
      }: extract them again`,
    );
  }
  const label = labels.find((value) => value >= classes);
  if (label !== undefined) {
    throw new InputError(
      `The labels hold class ${label}, there are ${classes}: check the labels`,
    );
  }
}

/**
 * The view of a picture in an epoch, from 0 to `views - 1`, where a picture has
 * several. Each epoch takes one view of each picture, a `views`-th of them plain,
 * and `views` epochs take them all: nothing is drawn, so that a run which goes on
 * needs to remember nothing.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { viewOf } from "./row_source.ts";
 * const taken = [0, 1, 2].map((epoch) => viewOf(7, { epoch, views: 3 }));
 * deepStrictEqual(taken, [1, 2, 0]);
 * ```
 */
export function viewOf(
  picture: number,
  { epoch, views }: { epoch: number; views: number },
): number {
  return (picture + epoch) % views;
}

/**
 * Each row of `features` values divided by its root mean square, so that its L2
 * norm is `sqrt(features)`; the sum is in f64. Rows: `(n, features)`, row-major.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { scaleRows } from "./row_source.ts";
 * deepStrictEqual([...scaleRows(new Float32Array([3, -3, 0, 0]), 2)], [1, -1, 0, 0]);
 * ```
 */
export function scaleRows(
  rows: Float32Array,
  features: number,
): Float32Array<ArrayBuffer> {
  const scaled = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += features) {
    let sum = 0;
    for (let i = start; i < start + features; i++) sum += rows[i] ** 2;
    const factor = 1 / Math.sqrt(Math.max(sum / features, smallestMeanSquare));
    for (let i = start; i < start + features; i++) {
      scaled[i] = rows[i] * factor;
    }
  }
  return scaled;
}

/** Rows of `features` values, each filled up with zeros to `depth`. */
export function filledRows(
  values: RowValues,
  { features, depth }: { features: number; depth: number },
): RowValues {
  if (depth === features) return values;
  const count = values.length / features;
  const filled = values instanceof Uint8Array
    ? new Uint8Array(count * depth)
    : new Float32Array(count * depth);
  for (let row = 0; row < count; row++) {
    filled.set(
      values.subarray(row * features, (row + 1) * features),
      row * depth,
    );
  }
  return filled;
}
