/**
 * Where a network's training rows come from.
 *
 * @module
 */
import type { LabelledRows } from "./feature_rows.ts";
import { rowCount } from "./feature_rows.ts";

/** Labelled rows that are made when they are needed, such as augmented images. */
export interface RowSource {
  /** Number of rows of an epoch. */
  readonly count: number;
  /** Values of a row: height * width * channels of an image. */
  readonly features: number;
  /** `(count)`, the class of each row. */
  readonly labels: Uint32Array;
  /** Whether a row is the same in every epoch, so that it may stay on the GPU. */
  readonly isFixed: boolean;
  /**
   * The values of rows, `(rows.length, features)`; `epochs[i]` counts how often
   * all rows were taken before row `i` is. Must give the same each time.
   */
  read(
    rows: Uint32Array,
    epochs: Uint32Array,
  ): Float32Array | Promise<Float32Array>;
}

/** Rows that are all in memory. */
export function fixedRows(source: LabelledRows): RowSource {
  const { rows, features, labels } = source;
  return {
    count: rowCount(source),
    features,
    labels,
    isFixed: true,
    read(indices) {
      const values = new Float32Array(indices.length * features);
      for (const [at, row] of indices.entries()) {
        const start = row * features;
        values.set(rows.subarray(start, start + features), at * features);
      }
      return values;
    },
  };
}
