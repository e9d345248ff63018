/**
 * Rows of features brought to one size, whatever network they come from.
 *
 * @module
 */
import { smallestMeanSquare } from "../graph/export.ts";

/**
 * Each row of `features` values divided by its root mean square, so that its L2
 * norm is `sqrt(features)`; the sum is in f64. Rows: `(n, features)`, row-major.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { scaleRows } from "./scale_rows.ts";
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
