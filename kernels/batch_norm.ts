/**
 * Batch normalisation with the statistics of training, and activation.
 *
 * @module
 */
import {
  activate,
  activateElementSource,
  type Activation,
  activationCode,
} from "./activation.ts";
import source from "./batch_norm.wgsl" with { type: "text" };
import type { Kernel } from "./kernel.ts";
import {
  destinationParams,
  elementAlias,
  elementOf,
  rowGroups,
  rowWorkgroup,
  type VectorWidth,
} from "./vector.ts";

const params = {
  /** Number of elements of x, a multiple of `channels`. */
  size: "u32",
  channels: "u32",
  epsilon: "f32",
  ...destinationParams,
} as const;

export type BatchNormVariant = {
  activation: Activation;
  /** 4 needs channels, `yStride` and `yOffset` in fours. */
  vector: VectorWidth;
};

/**
 * `y = act(gamma * (x - mean) / sqrt(variance + epsilon) + beta)`. x: `(size /
 * channels, channels)`, mean, variance, beta, gamma: `(channels)`, y: rows of
 * `yStride` channels, of which those from `yOffset` on are written.
 */
export const batchNorm: Kernel<typeof params, BatchNormVariant> = {
  name: "batch_norm",
  params,
  reads({ vector }) {
    const type = elementOf(vector);
    return { x: type, mean: type, variance: type, beta: type, gamma: type };
  },
  writes: ({ vector }) => ({ y: elementOf(vector) }),
  texelBindings: () => ["x", "mean", "variance", "beta", "gamma", "y"],
  workgroup: () => rowWorkgroup,
  constants: ({ activation, vector }) => ({
    ACTIVATION: activationCode(activation),
    VECTOR: vector,
  }),
  source: ({ activation, vector }) =>
    elementAlias(vector) + activateElementSource(activation, vector) + source,
  groups: ({ size, channels }, { vector }) =>
    rowGroups(channels / vector, size / channels),
  cost: ({ size, channels }) => ({
    flops: 3 * size,
    bytes: (2 * size + 4 * channels) * 4,
  }),
  reference({ params, variant, reads, writes: [y] }) {
    const [x, mean, variance, beta, gamma] = reads;
    const { channels, yStride, yOffset } = params;
    const activated = activate(variant.activation);
    for (let i = 0; i < params.size; i++) {
      const row = Math.floor(i / channels), c = i % channels;
      const scale = gamma[c] / Math.sqrt(variance[c] + params.epsilon);
      const value = (x[i] - mean[c]) * scale + beta[c];
      y[row * yStride + yOffset + c] = activated(value);
    }
  },
  example: () => ({
    params: { size: 6, channels: 2, epsilon: 0.001, yStride: 2, yOffset: 0 },
    variant: { activation: "relu", vector: 1 },
    reads: [
      new Float32Array([1, 2, 3, 4, 5, 6]),
      new Float32Array([3, 4]),
      new Float32Array([4, 0.25]),
      new Float32Array([0.5, -0.5]),
      new Float32Array([1, 2]),
    ],
    writes: [new Float32Array(6)],
  }),
};
