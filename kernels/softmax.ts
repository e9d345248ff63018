/**
 * Softmax along the last axis.
 *
 * @module
 */
import { type Kernel, linearGroups, linearWorkgroup } from "./kernel.ts";
import source from "./softmax.wgsl" with { type: "text" };
import { blockOf } from "./unroll.ts";

const params = {
  rows: "u32",
  /** Length of the axis that sums to one. */
  columns: "u32",
} as const;

export type SoftmaxVariant = {
  /** Whether a row with NaN or infinity is NaN whatever the driver's functions make of it [false]. */
  keepsNan?: boolean;
  /** Threads of a row: a power of two [64]. */
  threads?: number;
};

/**
 * `y[r, c] = exp(x[r, c] - max) / sum`, maximum and sum over the row; x, y:
 * `(rows, columns)`.
 */
export const softmax: Kernel<typeof params, SoftmaxVariant> = {
  name: "softmax",
  params,
  reads: () => ({ x: "f32" }),
  writes: () => ({ y: "f32" }),
  texelBindings: () => ["x"],
  workgroup: ({ threads }) =>
    threads === undefined ? linearWorkgroup : [threads, 1, 1],
  source: ({ keepsNan }) =>
    [blockOf(source), blockOf(source, keepsNan ? "main_nan" : "main")]
      .join("\n"),
  groups: ({ rows }) => linearGroups(rows, 1),
  cost: ({ rows, columns }) => ({
    flops: 5 * rows * columns,
    bytes: rows * columns * 8,
  }),
  reference({ params: { rows, columns }, reads: [x], writes: [y] }) {
    for (let start = 0; start < rows * columns; start += columns) {
      const row = x.subarray(start, start + columns);
      let highest = -Infinity, sum = 0;
      for (const value of row) highest = Math.max(highest, value);
      for (const value of row) sum += Math.exp(value - highest);
      row.forEach((value, c) => y[start + c] = Math.exp(value - highest) / sum);
    }
  },
  example: () => ({
    params: { rows: 2, columns: 3 },
    variant: {},
    reads: [new Float32Array([1, 2, 3, 1000, 0, -1000])],
    writes: [new Float32Array(6)],
  }),
};
