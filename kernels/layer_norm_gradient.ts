/**
 * The gradients of layer normalisation.
 *
 * @module
 */
import type { Kernel } from "./kernel.ts";
import { layerNormParams, momentsOf } from "./layer_norm.ts";
import source from "./layer_norm_gradient.wgsl" with { type: "text" };
import {
  rowConstants,
  rowGroupsOf,
  rowSource,
  type RowVariant,
  rowWorkgroupOf,
} from "./row_lanes.ts";
import { elementOf } from "./vector.ts";

/**
 * dX of `Y = scale Z + bias`, with Z the normalised rows of X, and `dZ = dY Z`, whose
 * rows add up to the gradient of scale; dy, x, dx, dz: `(rows, columns)`, scale:
 * `(columns)`.
 */
export const layerNormGradient: Kernel<typeof layerNormParams, RowVariant> = {
  name: "layer_norm_gradient",
  params: layerNormParams,
  reads({ vector }) {
    const type = elementOf(vector);
    return { dy: type, x: type, scale: type };
  },
  writes: ({ vector }) => ({ dx: elementOf(vector), dz: elementOf(vector) }),
  texelBindings: () => ["dy", "x", "scale", "dx", "dz"],
  workgroup: rowWorkgroupOf,
  constants: rowConstants,
  source: (variant) => [rowSource(variant), source].join("\n"),
  groups: ({ rows }, variant) => rowGroupsOf(rows, variant),
  cost: ({ rows, columns }) => ({
    flops: 16 * rows * columns,
    bytes: 4 * (4 * rows + 1) * columns,
  }),
  reference({ params, reads: [dy, x, scale], writes: [dx, dz] }) {
    const { rows, columns, epsilon } = params;
    for (let start = 0; start < rows * columns; start += columns) {
      const row = x.subarray(start, start + columns);
      const { mean, factor } = momentsOf(row, epsilon);
      let slopes = 0, products = 0;
      row.forEach((value, c) => {
        const slope = scale[c] * dy[start + c];
        slopes += slope;
        products += slope * (value - mean) * factor;
      });
      row.forEach((value, c) => {
        const z = (value - mean) * factor;
        const common = (slopes + z * products) / columns;
        dx[start + c] = factor * (scale[c] * dy[start + c] - common);
        dz[start + c] = dy[start + c] * z;
      });
    }
  },
  example: () => ({
    params: { rows: 2, columns: 3, epsilon: 1e-5 },
    variant: { vector: 1, lanes: 8, threads: 64 },
    reads: [
      new Float32Array([1, -1, 0.5, 2, 0, 1]),
      new Float32Array([0, 1, 3, 500, 502, 501]),
      new Float32Array([1, 2, -1]),
    ],
    writes: [new Float32Array(6), new Float32Array(6)],
  }),
};
