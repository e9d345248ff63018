/**
 * The norm of all gradients together, and what they are to be multiplied by.
 *
 * @module
 */
import source from "./gradient_norm.wgsl" with { type: "text" };
import type { Kernel } from "./kernel.ts";

const params = {
  /** Number of partial sums of squares. */
  count: "u32",
  /** The greatest norm that is left alone, above 0. */
  limit: "f32",
  /** Added to the norm that divides: 0 as TensorFlow has it, 1e-6 as PyTorch. */
  guard: "f32",
} as const;

/**
 * partials: `(count)`, from `sum_of_squares`; norm: `(2)`, the norm and the
 * factor `limit / max(norm + guard, limit)` that brings it to the limit
 * (tf.clip_by_global_norm, torch.nn.utils.clip_grad_norm_).
 */
export const gradientNorm: Kernel<typeof params> = {
  name: "gradient_norm",
  params,
  reads: () => ({ partials: "f32" }),
  writes: () => ({ norm: "f32" }),
  source: () => source,
  groups: () => [1, 1, 1],
  cost: ({ count }) => ({ flops: count, bytes: 4 * (count + 2) }),
  reference({ params, reads: [partials], writes: [norm] }) {
    const { count, limit, guard } = params;
    let sum = 0;
    for (let i = 0; i < count; i++) sum += partials[i];
    norm[0] = Math.sqrt(sum);
    norm[1] = limit / Math.max(Math.sqrt(sum) + guard, limit);
  },
  example: () => ({
    params: { count: 3, limit: 0.5, guard: 0.25 },
    variant: {},
    reads: [new Float32Array([1, 2, 3])],
    writes: [new Float32Array(2)],
  }),
};
