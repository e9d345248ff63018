/**
 * Layer normalisation: each row by its own mean and variance.
 *
 * @module
 */
import type { Kernel } from "./kernel.ts";
import source from "./layer_norm.wgsl" with { type: "text" };
import {
  rowConstants,
  rowGroupsOf,
  rowSource,
  type RowVariant,
  rowWorkgroupOf,
} from "./row_lanes.ts";
import { elementOf } from "./vector.ts";

export const layerNormParams = {
  rows: "u32",
  /** Values that are normalised together. */
  columns: "u32",
  epsilon: "f32",
} as const;

/**
 * `y = scale (x - mean) / sqrt(variance + epsilon) + bias`, mean and variance those
 * of the row; x, y: `(rows, columns)`, scale, bias: `(columns)`.
 */
export const layerNorm: Kernel<typeof layerNormParams, RowVariant> = {
  name: "layer_norm",
  params: layerNormParams,
  reads({ vector }) {
    const type = elementOf(vector);
    return { x: type, scale: type, bias: type };
  },
  writes: ({ vector }) => ({ y: elementOf(vector) }),
  texelBindings: () => ["x", "scale", "bias", "y"],
  workgroup: rowWorkgroupOf,
  constants: rowConstants,
  source: (variant) => [rowSource(variant), source].join("\n"),
  groups: ({ rows }, variant) => rowGroupsOf(rows, variant),
  cost: ({ rows, columns }) => ({
    flops: 8 * rows * columns,
    bytes: 8 * (rows + 1) * columns,
  }),
  reference({ params, reads: [x, scale, bias], writes: [y] }) {
    const { rows, columns } = params;
    for (let start = 0; start < rows * columns; start += columns) {
      const row = x.subarray(start, start + columns);
      const { mean, factor } = momentsOf(row, params.epsilon);
      row.forEach((value, c) =>
        y[start + c] = scale[c] * (value - mean) * factor + bias[c]
      );
    }
  },
  example: () => ({
    params: { rows: 2, columns: 5, epsilon: 1e-5 },
    variant: { vector: 1, lanes: 8, threads: 64 },
    reads: [
      new Float32Array([1, 2, 3, 4, 10, 1000, 1001, 999, 1002, 1000]),
      new Float32Array([1, 2, -1, 0.5, 3]),
      new Float32Array([0, 1, 2, 3, 4]),
    ],
    writes: [new Float32Array(10)],
  }),
};

/** A row's mean, and one over the root of its variance and epsilon; sums in f64. */
export function momentsOf(
  row: ArrayLike<number>,
  epsilon: number,
): { readonly mean: number; readonly factor: number } {
  const values = Array.from(row);
  const meanOf = (list: readonly number[]) =>
    list.reduce((sum, value) => sum + value, 0) / list.length;
  const mean = meanOf(values);
  const variance = meanOf(values.map((value) => (value - mean) ** 2));
  return { mean, factor: 1 / Math.sqrt(variance + epsilon) };
}
