/**
 * Mean and variance of a batch, and the moving averages of both.
 *
 * @module
 */
import { momentParams } from "./batch_moments.ts";
import source from "./batch_statistics.wgsl" with { type: "text" };
import { ceilDivide, type Kernel, linearWorkgroup } from "./kernel.ts";

const params = {
  ...momentParams,
  /** What a batch adds to the moving averages at least: 1 - momentum, made in f64. */
  share: "f32",
  /** Factor of the variance that enters its moving average: see {@linkcode varianceCorrection}. */
  correction: "f32",
} as const;

/** What decides how averages move. */
export type BatchStatisticsVariant = {
  /** Whether the averages begin with what another training has left in them. */
  settled: boolean;
};

/** The shares of averages that begin with nothing, and of those that do not. */
const shares = {
  fresh: "max(params.share, 1.0 / f32(start[0] + counter[0] + 1u))",
  settled: "params.share",
} as const;

/**
 * What a batch's variance is multiplied by before it enters the moving average.
 * Keras 3 averages the variance that it normalises by: 1. TensorFlow's
 * FusedBatchNormV3 (and with it Keras 2 on images) estimates that of the
 * population (Bessel): `rows / (rows - 1)`.
 */
export function varianceCorrection(
  rows: number,
  rule: "keras3" | "fused",
): number {
  switch (rule) {
    case "keras3":
      return 1;
    case "fused":
      return rows / Math.max(1, rows - 1);
    default:
      return rule satisfies never;
  }
}

/**
 * Joins what `batch_moments` left. means, deviations: `(splits, channels)`;
 * mean, variance (divided by the count of rows), moving_mean, moving_variance:
 * `(channels)`; counter: steps since it was last written, start: steps before
 * that. The moving averages are plain means of all steps while these are fewer
 * than `1 / share`, so that they say nothing of what they began with; those that
 * are settled move by `share` from the first, as frameworks' do.
 */
export const batchStatistics: Kernel<typeof params, BatchStatisticsVariant> = {
  name: "batch_statistics",
  params,
  reads: ({ settled }) => ({
    means: "f32",
    deviations: "f32",
    ...!settled && { counter: "u32", start: "u32" },
  }),
  writes: () => ({
    mean: "f32",
    variance: "f32",
    moving_mean: "f32",
    moving_variance: "f32",
  }),
  texelBindings: () => ["means", "deviations"],
  source: ({ settled }) =>
    settled ? source.replace(shares.fresh, shares.settled) : source,
  groups: ({ channels }) => [ceilDivide(channels, linearWorkgroup[0]), 1, 1],
  cost: ({ rows, channels, rowsPerSplit }) => ({
    flops: 10 * channels * ceilDivide(rows, rowsPerSplit),
    bytes: 4 * channels * (2 * ceilDivide(rows, rowsPerSplit) + 6),
  }),
  reference({ params, variant, reads, writes }) {
    const { rows, channels, rowsPerSplit, correction } = params;
    const [means, deviations, counter, start] = reads;
    const share = variant.settled
      ? params.share
      : Math.max(params.share, 1 / (start[0] + counter[0] + 1));
    const [mean, variance, movingMean, movingVariance] = writes;
    const counts = Array.from(
      { length: ceilDivide(rows, rowsPerSplit) },
      (_, split) => Math.min(rowsPerSplit, rows - split * rowsPerSplit),
    );
    for (let c = 0; c < channels; c++) {
      const total = counts.reduce(
        (sum, count, split) => sum + count * means[split * channels + c],
        0,
      ) / rows;
      const squares = counts.reduce((sum, count, split) => {
        const distance = means[split * channels + c] - total;
        return sum + deviations[split * channels + c] + count * distance ** 2;
      }, 0);
      mean[c] = total;
      variance[c] = squares / rows;
      movingMean[c] += share * (total - movingMean[c]);
      movingVariance[c] += share *
        (squares / rows * correction - movingVariance[c]);
    }
  },
  example: () => ({
    params: {
      rows: 5,
      channels: 2,
      rowsPerSplit: 3,
      share: 0.25,
      correction: 1.25,
    },
    variant: { settled: false },
    reads: [
      new Float32Array([1, 2, 5, 4]),
      new Float32Array([2, 0, 0.5, 8]),
      new Uint32Array([1]),
      new Uint32Array([1]),
    ],
    writes: [
      new Float32Array(2),
      new Float32Array(2),
      new Float32Array([0, 1]),
      new Float32Array([1, 2]),
    ],
  }),
};
