/**
 * The ops a graph is made of: attributes by op, a rule for each, and the
 * TensorFlow ops that become them. A new op is one file and its lines here.
 *
 * @module
 */
import type { DataType, NodeOf, OpName, Shape, Tensor } from "../ir.ts";
import type { OpImporter, OpRule } from "./_rule.ts";
import * as batchMatmul from "./batch_matmul.ts";
import * as batchNorm from "./batch_norm.ts";
import * as batchNormTraining from "./batch_norm_training.ts";
import * as binary from "./binary.ts";
import * as cast from "./cast.ts";
import * as clip from "./clip.ts";
import * as concat from "./concat.ts";
import * as conv2d from "./conv2d.ts";
import * as conv2dGradient from "./conv2d_gradient.ts";
import * as crossEntropy from "./cross_entropy.ts";
import * as decodeImage from "./decode_image.ts";
import * as dropout from "./dropout.ts";
import * as gather from "./gather.ts";
import * as layerNorm from "./layer_norm.ts";
import * as matmul from "./matmul.ts";
import * as mean from "./mean.ts";
import * as pad from "./pad.ts";
import * as pool from "./pool.ts";
import * as reduce from "./reduce.ts";
import * as repeat from "./repeat.ts";
import * as resample from "./resample.ts";
import * as reshape from "./reshape.ts";
import * as resizeBilinear from "./resize_bilinear.ts";
import * as shape from "./shape.ts";
import * as slice from "./slice.ts";
import * as softmax from "./softmax.ts";
import * as source from "./source.ts";
import * as spaceToBatch from "./space_to_batch.ts";
import * as sumRows from "./sum_rows.ts";
import * as tile from "./tile.ts";
import * as transpose from "./transpose.ts";
import * as unary from "./unary.ts";
import * as update from "./update.ts";

export type {
  Backward,
  Gradient,
  ImportContext,
  Imported,
  ImportedNode,
  NewNode,
  OpImporter,
  OpRule,
  Value,
} from "./_rule.ts";
export { notDifferentiable } from "./_rule.ts";
export type { BatchMatmulAttributes } from "./batch_matmul.ts";
export type { BatchNormAttributes } from "./batch_norm.ts";
export type {
  BatchNormGradientAttributes,
  BatchStatisticsAttributes,
} from "./batch_norm_training.ts";
export type { BinaryAttributes } from "./binary.ts";
export type { CastAttributes } from "./cast.ts";
export type { ClipAttributes, GlobalNormAttributes } from "./clip.ts";
export type { ConcatAttributes } from "./concat.ts";
export type { Conv2dAttributes, ConvolutionAttributes } from "./conv2d.ts";
export type { Conv2dGradientAttributes } from "./conv2d_gradient.ts";
export type { CrossEntropyAttributes } from "./cross_entropy.ts";
export type { DecodeImageAttributes } from "./decode_image.ts";
export type { DropoutAttributes } from "./dropout.ts";
export type { GatherAttributes } from "./gather.ts";
export type { LayerNormAttributes } from "./layer_norm.ts";
export type { MatmulAttributes } from "./matmul.ts";
export type { MeanAttributes, MeanGradientAttributes } from "./mean.ts";
export type { PadAttributes } from "./pad.ts";
export type { PoolAttributes, PoolGradientAttributes } from "./pool.ts";
export type { ReduceAttributes } from "./reduce.ts";
export { type ResampleAttributes, resampleAttributesOf } from "./resample.ts";
export type { ResizeBilinearAttributes } from "./resize_bilinear.ts";
export type { SliceAttributes } from "./slice.ts";
export type { BlockAttributes } from "./space_to_batch.ts";
export type { SoftmaxAttributes } from "./softmax.ts";
export type { TileAttributes } from "./tile.ts";
export type { TransposeAttributes } from "./transpose.ts";
export type { ActivationGradientAttributes, UnaryAttributes } from "./unary.ts";
export type { UpdateAttributes } from "./update.ts";
export type { ActivationFunction } from "../../../kernels/activation.ts";
export type { BinaryFunction } from "../../../kernels/binary.ts";
export type { PixelFunction, PixelStep } from "../../../kernels/stem_pixels.ts";
export type { UnaryFunction } from "../../../kernels/unary.ts";
export type { ResizeRules } from "../../../kernels/resize_bilinear.ts";

/** No attributes. */
export type NoAttributes = Readonly<Record<string, never>>;

