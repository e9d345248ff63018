/**
 * Adding one tensor to another in place: where a tensor is read more than once,
 * its gradient is the sum of what each reader sends back.
 *
 * @module
 */
import source from "./accumulate.wgsl" with { type: "text" };
import { type Kernel, linearGroups, linearIndex } from "./kernel.ts";
import { elementAlias, elementOf, type VectorWidth } from "./vector.ts";

const params = { size: "u32" } as const;

export type AccumulateVariant = {
  /** 4 needs a size in fours. */
  vector: VectorWidth;
};

/** `y += x`; x, y: `(size)`. */
export const accumulate: Kernel<typeof params, AccumulateVariant> = {
  name: "accumulate",
  params,
  reads: ({ vector }) => ({ x: elementOf(vector) }),
  writes: ({ vector }) => ({ y: elementOf(vector) }),
  texelBindings: () => ["x"],
  constants: ({ vector }) => ({ VECTOR: vector }),
  source: ({ vector }) => elementAlias(vector) + linearIndex + source,
  groups: ({ size }, { vector }) => linearGroups(size / vector),
  cost: ({ size }) => ({ flops: size, bytes: size * 12 }),
  reference({ params, reads: [x], writes: [y] }) {
    for (let i = 0; i < params.size; i++) y[i] += x[i];
  },
  example: () => ({
    params: { size: 3 },
    variant: { vector: 1 },
    reads: [new Float32Array([1, 2, 3])],
    writes: [new Float32Array([10, 20, 30])],
  }),
};
