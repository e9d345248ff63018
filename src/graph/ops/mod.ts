/**
 * The ops a graph is made of: attributes by op, a rule for each, and the
 * TensorFlow ops that become them. A new op is one file and its lines here.
 *
 * @module
 */
import type { DataType, NodeOf, OpName, Shape, Tensor } from "../ir.ts";
import type { OpImporter, OpRule } from "./_rule.ts";
import {
  type ActivationGradientAttributes,
  activationGradientRule,
} from "./activation_gradient.ts";
import { aliasImporters } from "./alias.ts";
import {
  type BatchNormAttributes,
  batchNormImporters,
  batchNormRule,
} from "./batch_norm.ts";
import {
  type BatchNormGradientAttributes,
  batchNormGradientRule,
  batchNormSumsRule,
  type BatchStatisticsAttributes,
  batchStatisticsRule,
} from "./batch_norm_training.ts";
import {
  type BinaryAttributes,
  binaryImporters,
  binaryRule,
} from "./binary.ts";
import { type CastAttributes, castImporters, castRule } from "./cast.ts";
import {
  type ClipAttributes,
  clipGradientRule,
  type GlobalNormAttributes,
  globalNormRule,
} from "./clip.ts";
import {
  type ConcatAttributes,
  concatImporters,
  concatRule,
} from "./concat.ts";
import {
  type Conv2dAttributes,
  conv2dImporters,
  conv2dRule,
  depthwiseConv2dRule,
} from "./conv2d.ts";
import {
  conv2dFilterGradientRule,
  type Conv2dGradientAttributes,
  conv2dInputGradientRule,
  depthwiseFilterGradientRule,
  depthwiseInputGradientRule,
} from "./conv2d_gradient.ts";
import {
  type CrossEntropyAttributes,
  sigmoidCrossEntropyRule,
  softmaxCrossEntropyRule,
} from "./cross_entropy.ts";
import {
  type DecodeImageAttributes,
  decodeImageImporters,
  decodeImageRule,
} from "./decode_image.ts";
import { type DropoutAttributes, dropoutRule } from "./dropout.ts";
import { type GatherAttributes, gatherRule } from "./gather.ts";
import {
  type MatmulAttributes,
  matmulImporters,
  matmulRule,
} from "./matmul.ts";
import { type MeanAttributes, meanImporters, meanRule } from "./mean.ts";
import {
  type MeanGradientAttributes,
  meanGradientRule,
} from "./mean_gradient.ts";
import { type PadAttributes, padImporters, padRule } from "./pad.ts";
import {
  avgPoolRule,
  maxPoolRule,
  type PoolAttributes,
  poolImporters,
} from "./pool.ts";
import {
  avgPoolGradientRule,
  maxPoolGradientRule,
  type PoolGradientAttributes,
} from "./pool_gradient.ts";
import { reshapeImporters, reshapeRule } from "./reshape.ts";
import {
  type ResizeBilinearAttributes,
  resizeBilinearImporters,
  resizeBilinearRule,
} from "./resize_bilinear.ts";
import { shapeImporters } from "./shape.ts";
import { type SliceAttributes, sliceRule } from "./slice.ts";
import { softmaxImporters, softmaxRule } from "./softmax.ts";
import { sourceImporters } from "./source.ts";
import { sumRowsRule } from "./sum_rows.ts";
import { type UnaryAttributes, unaryImporters, unaryRule } from "./unary.ts";
import { type UpdateAttributes, updateRule } from "./update.ts";

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
export type {
  ActivationGradientAttributes,
  BatchNormAttributes,
  BatchNormGradientAttributes,
  BatchStatisticsAttributes,
  BinaryAttributes,
  CastAttributes,
  ClipAttributes,
  ConcatAttributes,
  Conv2dAttributes,
  Conv2dGradientAttributes,
  CrossEntropyAttributes,
  DecodeImageAttributes,
  DropoutAttributes,
  GatherAttributes,
  GlobalNormAttributes,
  MatmulAttributes,
  MeanAttributes,
  MeanGradientAttributes,
  PadAttributes,
  PoolAttributes,
  PoolGradientAttributes,
  ResizeBilinearAttributes,
  SliceAttributes,
  UnaryAttributes,
  UpdateAttributes,
};
export type { ActivationFunction } from "../../../kernels/activation.ts";
export type { BinaryFunction } from "../../../kernels/binary.ts";
export type { UnaryFunction } from "../../../kernels/unary.ts";
export type { ResizeRules } from "../../../kernels/resize_bilinear.ts";

/** No attributes. */
export type NoAttributes = Readonly<Record<string, never>>;

