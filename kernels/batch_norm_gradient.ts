/**
 * The gradient of batch normalisation's input.
 *
 * @module
 */
import source from "./batch_norm_gradient.wgsl" with { type: "text" };
import { type Kernel, linearGroups, linearIndex } from "./kernel.ts";
import { blockOf } from "./unroll.ts";
import { elementAlias, elementOf, type VectorWidth } from "./vector.ts";

const params = {
  /** Pixels of all images: N * H * W. */
  rows: "u32",
  channels: "u32",
  epsilon: "f32",
} as const;

export type BatchNormGradientVariant = {
  /** Whether mean and variance are the batch's and so depend on x. */
  training: boolean;
  /** 4 needs channels in fours. */
  vector: VectorWidth;
};

/**
 * dX of `Y = gamma (X - mean) / sqrt(variance + epsilon) + beta`. dy, x, dx:
 * `(rows, channels)`, the others: `(channels)`. With frozen statistics it reads
 * dy, variance and gamma alone.
 */
export const batchNormGradient: Kernel<
  typeof params,
  BatchNormGradientVariant
> = {
  name: "batch_norm_gradient",
  params,
  reads({ training, vector }) {
    const type = elementOf(vector);
    const frozen = { dy: type, variance: type, gamma: type };
    return training
      ? { ...frozen, x: type, mean: type, dbeta: type, dgamma: type }
      : frozen;
  },
  writes: ({ vector }) => ({ dx: elementOf(vector) }),
  texelBindings: ({ training }) =>
    training
      ? ["dy", "variance", "gamma", "x", "mean", "dbeta", "dgamma", "dx"]
      : ["dy", "variance", "gamma", "dx"],
  constants: ({ vector }) => ({ VECTOR: vector }),
  source: ({ training, vector }) =>
    [
      elementAlias(vector),
      linearIndex,
      blockOf(source, training ? "training" : "frozen"),
      blockOf(source),
    ].join("\n"),
  groups: ({ rows, channels }, { vector }) =>
    linearGroups(rows * channels / vector),
  cost: ({ rows, channels }, { training }) => ({
    flops: (training ? 8 : 2) * rows * channels,
    bytes: 4 * channels * (training ? 3 * rows + 5 : 2 * rows + 2),
  }),
  reference({ params, variant, reads, writes: [dx] }) {
    const [dy, variance, gamma, x, mean, dbeta, dgamma] = reads;
    const { rows, channels, epsilon } = params;
    for (let i = 0; i < rows * channels; i++) {
      const c = i % channels;
      const deviation = Math.sqrt(variance[c] + epsilon);
      const common = variant.training
        ? (dbeta[c] + (x[i] - mean[c]) / deviation * dgamma[c]) / rows
        : 0;
      dx[i] = gamma[c] / deviation * (dy[i] - common);
    }
  },
  example: () => ({
    params: { rows: 3, channels: 2, epsilon: 0.001 },
    variant: { training: true, vector: 1 },
    reads: [
      new Float32Array([1, -1, 0.5, 2, 0, 1]),
      new Float32Array([1, 4]),
      new Float32Array([2, -1]),
      new Float32Array([0, 1, 2, 3, 4, 5]),
      new Float32Array([2, 3]),
      new Float32Array([1.5, 2]),
      new Float32Array([-1, 2]),
    ],
    writes: [new Float32Array(6)],
  }),
};
