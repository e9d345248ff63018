/**
 * The squares of one gradient, in parts: the first half of a global norm.
 *
 * @module
 */
import { ceilDivide, type Kernel, linearWorkgroup } from "./kernel.ts";
import source from "./sum_of_squares.wgsl" with { type: "text" };

const params = {
  size: "u32",
  /** First of the partial sums that this call writes. */
  offset: "u32",
  /** Number of partial sums that it writes: see {@linkcode squarePartials}. */
  count: "u32",
} as const;

/** Values that one thread squares, about; with at most 2,048 threads. */
const valuesPerThread = 64;
const maxPartials = 2048;

/** How many partial sums the squares of `size` values make. */
export function squarePartials(size: number): number {
  return Math.min(maxPartials, ceilDivide(size, valuesPerThread));
}

/**
 * Squares of x in parts. x: `(size)`, partials: one buffer for all gradients of
 * a step, of which `count` values from `offset` on are written.
 */
export const sumOfSquares: Kernel<typeof params> = {
  name: "sum_of_squares",
  params,
  reads: () => ({ x: "f32" }),
  writes: () => ({ partials: "f32" }),
  texelBindings: () => ["x"],
  source: () => source,
  groups: ({ count }) => [ceilDivide(count, linearWorkgroup[0]), 1, 1],
  cost: ({ size, count }) => ({ flops: 2 * size, bytes: 4 * (size + count) }),
  reference(
    { params: { size, offset, count }, reads: [x], writes: [partials] },
  ) {
    for (let part = 0; part < count; part++) {
      let sum = 0;
      for (let i = part; i < size; i += count) sum += x[i] ** 2;
      partials[offset + part] = sum;
    }
  },
  example: () => ({
    params: { size: 5, offset: 1, count: 2 },
    variant: {},
    reads: [new Float32Array([1, 2, 3, 4, 5])],
    writes: [new Float32Array(4)],
  }),
};
