/**
 * Mean and squared deviations of parts of a batch: the first half of its statistics.
 *
 * @module
 */
import source from "./batch_moments.wgsl" with { type: "text" };
import { ceilDivide, type Kernel, linearIndex } from "./kernel.ts";
import { splitGroups, type Splits, splitSum } from "./splits.ts";
import {
  elementAlias,
  elementOf,
  type VectorWidth,
  vectorWidth,
} from "./vector.ts";

export const momentParams = {
  /** Pixels of all images: N * H * W. */
  rows: "u32",
  channels: "u32",
  /** Rows that are taken together. */
  rowsPerSplit: "u32",
} as const;

export type BatchMomentsVariant = {
  /** 4 needs channels in fours. */
  vector: VectorWidth;
};

/** Rows of a part, at least. */
const minRows = 64;

/** How the rows of a batch are split by the kernels of batch normalisation. */
export function batchSplits(rows: number, channels: number): Splits {
  return splitSum(rows, {
    threads: channels / vectorWidth(channels),
    values: channels,
    min: minRows,
  });
}

/**
 * x: `(rows, channels)`, means and deviations: `(splits, channels)`, of the
 * values and of their squared distance from that mean.
 */
export const batchMoments: Kernel<typeof momentParams, BatchMomentsVariant> = {
  name: "batch_moments",
  params: momentParams,
  reads: ({ vector }) => ({ x: elementOf(vector) }),
  writes: ({ vector }) => ({
    means: elementOf(vector),
    deviations: elementOf(vector),
  }),
  texelBindings: () => ["x"],
  constants: ({ vector }) => ({ VECTOR: vector }),
  source: ({ vector }) => elementAlias(vector) + linearIndex + source,
  groups: (params, { vector }) => splitGroups(params, vector),
  cost: ({ rows, channels, rowsPerSplit }) => ({
    flops: 5 * rows * channels,
    bytes: 4 * channels * (rows + 2 * ceilDivide(rows, rowsPerSplit)),
  }),
  reference({ params, reads: [x], writes: [means, deviations] }) {
    const { rows, channels, rowsPerSplit } = params;
    for (let first = 0; first < rows; first += rowsPerSplit) {
      const end = Math.min(first + rowsPerSplit, rows);
      for (let c = 0; c < channels; c++) {
        let sum = 0, squares = 0;
        for (let r = first; r < end; r++) sum += x[r * channels + c];
        const mean = sum / (end - first);
        for (let r = first; r < end; r++) {
          squares += (x[r * channels + c] - mean) ** 2;
        }
        const at = first / rowsPerSplit * channels + c;
        means[at] = mean;
        deviations[at] = squares;
      }
    }
  },
  example: () => ({
    params: { rows: 5, channels: 2, rowsPerSplit: 3 },
    variant: { vector: 1 },
    reads: [Float32Array.from({ length: 10 }, (_, i) => 100 + i * i)],
    writes: [new Float32Array(4), new Float32Array(4)],
  }),
};
