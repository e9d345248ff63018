/**
 * The norm of all gradients together, and what they are to be multiplied by.
 *
 * @module
 */
import source from "./gradient_norm.wgsl" with { type: "text" };
import type { Kernel } from "./kernel.ts";

/** Uniforms of {@linkcode gradientNorm}. */
export type GradientNormParams = {
  /** Number of partial sums of squares. */
  count: number;
  /** The greatest norm that is left alone, above 0. */
  limit: number;
};

const workgroupSize = 64;

/**
 * partials: `(count)`, from `sum_of_squares`; norm: `(2)`, the norm and the
 * factor `limit / max(norm, limit)` that brings it to the limit
 * (tf.clip_by_global_norm; PyTorch's differs by 1e-6 in the divisor).
 */
export const gradientNorm: Kernel<GradientNormParams, Record<never, never>> = {
  name: "gradient_norm",
  params: { count: "u32", limit: "f32" },
  reads: () => ({ partials: "f32" }),
  writes: () => ({ norm: "f32" }),
  workgroup: () => [workgroupSize, 1, 1],
  source: () => source,
  groups: () => [1, 1, 1],
  cost: ({ count }) => ({ flops: count, bytes: 4 * (count + 2) }),
  reference({ params: { count, limit }, reads: [partials], writes: [norm] }) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += partials[i];
    norm[0] = Math.sqrt(sum);
    norm[1] = limit / Math.max(Math.sqrt(sum), limit);
  },
  example: () => ({
    params: { count: 3, limit: 0.5 },
    variant: {},
    reads: [new Float32Array([1, 2, 3])],
    writes: [new Float32Array(2)],
  }),
};
