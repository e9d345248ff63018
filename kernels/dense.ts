/**
 * The dense layer, of any size.
 *
 * @module
 */
import source from "./dense.wgsl" with { type: "text" };
import { ceilDivide, type Kernel } from "./kernel.ts";

/** Uniforms of {@linkcode dense}. */
export type DenseParams = {
  /** Rows of a batch. */
  rows: number;
  /** Values of a row of x, a multiple of 4. */
  depth: number;
  /** Values of a row of y, a multiple of 4. */
  columns: number;
};

const rowsPerGroup = 4;

/** Lanes that share a sum: few enough for the many workgroups that cores need, enough to coalesce. */
const lanes = 32;

/**
 * `y = x W + b`; x: `(rows, depth)`, y: `(rows, columns)`, parameters:
 * `(depth + 1, columns)`, the rows of W and then b.
 */
export const dense: Kernel<DenseParams, Record<string, never>> = {
  name: "dense",
  params: { rows: "u32", depth: "u32", columns: "u32" },
  reads: () => ({ x: "vec4f", parameters: "vec4f" }),
  writes: () => ({ y: "vec4f" }),
  workgroup: () => [lanes, 1, 1],
  source: () => source,
  groups: ({ rows, columns }) => [
    ceilDivide(rows, rowsPerGroup),
    columns / 4,
    1,
  ],
  cost: ({ rows, depth, columns }) => ({
    flops: 2 * rows * depth * columns,
    bytes: 4 * (rows * depth + (depth + 1) * columns + rows * columns),
  }),
  reference({ params, reads: [x, parameters], writes: [y] }) {
    const { rows, depth, columns } = params;
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        let sum = parameters[depth * columns + c];
        for (let k = 0; k < depth; k++) {
          sum += x[r * depth + k] * parameters[k * columns + c];
        }
        y[r * columns + c] = sum;
      }
    }
  },
  example: () => ({
    params: { rows: 2, depth: 4, columns: 4 },
    variant: {},
    reads: [
      Float32Array.from({ length: 8 }, (_, index) => index - 5),
      Float32Array.from({ length: 20 }, (_, index) => 1 - index / 8),
    ],
    writes: [new Float32Array(8)],
  }),
};
