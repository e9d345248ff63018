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
