/**
 * The rows of a batch, brought side by side.
 *
 * @module
 */
import source from "./gather_rows.wgsl" with { type: "text" };
import { ceilDivide, type Kernel, linearWorkgroup } from "./kernel.ts";
import { blockOf } from "./unroll.ts";

const params = {
  /** Rows of a batch, at most 65535. */
  rows: "u32",
  /** Values of a row, a multiple of 4. */
  depth: "u32",
} as const;

export type GatherRowsVariant = {
  /** Whether the data are bytes, four to a word: a quarter of the memory. */
  readonly bytes: boolean;
};

/**
 * Copies the rows that `batches` lists for the step of the counter, so that many
 * training steps run in one submit; bytes become f32 of the same value.
 * x: `(any, depth)`, batches: `(steps, rows)`, counter: `(1)`, y: `(rows, depth)`.
 */
export const gatherRows: Kernel<typeof params, GatherRowsVariant> = {
  name: "gather_rows",
  params,
  reads: ({ bytes }) => ({
    x: bytes ? "u32" : "vec4f",
    batches: "u32",
    counter: "u32",
  }),
  writes: () => ({ y: "vec4f" }),
  source: ({ bytes }) =>
    [blockOf(source, bytes ? "bytes" : "floats"), blockOf(source)].join("\n"),
  groups({ rows, depth }) {
    return [ceilDivide(depth / 4, linearWorkgroup[0]), rows, 1];
  },
  cost: ({ rows, depth }, { bytes }) => ({
    flops: 0,
    bytes: (bytes ? 5 : 8) * rows * depth,
  }),
  reference({ params, variant, reads: [x, batches, counter], writes: [y] }) {
    const { rows, depth } = params;
    const valueAt = (index: number) =>
      variant.bytes ? x[index >> 2] >>> (8 * (index & 3)) & 255 : x[index];
    for (let r = 0; r < rows; r++) {
      const row = batches[counter[0] * rows + r];
      for (let k = 0; k < depth; k++) {
        y[r * depth + k] = valueAt(row * depth + k);
      }
    }
  },
  example: () => ({
    params: { rows: 2, depth: 4 },
    variant: { bytes: false },
    reads: [
      Float32Array.from({ length: 12 }, (_, index) => index),
      new Uint32Array([0, 0, 2, 1]),
      new Uint32Array([1]),
    ],
    writes: [new Float32Array(8)],
  }),
};
