/**
 * The rows of a batch, brought side by side.
 *
 * @module
 */
import source from "./gather_rows.wgsl" with { type: "text" };
import { ceilDivide, type Kernel } from "./kernel.ts";

/** Uniforms of {@linkcode gatherRows}. */
export type GatherRowsParams = {
  /** Rows of a batch, at most 65535. */
  rows: number;
  /** Values of a row, a multiple of 4. */
  depth: number;
};

const workgroupSize = 64;

/**
 * Copies the rows that `batches` lists for the step of the counter, so that many
 * training steps run in one submit. x: `(any, depth)`, batches: `(steps, rows)`,
 * counter: `(1)`, y: `(rows, depth)`.
 */
export const gatherRows: Kernel<GatherRowsParams, Record<string, never>> = {
  name: "gather_rows",
  params: { rows: "u32", depth: "u32" },
  reads: () => ({ x: "vec4f", batches: "u32", counter: "u32" }),
  writes: () => ({ y: "vec4f" }),
  workgroup: () => [workgroupSize, 1, 1],
  source: () => source,
  groups: ({ rows, depth }) => [ceilDivide(depth / 4, workgroupSize), rows, 1],
  cost: ({ rows, depth }) => ({ flops: 0, bytes: 8 * rows * depth }),
  reference({ params, reads: [x, batches, counter], writes: [y] }) {
    const { rows, depth } = params;
    for (let r = 0; r < rows; r++) {
      const row = batches[counter[0] * rows + r];
      y.set(x.subarray(row * depth, (row + 1) * depth), r * depth);
    }
  },
  example: () => ({
    params: { rows: 2, depth: 4 },
    variant: {},
    reads: [
      Float32Array.from({ length: 12 }, (_, index) => index),
      new Uint32Array([0, 0, 2, 1]),
      new Uint32Array([1]),
    ],
    writes: [new Float32Array(8)],
  }),
};
