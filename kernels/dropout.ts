/**
 * Dropout, forward and backward, with a mask that is computed and not stored.
 *
 * @module
 */
import { type FourWords, philox4x32 } from "../src/bytes/random.ts";
import philoxSource from "./_philox.wgsl" with { type: "text" };
import source from "./dropout.wgsl" with { type: "text" };
import {
  ceilDivide,
  type Kernel,
  linearGroups,
  linearIndex,
  type ParamsOf,
} from "./kernel.ts";
import { blockOf } from "./unroll.ts";
import { elementOf, type VectorWidth } from "./vector.ts";

const params = {
  size: "u32",
  seed: "u32",
  /** Tells layers of one seed apart. */
  stream: "u32",
  /** Words below it drop their element: see {@linkcode dropoutRate}. */
  threshold: "u32",
  /** What the others are multiplied by. */
  scale: "f32",
  /**
   * How far the step counter is ahead of the step that runs: 0 in the forward
   * half, 1 once the loss has advanced it.
   */
  stepsAhead: "u32",
} as const;

/**
 * Threshold and scale that drop a share `rate` of the elements and keep the
 * mean.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "@std/assert";
 * deepStrictEqual(dropoutRate(0.5), { threshold: 2 ** 31, scale: 2 });
 * ```
 *
 * @throws {RangeError} unless `rate` is in [0, 1).
 */
export function dropoutRate(
  rate: number,
): Pick<ParamsOf<typeof params>, "threshold" | "scale"> {
  if (!(rate >= 0 && rate < 1)) {
    throw new RangeError(
      `Cannot drop a share of ${rate}: expected 0 to below 1`,
    );
  }
  const threshold = Math.min(Math.round(rate * 2 ** 32), 2 ** 32 - 1);
  return { threshold, scale: 1 / (1 - rate) };
}

export type DropoutVariant = {
  /** 4 needs a size in fours. */
  vector: VectorWidth;
};

/**
 * `y = x * mask / (1 - rate)`; x, y: `(size)`, counter: steps since it was last
 * written, start: steps before that. The gradient is the same call on dY, with
 * the `stepsAhead` of the backward half.
 */
export const dropout: Kernel<typeof params, DropoutVariant> = {
  name: "dropout",
  params,
  reads: ({ vector }) => ({
    x: elementOf(vector),
    counter: "u32",
    start: "u32",
  }),
  writes: ({ vector }) => ({ y: elementOf(vector) }),
  texelBindings: () => ["x", "y"],
  source: ({ vector }) =>
    [
      linearIndex,
      philoxSource,
      blockOf(source),
      blockOf(source, vector === 4 ? "vector" : "scalar"),
    ].join("\n"),
  groups: ({ size }) => linearGroups(ceilDivide(size, 4)),
  cost: ({ size }) => ({ flops: size, bytes: size * 8 }),
  reference({ params, reads: [x, counter, start], writes: [y] }) {
    const { seed, stream, threshold, scale } = params;
    const step = start[0] + counter[0] - params.stepsAhead;
    let words: FourWords = [0, 0, 0, 0];
    for (let i = 0; i < params.size; i++) {
      if (i % 4 === 0) words = philox4x32([i / 4, step, 0, 0], [seed, stream]);
      y[i] = words[i % 4] >= threshold ? x[i] * scale : 0;
    }
  },
  example: () => ({
    params: {
      size: 10,
      seed: 7,
      stream: 1,
      ...dropoutRate(0.3),
      stepsAhead: 0,
    },
    variant: { vector: 1 },
    reads: [
      new Float32Array(10).fill(1),
      new Uint32Array([5]),
      new Uint32Array([100]),
    ],
    writes: [new Float32Array(10)],
  }),
};
