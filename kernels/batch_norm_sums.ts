/**
 * The gradients of batch normalisation's scale and shift, in parts.
 *
 * @module
 */
import { type BatchMomentsVariant, momentParams } from "./batch_moments.ts";
import source from "./batch_norm_sums.wgsl" with { type: "text" };
import { ceilDivide, type Kernel, linearIndex } from "./kernel.ts";
import { splitGroups } from "./splits.ts";
import { elementAlias, elementOf } from "./vector.ts";

const params = {
  ...momentParams,
  epsilon: "f32",
} as const;

/**
 * dbeta and dgamma of `Y = gamma (X - mean) / sqrt(variance + epsilon) + beta`
 * in parts, that `sumRowsCalls(splits, channels)` adds up. x, dy: `(rows,
 * channels)`, mean, variance: `(channels)`, of the batch in training or the
 * moving ones where they are frozen; betas, gammas: `(splits, channels)`.
 */
export const batchNormSums: Kernel<
  typeof params,
  BatchMomentsVariant
> = {
  name: "batch_norm_sums",
  params,
  reads({ vector }) {
    const type = elementOf(vector);
    return { x: type, dy: type, mean: type, variance: type };
  },
  writes: ({ vector }) => ({
    betas: elementOf(vector),
    gammas: elementOf(vector),
  }),
  texelBindings: () => ["x", "dy", "mean", "variance"],
  constants: ({ vector }) => ({ VECTOR: vector }),
  source: ({ vector }) => elementAlias(vector) + linearIndex + source,
  groups: (params, { vector }) => splitGroups(params, vector),
  cost: ({ rows, channels, rowsPerSplit }) => ({
    flops: 4 * rows * channels,
    bytes: 8 * channels * (rows + 1 + ceilDivide(rows, rowsPerSplit)),
  }),
  reference({ params, reads: [x, dy, mean, variance], writes }) {
    const { rows, channels, rowsPerSplit, epsilon } = params;
    const [betas, gammas] = writes;
    for (let first = 0; first < rows; first += rowsPerSplit) {
      const end = Math.min(first + rowsPerSplit, rows);
      for (let c = 0; c < channels; c++) {
        let beta = 0, gamma = 0;
        for (
          let at = first * channels + c;
          at < end * channels;
          at += channels
        ) {
          beta += dy[at];
          gamma += dy[at] * (x[at] - mean[c]);
        }
        const at = first / rowsPerSplit * channels + c;
        betas[at] = beta;
        gammas[at] = gamma / Math.sqrt(variance[c] + epsilon);
      }
    }
  },
  example: () => ({
    params: { rows: 5, channels: 2, rowsPerSplit: 3, epsilon: 0.001 },
    variant: { vector: 1 },
    reads: [
      Float32Array.from({ length: 10 }, (_, i) => i % 7),
      Float32Array.from({ length: 10 }, (_, i) => i % 3 - 1),
      new Float32Array([2, 3]),
      new Float32Array([4, 1]),
    ],
    writes: [new Float32Array(4), new Float32Array(4)],
  }),
};
