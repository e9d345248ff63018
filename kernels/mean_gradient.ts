/**
 * The gradient of a mean along neighbouring axes.
 *
 * @module
 */
import { type Kernel, linearGroups, linearIndex } from "./kernel.ts";
import { meanParams } from "./mean.ts";
import source from "./mean_gradient.wgsl" with { type: "text" };
import { elementOf, type VectorWidth } from "./vector.ts";

export type MeanGradientVariant = {
  /** 4 needs `inner` in fours. */
  vector: VectorWidth;
};

/**
 * dX of `Y = mean(X)`: `dx[o, r, i] = dy[o, i] / reduce`; dy: `(outer, inner)`,
 * dx: `(outer, reduce, inner)`.
 */
export const meanGradient: Kernel<typeof meanParams, MeanGradientVariant> = {
  name: "mean_gradient",
  params: meanParams,
  reads: ({ vector }) => ({ dy: elementOf(vector) }),
  writes: ({ vector }) => ({ dx: elementOf(vector) }),
  texelBindings: () => ["dy", "dx"],
  constants: ({ vector }) => ({ VECTOR: vector }),
  source: () => linearIndex + source,
  groups: ({ outer, reduce, inner }, { vector }) =>
    linearGroups(outer * reduce * inner / vector),
  cost: ({ outer, reduce, inner }) => ({
    flops: outer * reduce * inner,
    bytes: outer * (reduce + 1) * inner * 4,
  }),
  reference({ params: { outer, reduce, inner }, reads: [dy], writes: [dx] }) {
    for (let i = 0; i < outer * reduce * inner; i++) {
      const row = Math.floor(i / (inner * reduce));
      dx[i] = dy[row * inner + i % inner] / reduce;
    }
  },
  example: () => ({
    params: { outer: 2, reduce: 3, inner: 2 },
    variant: { vector: 1 },
    reads: [new Float32Array([3, 6, 9, 12])],
    writes: [new Float32Array(12)],
  }),
};
