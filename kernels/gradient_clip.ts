/**
 * Clipping of gradients, by value or by their norm.
 *
 * @module
 */
import source from "./gradient_clip.wgsl" with { type: "text" };
import { type Kernel, linearGroups, linearIndex } from "./kernel.ts";
import { blockOf } from "./unroll.ts";
import { elementAlias, elementOf, type VectorWidth } from "./vector.ts";

const params = {
  size: "u32",
  /** The greatest absolute value; without meaning where it is clipped by norm. */
  limit: "f32",
} as const;

export type GradientClipVariant = {
  by: "value" | "norm";
  /** 4 needs a size in fours. */
  vector: VectorWidth;
};

/**
 * Clips a gradient, `(size)`, in place: by value to -limit..limit, by norm with
 * the factor `norm[1]` of `gradient_norm`.
 */
export const gradientClip: Kernel<
  typeof params,
  GradientClipVariant
> = {
  name: "gradient_clip",
  params,
  reads: ({ by }) => by === "norm" ? { norm: "f32" } : {},
  writes: ({ vector }) => ({ gradient: elementOf(vector) }),
  constants: ({ vector }) => ({ VECTOR: vector }),
  source: ({ by, vector }) =>
    [
      elementAlias(vector),
      linearIndex,
      blockOf(source, by),
      blockOf(source),
    ].join("\n"),
  groups: ({ size }, { vector }) => linearGroups(size / vector),
  cost: ({ size }) => ({ flops: size, bytes: size * 8 }),
  reference({ params, variant, reads: [norm], writes: [gradient] }) {
    const { size, limit } = params;
    for (let i = 0; i < size; i++) {
      gradient[i] = variant.by === "norm"
        ? gradient[i] * norm[1]
        : Math.min(Math.max(gradient[i], -limit), limit);
    }
  },
  example: () => ({
    params: { size: 5, limit: 0.1 },
    variant: { by: "value", vector: 1 },
    reads: [],
    writes: [new Float32Array([-1, -0.05, 0, 0.1, 3])],
  }),
};
