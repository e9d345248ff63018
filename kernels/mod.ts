/**
 * All kernels, by name. Tests, `doctor` and benchmarks iterate over this list.
 *
 * @module
 */
import type { AnyKernel } from "./kernel.ts";
import { batchNorm } from "./batch_norm.ts";
import { binary } from "./binary.ts";
import { conv2d } from "./conv2d.ts";
import { conv2dFilterGradient } from "./conv2d_filter_gradient.ts";
import { conv2dInputGradient } from "./conv2d_input_gradient.ts";
import { copyChannels } from "./copy_channels.ts";
import { depthwiseConv2d } from "./depthwise_conv2d.ts";
import { dense } from "./dense.ts";
import { denseGradient } from "./dense_gradient.ts";
import { mean } from "./mean.ts";
import { gatherRows } from "./gather_rows.ts";
import { optimizer } from "./optimizer.ts";
import { pad } from "./pad.ts";
import { packFilter } from "./pack_filter.ts";
import { pool } from "./pool.ts";
import { resizeBilinear } from "./resize_bilinear.ts";
import { resizeImages } from "./resize_images.ts";
import { softmax } from "./softmax.ts";
import { softmaxCrossEntropy } from "./softmax_cross_entropy.ts";
import { sumRows } from "./sum_rows.ts";
import { matmul } from "./matmul.ts";
import { depthwiseFilterGradient } from "./depthwise_filter_gradient.ts";
import { depthwiseInputGradient } from "./depthwise_input_gradient.ts";
import { poolGradient } from "./pool_gradient.ts";
import { meanGradient } from "./mean_gradient.ts";
import { activationGradient } from "./activation_gradient.ts";
import { accumulate } from "./accumulate.ts";
import { batchMoments } from "./batch_moments.ts";
import { batchStatistics } from "./batch_statistics.ts";
import { batchNormSums } from "./batch_norm_sums.ts";
import { batchNormGradient } from "./batch_norm_gradient.ts";
import { dropout } from "./dropout.ts";
import { sigmoidCrossEntropy } from "./sigmoid_cross_entropy.ts";
import { sumOfSquares } from "./sum_of_squares.ts";
import { gradientNorm } from "./gradient_norm.ts";
import { gradientClip } from "./gradient_clip.ts";
import { unary } from "./unary.ts";

const list: readonly AnyKernel[] = [
  batchNorm,
  binary,
  conv2d,
  conv2dFilterGradient,
  conv2dInputGradient,
  copyChannels,
  dense,
  denseGradient,
  gatherRows,
  depthwiseConv2d,
  mean,
  optimizer,
  packFilter,
  pad,
  pool,
  resizeBilinear,
  resizeImages,
  softmax,
  softmaxCrossEntropy,
  sumRows,
  matmul,
  depthwiseFilterGradient,
  depthwiseInputGradient,
  poolGradient,
  meanGradient,
  activationGradient,
  accumulate,
  batchMoments,
  batchStatistics,
  batchNormSums,
  batchNormGradient,
  dropout,
  sigmoidCrossEntropy,
  sumOfSquares,
  gradientNorm,
  gradientClip,
  unary,
];

/** Every kernel there is. To add one, see CONTRIBUTING.md. */
export const kernels: ReadonlyMap<string, AnyKernel> = new Map(
  list.map((kernel) => [kernel.name, kernel]),
);

/** The kernel of that name. Throws if there is none: a bug, not bad input. */
export function kernelNamed(name: string): AnyKernel {
  const kernel = kernels.get(name);
  if (!kernel) throw new Error(`There is no kernel "${name}"`);
  return kernel;
}

export * from "./kernel.ts";
