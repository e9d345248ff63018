/**
 * A small problem that the tests of this room share.
 */
import { testValues } from "../../kernels/testing.ts";
import type { LabelledRows } from "./feature_rows.ts";

/** Rows whose class shows: class `c` has larger values at its own features. */
export function testRows(
  count: number,
  { features = 30, classes = 5, signal = 1, seed = 1 } = {},
): LabelledRows {
  const rows = testValues(count * features, seed);
  const labels = Uint32Array.from({ length: count }, (_, r) => r * 3 % classes);
  labels.forEach((label, r) => {
    for (let k = label; k < features; k += classes) {
      rows[r * features + k] += signal;
    }
  });
  return { rows, features, labels };
}
