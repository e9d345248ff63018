/**
 * The gradient of a dense layer's parameters.
 *
 * @module
 */
import source from "./dense_gradient.wgsl" with { type: "text" };
import type { DenseParams } from "./dense.ts";
import { ceilDivide, type Kernel } from "./kernel.ts";

/** Few threads, since each does much: they have to reach all cores. */
const workgroupSize = 16;

/** Of the depth and of the columns. */
const vectorsPerThread = 2;

/**
 * `dW = x^T dy`, `db = sum of the rows of dy`; x: `(rows, depth)`, dy:
 * `(rows, columns)`, gradient: `(depth + 1, columns)`, dW and then db.
 */
export const denseGradient: Kernel<
  DenseParams,
  Record<string, never>
> = {
  name: "dense_gradient",
  params: { rows: "u32", depth: "u32", columns: "u32" },
  reads: () => ({ x: "vec4f", dy: "vec4f" }),
  writes: () => ({ gradient: "vec4f" }),
  workgroup: () => [workgroupSize, 1, 1],
  source: () => source,
  groups: ({ depth, columns }) => [
    ceilDivide(ceilDivide(depth / 4, vectorsPerThread) + 1, workgroupSize),
    ceilDivide(columns / 4, vectorsPerThread),
    1,
  ],
  cost: ({ rows, depth, columns }) => ({
    flops: 2 * rows * (depth + 1) * columns,
    bytes: 4 * (rows * depth + rows * columns + (depth + 1) * columns),
  }),
  reference({ params, reads: [x, dy], writes: [gradient] }) {
    const { rows, depth, columns } = params;
    for (let c = 0; c < columns; c++) {
      for (let k = 0; k <= depth; k++) {
        let sum = 0;
        for (let r = 0; r < rows; r++) {
          const value = k === depth ? 1 : x[r * depth + k];
          sum += value * dy[r * columns + c];
        }
        gradient[k * columns + c] = sum;
      }
    }
  },
  example: () => ({
    params: { rows: 2, depth: 4, columns: 4 },
    variant: {},
    reads: [
      Float32Array.from({ length: 8 }, (_, index) => index - 5),
      Float32Array.from({ length: 8 }, (_, index) => 1 - index / 8),
    ],
    writes: [new Float32Array(20)],
  }),
};