/** The ops by name, with their attributes; inputs are told in each op's file. */
export interface OpAttributes {
  /** `[x, filter HWIO with I of a group, bias?]` */
  conv2d: conv2d.Conv2dAttributes;
  /** `[x, filter (height, width, channels, multiplier), bias?]` */
  depthwise_conv2d: conv2d.ConvolutionAttributes;
  /** `[x, mean, variance, beta, gamma]` */
  batch_norm: batchNorm.BatchNormAttributes;
  /** `[a, b]`, broadcast as NumPy does */
  binary: binary.BinaryAttributes;
  /** `[x]` */
  unary: unary.UnaryAttributes;
  /** `[x]` */
  max_pool: pool.PoolAttributes;
  /** `[x]` */
  avg_pool: pool.PoolAttributes;
  /** `[x]` */
  mean: mean.MeanAttributes;
  /** `[x, ...]` */
  concat: concat.ConcatAttributes;
  /** `[x]` */
  pad: pad.PadAttributes;
  /** `[x]` */
  slice: slice.SliceAttributes;
  /** `[x]` */
  transpose: transpose.TransposeAttributes;
  /** `[x]` */
  reduce: reduce.ReduceAttributes;
  /** `[x]` */
  space_to_batch: spaceToBatch.BlockAttributes;
  /** `[x]` */
  batch_to_space: spaceToBatch.BlockAttributes;
  /** `[x]`; the output's shape says it all */
  reshape: NoAttributes;
  /** `[a (..., m, k), b (k, n), bias?]` */
  matmul: matmul.MatmulAttributes;
  /** `[a (..., m, k), b (..., k, n)]`, leading axes broadcast as NumPy does */
  batch_matmul: batchMatmul.BatchMatmulAttributes;
  /** `[x, scale, bias?]` */
  layer_norm: layerNorm.LayerNormAttributes;
  /** `[x]`, repeated along an axis */
  tile: tile.TileAttributes;
  /** `[logits]` */
  softmax: softmax.SoftmaxAttributes;
  /** `[images]` */
  resize_bilinear: resizeBilinear.ResizeBilinearAttributes;
  /** `[picture]`; only where pictures are read */
  resample: resample.ResampleAttributes;
  /** `[contents]` */
  decode_image: decodeImage.DecodeImageAttributes;
  /** `[x]` */
  cast: cast.CastAttributes;

  // What only training makes.
  /** `[dy, y]` */
  activation_gradient: unary.ActivationGradientAttributes;
  /** `[dy, x, scale]` to the gradient of x, and dy times the normalised x */
  layer_norm_gradient: layerNorm.LayerNormAttributes;
  /** `[dy, y]` */
  softmax_gradient: NoAttributes;
  /** `[dy, filter]` */
  conv2d_input_gradient: conv2dGradient.Conv2dGradientAttributes;
  /** `[x, dy]` */
  conv2d_filter_gradient: conv2dGradient.Conv2dGradientAttributes;
  /** `[dy, filter]` */
  depthwise_input_gradient: conv2dGradient.Conv2dGradientAttributes;
  /** `[x, dy]` */
  depthwise_filter_gradient: conv2dGradient.Conv2dGradientAttributes;
  /** `[dy, x, y]` */
  max_pool_gradient: pool.PoolGradientAttributes;
  /** `[dy]` */
  avg_pool_gradient: pool.PoolGradientAttributes;
  /** `[dy]` */
  mean_gradient: mean.MeanGradientAttributes;
  /** `[x]`, summed over all axes but the last */
  sum_rows: NoAttributes;
  /** `[data, batches, counter]` */
  gather: gather.GatherAttributes;
  /** `[logits, labels, counter]` to the logits' gradient, progress and counter */
  softmax_cross_entropy: crossEntropy.CrossEntropyAttributes;
  /** likewise, for one logit a row */
  sigmoid_cross_entropy: crossEntropy.CrossEntropyAttributes;
  /** `[x, counter?, start?]` */
  dropout: dropout.DropoutAttributes;
  /** `[x, moving mean, moving variance, counter, start]` to mean, variance and the new moving ones */
  batch_statistics: batchNormTraining.BatchStatisticsAttributes;
  /** `[x, dy, mean, variance]` to the gradients of beta and gamma */
  batch_norm_sums: batchNormTraining.BatchNormGradientAttributes;
  /** `[dy, variance, gamma, x?, mean?, dbeta?, dgamma?]` */
  batch_norm_gradient: batchNormTraining.BatchNormGradientAttributes;
  /** `[gradient, ...]` to norm and factor */
  global_norm: clip.GlobalNormAttributes;
  /** `[gradient, norm?]` */
  clip_gradient: clip.ClipAttributes;
  /** `[variable, gradient, schedule, counter, ...moments]` to variable and moments */
  update: update.UpdateAttributes;
}

