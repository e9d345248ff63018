/**
 * The mean along one axis, or along neighbouring axes seen as one.
 *
 * @module
 */
import { type Kernel, linearGroups } from "./kernel.ts";
import source from "./mean.wgsl" with { type: "text" };
import {
  elementAlias,
  elementOf,
  groupsAtMost,
  rowWorkgroup,
  type VectorWidth,
} from "./vector.ts";

export const meanParams = {
  /** Product of the dimensions left of the mean's. */
  outer: "u32",
  /** Product of the dimensions the mean is taken over. */
  reduce: "u32",
  /** Product of the dimensions right of them. */
  inner: "u32",
} as const;

export type MeanVariant = {
  /** 4 needs `inner` in fours. */
  vector: VectorWidth;
};

/**
 * `y[o, i] = mean over r of x[o, r, i]`; x: `(outer, reduce, inner)`, y:
 * `(outer, inner)`. Over height and width of NHWC: `outer` is the batch,
 * `inner` the channels.
 */
export const mean: Kernel<typeof meanParams, MeanVariant> = {
  name: "mean",
  params: meanParams,
  reads: ({ vector }) => ({ x: elementOf(vector) }),
  writes: ({ vector }) => ({ y: elementOf(vector) }),
  texelBindings: () => ["x", "y"],
  workgroup: () => rowWorkgroup,
  constants: ({ vector }) => ({ VECTOR: vector }),
  source: ({ vector }) => elementAlias(vector) + source,
  groups({ outer, inner }, { vector }) {
    const [x, z] = linearGroups(inner / vector, rowWorkgroup[0]);
    return [x, groupsAtMost(outer, rowWorkgroup[1]), z];
  },
  cost: ({ outer, reduce, inner }) => ({
    flops: outer * reduce * inner,
    bytes: outer * (reduce + 1) * inner * 4,
  }),
  reference({ params: { outer, reduce, inner }, reads: [x], writes: [y] }) {
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        let sum = 0;
        for (let r = 0; r < reduce; r++) sum += x[(o * reduce + r) * inner + i];
        y[o * inner + i] = sum / reduce;
      }
    }
  },
  example: () => ({
    params: { outer: 1, reduce: 6, inner: 2 },
    variant: { vector: 1 },
    reads: [Float32Array.from({ length: 12 }, (_, i) => i)],
    writes: [new Float32Array(2)],
  }),
};
