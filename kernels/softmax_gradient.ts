/**
 * The gradient of a softmax along the last axis.
 *
 * @module
 */
import type { Kernel } from "./kernel.ts";
import {
  rowConstants,
  rowGroupsOf,
  rowSource,
  type RowVariant,
  rowWorkgroupOf,
} from "./row_lanes.ts";
import source from "./softmax_gradient.wgsl" with { type: "text" };
import { elementOf } from "./vector.ts";

const params = {
  rows: "u32",
  /** Length of the axis that sums to one. */
  columns: "u32",
} as const;

/** dX of `Y = softmax(X)`, from y and dy; each `(rows, columns)`. */
export const softmaxGradient: Kernel<typeof params, RowVariant> = {
  name: "softmax_gradient",
  params,
  reads: ({ vector }) => ({ y: elementOf(vector), dy: elementOf(vector) }),
  writes: ({ vector }) => ({ dx: elementOf(vector) }),
  texelBindings: () => ["y", "dy", "dx"],
  workgroup: rowWorkgroupOf,
  constants: rowConstants,
  source: (variant) => [rowSource(variant), source].join("\n"),
  groups: ({ rows }, variant) => rowGroupsOf(rows, variant),
  cost: ({ rows, columns }) => ({
    flops: 4 * rows * columns,
    bytes: 12 * rows * columns,
  }),
  reference({ params: { rows, columns }, reads: [y, dy], writes: [dx] }) {
    for (let start = 0; start < rows * columns; start += columns) {
      let sum = 0;
      for (let c = start; c < start + columns; c++) sum += y[c] * dy[c];
      for (let c = start; c < start + columns; c++) {
        dx[c] = y[c] * (dy[c] - sum);
      }
    }
  },
  example: () => ({
    params: { rows: 2, columns: 3 },
    variant: { vector: 1, lanes: 8, threads: 64 },
    reads: [
      new Float32Array([0.25, 0.5, 0.25, 1, 0, 0]),
      new Float32Array([1, -1, 2, 3, 4, 5]),
    ],
    writes: [new Float32Array(6)],
  }),
};
