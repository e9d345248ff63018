/**
 * The ops a graph is made of: attributes by op, a rule for each, and the
 * TensorFlow ops that become them. A new op is one file and its lines here.
 *
 * @module
 */
import type { NodeOf, OpName, Shape, Tensor } from "../ir.ts";
import type { OpImporter, OpRule } from "./_rule.ts";
import { aliasImporters } from "./alias.ts";
import {
  type BatchNormAttributes,
  batchNormImporters,
  batchNormRule,
} from "./batch_norm.ts";
import {
  type BinaryAttributes,
  binaryImporters,
  binaryRule,
} from "./binary.ts";
import { type CastAttributes, castImporters, castRule } from "./cast.ts";
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
  type DecodeImageAttributes,
  decodeImageImporters,
  decodeImageRule,
} from "./decode_image.ts";
import {
  type MatmulAttributes,
  matmulImporters,
  matmulRule,
} from "./matmul.ts";
import { type MeanAttributes, meanImporters, meanRule } from "./mean.ts";
import { type PadAttributes, padImporters, padRule } from "./pad.ts";
import {
  avgPoolRule,
  maxPoolRule,
  type PoolAttributes,
  poolImporters,
} from "./pool.ts";
import { reshapeImporters, reshapeRule } from "./reshape.ts";
import {
  type ResizeBilinearAttributes,
  resizeBilinearImporters,
  resizeBilinearRule,
} from "./resize_bilinear.ts";
import { shapeImporters } from "./shape.ts";
import { softmaxImporters, softmaxRule } from "./softmax.ts";
import { sourceImporters } from "./source.ts";
import { type UnaryAttributes, unaryImporters, unaryRule } from "./unary.ts";

export type {
  ImportContext,
  Imported,
  ImportedNode,
  OpImporter,
  OpRule,
  Value,
} from "./_rule.ts";
export type {
  BatchNormAttributes,
  BinaryAttributes,
  CastAttributes,
  ConcatAttributes,
  Conv2dAttributes,
  DecodeImageAttributes,
  MatmulAttributes,
  MeanAttributes,
  PadAttributes,
  PoolAttributes,
  ResizeBilinearAttributes,
  UnaryAttributes,
};
export type { BinaryFunction } from "./binary.ts";
export type { UnaryFunction } from "./unary.ts";

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