/** The ops by name, with their attributes; inputs are told in each op's file. */
export interface OpAttributes {
  /** `[x, filter HWIO, bias?]` */
  conv2d: Conv2dAttributes;
  /** `[x, filter (height, width, channels, multiplier), bias?]` */
  depthwise_conv2d: Conv2dAttributes;
  /** `[x, mean, variance, beta, gamma]` */
  batch_norm: BatchNormAttributes;
  /** `[a, b]`, broadcast as NumPy does */
  binary: BinaryAttributes;
  /** `[x]` */
  unary: UnaryAttributes;
  /** `[x]` */
  max_pool: PoolAttributes;
  /** `[x]` */
  avg_pool: PoolAttributes;
  /** `[x]` */
  mean: MeanAttributes;
  /** `[x, ...]` */
  concat: ConcatAttributes;
  /** `[x]` */
  pad: PadAttributes;
  /** `[x]`; the output's shape says it all */
  reshape: NoAttributes;
  /** `[a, b, bias?]` */
  matmul: MatmulAttributes;
  /** `[logits]` */
  softmax: NoAttributes;
  /** `[images]` */
  resize_bilinear: ResizeBilinearAttributes;
  /** `[contents]` */
  decode_image: DecodeImageAttributes;
  /** `[x]` */
  cast: CastAttributes;

  // What only training makes.
  /** `[dy, y]` */
  activation_gradient: ActivationGradientAttributes;
  /** `[dy, filter]` */
  conv2d_input_gradient: Conv2dGradientAttributes;
  /** `[x, dy]` */
  conv2d_filter_gradient: Conv2dGradientAttributes;
  /** `[dy, filter]` */
  depthwise_input_gradient: Conv2dGradientAttributes;
  /** `[x, dy]` */
  depthwise_filter_gradient: Conv2dGradientAttributes;
  /** `[dy, x, y]` */
  max_pool_gradient: PoolGradientAttributes;
  /** `[dy]` */
  avg_pool_gradient: PoolGradientAttributes;
  /** `[dy]` */
  mean_gradient: MeanGradientAttributes;
  /** `[x]` */
  slice: SliceAttributes;
  /** `[x]`, summed over all axes but the last */
  sum_rows: NoAttributes;
  /** `[data, batches, counter]` */
  gather: GatherAttributes;
  /** `[logits, labels, counter]` to the logits' gradient, progress and counter */
  softmax_cross_entropy: CrossEntropyAttributes;
  /** likewise, for one logit a row */
  sigmoid_cross_entropy: CrossEntropyAttributes;
  /** `[x, counter?, start?]` */
  dropout: DropoutAttributes;
  /** `[x, moving mean, moving variance, counter, start]` to mean, variance and the new moving ones */
  batch_statistics: BatchStatisticsAttributes;
  /** `[x, dy, mean, variance]` to the gradients of beta and gamma */
  batch_norm_sums: BatchNormGradientAttributes;
  /** `[dy, variance, gamma, x?, mean?, dbeta?, dgamma?]` */
  batch_norm_gradient: BatchNormGradientAttributes;
  /** `[gradient, ...]` to norm and factor */
  global_norm: GlobalNormAttributes;
  /** `[gradient, norm?]` */
  clip_gradient: ClipAttributes;
  /** `[variable, gradient, schedule, counter, ...moments]` to variable and moments */
  update: UpdateAttributes;
}

/** A rule for each op. */
export const rules: { readonly [K in OpName]: OpRule<K> } = {
  conv2d: conv2dRule,
  depthwise_conv2d: depthwiseConv2dRule,
  batch_norm: batchNormRule,
  binary: binaryRule,
  unary: unaryRule,
  max_pool: maxPoolRule,
  avg_pool: avgPoolRule,
  mean: meanRule,
  concat: concatRule,
  pad: padRule,
  reshape: reshapeRule,
  matmul: matmulRule,
  softmax: softmaxRule,
  resize_bilinear: resizeBilinearRule,
  decode_image: decodeImageRule,
  cast: castRule,
  activation_gradient: activationGradientRule,
  conv2d_input_gradient: conv2dInputGradientRule,
  conv2d_filter_gradient: conv2dFilterGradientRule,
  depthwise_input_gradient: depthwiseInputGradientRule,
  depthwise_filter_gradient: depthwiseFilterGradientRule,
  max_pool_gradient: maxPoolGradientRule,
  avg_pool_gradient: avgPoolGradientRule,
  mean_gradient: meanGradientRule,
  slice: sliceRule,
  sum_rows: sumRowsRule,
  gather: gatherRule,
  softmax_cross_entropy: softmaxCrossEntropyRule,
  sigmoid_cross_entropy: sigmoidCrossEntropyRule,
  dropout: dropoutRule,
  batch_statistics: batchStatisticsRule,
  batch_norm_sums: batchNormSumsRule,
  batch_norm_gradient: batchNormGradientRule,
  global_norm: globalNormRule,
  clip_gradient: clipGradientRule,
  update: updateRule,
};

/** How to import a node, by the name of its TensorFlow op. */
export const importers: ReadonlyMap<string, OpImporter> = new Map([
  ...Object.entries(sourceImporters),
  ...Object.entries(aliasImporters),
  ...Object.entries(conv2dImporters),
  ...Object.entries(batchNormImporters),
  ...Object.entries(binaryImporters),
  ...Object.entries(unaryImporters),
  ...Object.entries(poolImporters),
  ...Object.entries(meanImporters),
  ...Object.entries(concatImporters),
  ...Object.entries(padImporters),
  ...Object.entries(reshapeImporters),
  ...Object.entries(matmulImporters),
  ...Object.entries(softmaxImporters),
  ...Object.entries(resizeBilinearImporters),
  ...Object.entries(decodeImageImporters),
  ...Object.entries(castImporters),
  ...Object.entries(shapeImporters),
]);

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
