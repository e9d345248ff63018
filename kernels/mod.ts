/**
 * All kernels, by name, and the contract they follow: what a kernel is, and the
 * programs that dispatch them. Tests, `doctor` and benchmarks iterate over the list.
 *
 * @module
 */
import type { AnyKernel, Cost } from "./kernel.ts";
import { accumulate } from "./accumulate.ts";
import { activationGradient } from "./activation_gradient.ts";
import { batchMoments } from "./batch_moments.ts";
import { batchNorm } from "./batch_norm.ts";
import { batchNormGradient } from "./batch_norm_gradient.ts";
import { batchNormSums } from "./batch_norm_sums.ts";
import { batchStatistics } from "./batch_statistics.ts";
import { binary } from "./binary.ts";
import { conv2d } from "./conv2d.ts";
import { conv2dFilterGradient } from "./conv2d_filter_gradient.ts";
import { conv2dInputGradient } from "./conv2d_input_gradient.ts";
import { copyChannels } from "./copy_channels.ts";
import { dense } from "./dense.ts";
import { denseLoss } from "./dense_loss.ts";
import { denseUpdate } from "./dense_update.ts";
import { depthwiseConv2d } from "./depthwise_conv2d.ts";
import { depthwiseFilterGradient } from "./depthwise_filter_gradient.ts";
import { depthwiseInputGradient } from "./depthwise_input_gradient.ts";
import { dropout } from "./dropout.ts";
import { gatherRows } from "./gather_rows.ts";
import { gradientClip } from "./gradient_clip.ts";
import { gradientNorm } from "./gradient_norm.ts";
import { groupedConv2d } from "./grouped_conv2d.ts";
import { groupedFilterGradient } from "./grouped_filter_gradient.ts";
import { groupedInputGradient } from "./grouped_input_gradient.ts";
import { interleave } from "./interleave.ts";
import { layerNorm } from "./layer_norm.ts";
import { layerNormGradient } from "./layer_norm_gradient.ts";
import { matmul } from "./matmul.ts";
import { mean } from "./mean.ts";
import { meanGradient } from "./mean_gradient.ts";
import { optimizer } from "./optimizer.ts";
import { packFilter } from "./pack_filter.ts";
import { pad } from "./pad.ts";
import { pool } from "./pool.ts";
import { poolGradient } from "./pool_gradient.ts";
import type { Program, Step } from "./program.ts";
import { reduce } from "./reduce.ts";
import { resampleImages } from "./resample_images.ts";
import { resizeBilinear } from "./resize_bilinear.ts";
import { resizeImages } from "./resize_images.ts";
import { sigmoidCrossEntropy } from "./sigmoid_cross_entropy.ts";
import { softmax } from "./softmax.ts";
import { softmaxCrossEntropy } from "./softmax_cross_entropy.ts";
import { softmaxGradient } from "./softmax_gradient.ts";
import { stemConv2d } from "./stem_conv2d.ts";
import { stemPixels } from "./stem_pixels.ts";
import { stridedCopy } from "./strided_copy.ts";
import { sumOfSquares } from "./sum_of_squares.ts";
import { sumRows } from "./sum_rows.ts";
import { unary } from "./unary.ts";
import { winogradInput } from "./winograd_input.ts";
import { winogradOutput } from "./winograd_output.ts";

const list: readonly AnyKernel[] = [
  accumulate,
  activationGradient,
  batchMoments,
  batchNorm,
  batchNormGradient,
  batchNormSums,
  batchStatistics,
  binary,
  conv2d,
  conv2dFilterGradient,
  conv2dInputGradient,
  copyChannels,
  dense,
  denseLoss,
  denseUpdate,
  depthwiseConv2d,
  depthwiseFilterGradient,
  depthwiseInputGradient,
  dropout,
  gatherRows,
  gradientClip,
  gradientNorm,
  groupedConv2d,
  groupedFilterGradient,
  groupedInputGradient,
  interleave,
  layerNorm,
  layerNormGradient,
  matmul,
  mean,
  meanGradient,
  optimizer,
  packFilter,
  pad,
  pool,
  poolGradient,
  reduce,
  resampleImages,
  resizeBilinear,
  resizeImages,
  sigmoidCrossEntropy,
  softmax,
  softmaxCrossEntropy,
  softmaxGradient,
  stemConv2d,
  stemPixels,
  stridedCopy,
  sumOfSquares,
  sumRows,
  unary,
  winogradInput,
  winogradOutput,
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

/** The work of a step. */
export function stepCost({ kernel, params, variant }: Step): Cost {
  return kernelNamed(kernel).cost(params, variant);
}

/** Floating point operations of a program. */
export function programFlops({ steps }: Pick<Program, "steps">): number {
  return steps.reduce((sum, step) => sum + stepCost(step).flops, 0);
}

export * from "./kernel.ts";
export * from "./program.ts";
export type { Precision } from "./half.ts";
export { updateRules } from "./optimizer.ts";
export type { Conv2dTile } from "./conv2d.ts";
export type { Bindings, ElementType } from "./texels.ts";
export type { ClassedShape, Tuning } from "./tuning.ts";
export type { WinogradOutputs } from "./winograd.ts";
