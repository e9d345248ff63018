/**
 * MobileNet v1 (Howard and others 2017, arXiv:1704.04861), as a network of one's
 * own and as Keras has it, in all its widths.
 *
 * @module
 */
import type { BatchNormOptions, LayerGraph } from "../src/graph/layers.ts";
import type { Padding } from "../src/graph/geometry.ts";
import type { Architecture } from "./architecture.ts";
import { signedPixels, tensorflowResizing } from "./habits.ts";

/** Channels and stride of each pair of a depthwise and a pointwise convolution (table 1). */
export const mobilenetBlocks: readonly (
  readonly [channels: number, stride: 1 | 2]
)[] = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  ...Array.from({ length: 5 }, () => [512, 1] as const),
  [1024, 2],
  [1024, 1],
];

/** What stands in the names of layers, and around images. */
export interface MobilenetHabits {
  /** The convolution before the blocks, without and with what names its batch norm. */
  readonly stem: string;
  /** A block's convolution of each channel by itself; its number is from 1. */
  depthwise(number: number): string;
  /** A block's convolution of pixels. */
  pointwise(number: number): string;
  /** The batch norm behind a convolution. */
  normOf(layer: string): string;
  /** Around images where a window takes steps of two. */
  readonly strided: Padding;
  readonly norm?: BatchNormOptions;
}

/** Appends the layers up to the mean over height and width. */
export function mobilenetFeatures(
  layers: LayerGraph,
  x: string,
  { width, habits }: {
    /** Times the channels of each layer. */
    readonly width: number;
    readonly habits: MobilenetHabits;
  },
): string {
  const scaled = (channels: number) =>
    Math.max(8, Math.round(channels * width));
  const normed = (name: string, y: string) =>
    layers.batchNorm(habits.normOf(name), y, {
      ...habits.norm,
      activation: "relu6",
    });
  const same = { padding: "SAME", bias: false } as const;
  const stem = layers.convolution(habits.stem, x, {
    ...same,
    channels: scaled(32),
    size: 3,
    stride: 2,
  });
  let y = normed(habits.stem, stem);
  for (const [index, [channels, stride]] of mobilenetBlocks.entries()) {
    const [depthwise, pointwise] = [
      habits.depthwise(index + 1),
      habits.pointwise(index + 1),
    ];
    const padding = stride === 2 ? habits.strided : "SAME";
    const window = { size: 3, stride, padding, bias: false } as const;
    y = normed(depthwise, layers.depthwise(depthwise, y, window));
    const pixel = { ...same, channels: scaled(channels), size: 1 };
    y = normed(pointwise, layers.convolution(pointwise, y, pixel));
  }
  return layers.meanOverSpace("features", y);
}

/** Names of our own. */
export const ownMobilenet: MobilenetHabits = {
  stem: "conv_0",
  depthwise: (number) => `depthwise_${number}`,
  pointwise: (number) => `pointwise_${number}`,
  normOf: (layer) => `${layer}_norm`,
  strided: "SAME",
};

const keras: MobilenetHabits = {
  stem: "conv1",
  depthwise: (number) => `conv_dw_${number}`,
  pointwise: (number) => `conv_pw_${number}`,
  normOf: (layer) => `${layer}_bn`,
  // Unlike TensorFlow's SAME where the image is odd.
  strided: { top: 0, bottom: 1, left: 0, right: 1 },
  norm: { momentum: 0.99 },
};

/** MobileNet v1 of Keras, by its widths. */
export const mobilenetsV1: readonly Architecture[] = [0.25, 0.5, 0.75, 1]
  .map((width) => ({
    id: `keras/mobilenet_${width}`,
    title: `MobileNet v1 ${width} of Keras`,
    layout: "keras",
    size: 224,
    pixels: signedPixels,
    resizing: tensorflowResizing,
    classifier: "conv_preds",
    pointwise: ["conv_preds"],
    features: (layers, images) =>
      mobilenetFeatures(layers, images, { width, habits: keras }),
  }));
