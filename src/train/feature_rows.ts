/**
 * Rows of features as the user has them, and as the kernels want them.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { scaleRows } from "./scale_rows.ts";

/** Rows of features, `(n, features)`, row-major. */
export interface FeatureRows {
  /** `(n, features)`, row-major. */
  readonly rows: Float32Array;
  /** Values of a row. */
  readonly features: number;
}

/** Rows with the class of each. */
export interface LabelledRows extends FeatureRows {
  /** `(n)`, each an index into the labels. */
  readonly labels: Uint32Array;
  /** Rows of each picture, one after another, of which an epoch takes one [1]. */
  readonly views?: number | undefined;
}

/** `value` rounded up to a multiple of 4: kernels read whole vec4s. */
export function wholeVectors(value: number): number {
  return Math.ceil(value / 4) * 4;
}

/** Number of rows. */
export function rowCount({ rows, features }: FeatureRows): number {
  return rows.length / features;
}

/**
 * Number of pictures, however many views each has.
 *
 * @throws {RangeError} if some have fewer views than others
 */
export function pictureCount({ views = 1, ...rows }: LabelledRows): number {
  const count = rowCount(rows) / views;
  if (views >= 1 && Number.isInteger(count)) return count;
  throw new RangeError(
    `${rowCount(rows)} rows cannot be pictures of ${views} views`,
  );
}

/**
 * The rows `indices` lists, each scaled if asked and followed by zeros up to
 * whole vec4s. Returns a fresh array of `(indices.length, wholeVectors(features))`.
 */
export function packRows(
  { rows, features }: FeatureRows,
  { indices, scale }: { indices: ArrayLike<number>; scale: boolean },
): Float32Array<ArrayBuffer> {
  const depth = wholeVectors(features);
  const packed = new Float32Array(indices.length * depth);
  for (let i = 0; i < indices.length; i++) {
    const start = indices[i] * features;
    const row = rows.subarray(start, start + features);
    packed.set(scale ? scaleRows(row, features) : row, i * depth);
  }
  return packed;
}

/**
 * Refuses rows that nothing can be learnt from.
 *
 * @throws {InputError} if the sizes do not fit each other, a label is none of `classes`, or a value is NaN or infinite
 */
export function checkRows(
  { rows, features, labels }: FeatureRows & { labels?: Uint32Array },
  { what, classes }: { what: string; classes: number },
): void {
  const count = rows.length / features;
  if (!Number.isInteger(count) || (labels && labels.length !== count)) {
    throw new InputError(
      `The ${what} features have ${rows.length} values for rows of ${features}${
        labels ? ` and ${labels.length} labels` : ""
      }: extract them again`,
    );
  }
  const bad = rows.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new InputError(
      `Row ${Math.floor(bad / features)} of the ${what} features holds ${
        rows[bad]
      }: extract them again`,
    );
  }
  const label = labels?.find((value) => value >= classes);
  if (label !== undefined) {
    throw new InputError(
      `The ${what} labels hold class ${label}, there are ${classes}: check the labels`,
    );
  }
}