/** A rule for each op. */
export const rules: { readonly [K in OpName]: OpRule<K> } = {
  conv2d: conv2d.conv2dRule,
  depthwise_conv2d: conv2d.depthwiseConv2dRule,
  batch_norm: batchNorm.rule,
  binary: binary.rule,
  unary: unary.unaryRule,
  max_pool: pool.maxPoolRule,
  avg_pool: pool.avgPoolRule,
  mean: mean.meanRule,
  concat: concat.rule,
  pad: pad.rule,
  reshape: reshape.rule,
  matmul: matmul.rule,
  batch_matmul: batchMatmul.rule,
  layer_norm: layerNorm.layerNormRule,
  tile: tile.rule,
  softmax: softmax.rule,
  resize_bilinear: resizeBilinear.rule,
  resample: resample.rule,
  decode_image: decodeImage.rule,
  cast: cast.rule,
  activation_gradient: unary.activationGradientRule,
  layer_norm_gradient: layerNorm.layerNormGradientRule,
  softmax_gradient: softmax.softmaxGradientRule,
  conv2d_input_gradient: conv2dGradient.conv2dInputGradientRule,
  conv2d_filter_gradient: conv2dGradient.conv2dFilterGradientRule,
  depthwise_input_gradient: conv2dGradient.depthwiseInputGradientRule,
  depthwise_filter_gradient: conv2dGradient.depthwiseFilterGradientRule,
  max_pool_gradient: pool.maxPoolGradientRule,
  avg_pool_gradient: pool.avgPoolGradientRule,
  mean_gradient: mean.meanGradientRule,
  slice: slice.rule,
  transpose: transpose.rule,
  reduce: reduce.rule,
  space_to_batch: spaceToBatch.spaceToBatchRule,
  batch_to_space: spaceToBatch.batchToSpaceRule,
  sum_rows: sumRows.rule,
  gather: gather.rule,
  softmax_cross_entropy: crossEntropy.softmaxCrossEntropyRule,
  sigmoid_cross_entropy: crossEntropy.sigmoidCrossEntropyRule,
  dropout: dropout.rule,
  batch_statistics: batchNormTraining.batchStatisticsRule,
  batch_norm_sums: batchNormTraining.batchNormSumsRule,
  batch_norm_gradient: batchNormTraining.batchNormGradientRule,
  global_norm: clip.globalNormRule,
  clip_gradient: clip.clipGradientRule,
  update: update.rule,
};

/** How to import a node, by the name of its TensorFlow op. */
export const importers: ReadonlyMap<string, OpImporter> = new Map(
  Object.entries({
    ...source.importers,
    ...conv2d.importers,
    ...batchNorm.importers,
    ...binary.importers,
    ...unary.importers,
    ...pool.importers,
    ...mean.importers,
    ...concat.importers,
    ...pad.importers,
    ...reshape.importers,
    ...matmul.importers,
    ...softmax.importers,
    ...resizeBilinear.importers,
    ...resample.importers,
    ...decodeImage.importers,
    ...cast.importers,
    ...shape.importers,
    ...slice.importers,
    ...transpose.importers,
    ...reduce.importers,
    ...spaceToBatch.importers,
    ...repeat.importers,
  }),
);

/** Shapes of a node's outputs by its op's rule, for inputs as they are now. */
export function inferShapes<K extends OpName>(
  node: Pick<NodeOf<K>, "op" | "attributes">,
  inputs: readonly Tensor[],
  written?: readonly Shape[],
): readonly Shape[] {
  const rule: OpRule<K> = rules[node.op];
  return rule.shape(inputs, node.attributes, written);
}

/** The element type of a node's outputs. */
export function inferType<K extends OpName>(
  node: Pick<NodeOf<K>, "op" | "attributes">,
  inputs: readonly Tensor[],
): DataType {
  const rule: OpRule<K> = rules[node.op];
  return rule.dtype?.(inputs, node.attributes) ?? inputs[0].dtype;
}
