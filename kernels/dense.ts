/**
 * The dense layer, of any size.
 *
 * @module
 */
import source from "./dense.wgsl" with { type: "text" };
import {
  batchBindings,
  type BatchParams,
  type BatchVariant,
  rowsOf,
  rowSource,
} from "./gathered_rows.ts";
import { ceilDivide, type Kernel } from "./kernel.ts";

/** Uniforms of {@linkcode dense}. */
export type DenseParams = BatchParams & {
  /** Values of a row of x, a multiple of 4. */
  depth: number;
  /** Values of a row of y, a multiple of 4. */
  columns: number;
};

const rowsPerGroup = 4;

/** Lanes that share a sum: few enough for the many workgroups that cores need, enough to coalesce. */
const lanes = 32;

/**
 * `y = x W + b`; x: `(any, depth)`, y: `(rows, columns)`, parameters:
 * `(depth + 1, columns)`, the rows of W and then b.
 */
export const dense: Kernel<DenseParams, BatchVariant> = {
  name: "dense",
  params: { rows: "u32", ahead: "u32", depth: "u32", columns: "u32" },
  reads: (variant) => ({
    x: "vec4f",
    parameters: "vec4f",
    ...batchBindings(variant),
    ...(variant.gathered ? { counter: "u32" } : {}),
  }),
  writes: () => ({ y: "vec4f" }),
  workgroup: () => [lanes, 1, 1],
  source: (variant) => rowSource(variant) + source,
  groups: ({ rows, columns }) => [
    ceilDivide(rows, rowsPerGroup),
    columns / 4,
    1,
  ],
  cost: ({ rows, depth, columns }) => ({
    flops: 2 * rows * depth * columns,
    bytes: 4 * (rows * depth + (depth + 1) * columns + rows * columns),
  }),
  reference({ params, reads: [x, parameters, batches, counter], writes: [y] }) {
    const { depth, columns } = params;
    rowsOf(params, { batches, counter }).forEach((row, r) => {
      for (let c = 0; c < columns; c++) {
        let sum = parameters[depth * columns + c];
        for (let k = 0; k < depth; k++) {
          sum += x[row * depth + k] * parameters[k * columns + c];
        }
        y[r * columns + c] = sum;
      }
    });
  },
  example: () => ({
    params: { rows: 2, ahead: 0, depth: 4, columns: 4 },
    variant: { gathered: true },
    reads: [
      Float32Array.from({ length: 12 }, (_, index) => index - 5),
      Float32Array.from({ length: 20 }, (_, index) => 1 - index / 8),
      new Uint32Array([0, 0, 2, 1]),
      new Uint32Array([1]),
    ],
    writes: [new Float32Array(8)],
  }),
};
