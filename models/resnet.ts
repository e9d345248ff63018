/**
 * ResNet (He and others 2016, arXiv:1512.03385) as torchvision and Keras have it.
 *
 * @module
 */
import type { BatchNormOptions, LayerGraph } from "../src/graph/layers.ts";
import type { Architecture } from "./architecture.ts";
import {
  caffePixels,
  imagenetPixels,
  tensorflowResizing,
  torchNorm,
  torchvisionResizing,
} from "./habits.ts";

/** A layer and the batch norm behind it. */
type ConvolutionNames = readonly [layer: string, norm: string];

/** What two frameworks do in different ways. */
interface ResNetHabits {
  readonly stem: ConvolutionNames;
  /** Convolution `n` of a block, from 1. */
  convolution(block: string, n: number): ConvolutionNames;
  shortcut(block: string): ConvolutionNames;
  /** A block by its stage, from 1, and its place there, from 0. */
  block(stage: number, at: number): string;
  /** What the sum at the end of a block is called. */
  sum(block: string): string;
  /** Whether convolutions add a number a channel. */
  readonly bias: boolean;
  /** Which convolution of a bottleneck takes the steps. */
  readonly strided: 1 | 2;
  readonly norm: BatchNormOptions;
}

const torchvision: ResNetHabits = {
  stem: ["conv1", "bn1"],
  convolution: (block, n) => [`${block}.conv${n}`, `${block}.bn${n}`],
  shortcut: (block) => [`${block}.downsample.0`, `${block}.downsample.1`],
  block: (stage, at) => `layer${stage}.${at}`,
  sum: (block) => block,
  bias: false,
  strided: 2,
  norm: torchNorm,
};

const keras: ResNetHabits = {
  stem: ["conv1_conv", "conv1_bn"],
  convolution: (block, n) => [`${block}_${n}_conv`, `${block}_${n}_bn`],
  shortcut: (block) => [`${block}_0_conv`, `${block}_0_bn`],
  block: (stage, at) => `conv${stage + 1}_block${at + 1}`,
  sum: (block) => `${block}_out`,
  bias: true,
  strided: 1,
  norm: { epsilon: 1.001e-5, momentum: 0.99 },
};

interface ResNetSize {
  /** Blocks of each stage. */
  readonly blocks: readonly number[];
  /** Whether a block is 1x1, 3x3, 1x1 with four times the channels, or twice 3x3. */
  readonly isBottleneck: boolean;
}

function features(
  layers: LayerGraph,
  images: string,
  { blocks, isBottleneck, habits }: ResNetSize & {
    readonly habits: ResNetHabits;
  },
): string {
  const convolve = (
    [layer, norm]: ConvolutionNames,
    x: string,
    { activation = "relu", ...options }: {
      readonly channels: number;
      readonly size: number;
      readonly stride?: number;
      readonly activation?: "relu" | "none";
    },
  ) => {
    const { bias } = habits;
    const padding = (options.size - 1) / 2;
    const y = layers.convolution(layer, x, { ...options, padding, bias });
    return layers.batchNorm(norm, y, { ...habits.norm, activation });
  };
  let x = convolve(habits.stem, images, { channels: 64, size: 7, stride: 2 });
  x = layers.maxPool("pool1", x, { size: 3, stride: 2, padding: 1 });
  for (const [index, count] of blocks.entries()) {
    const inner = 64 * 2 ** index;
    const outer = isBottleneck ? 4 * inner : inner;
    for (let at = 0; at < count; at++) {
      const block = habits.block(index + 1, at);
      const stride = index > 0 && at === 0 ? 2 : 1;
      const sizes = isBottleneck ? [1, 3, 1] : [3, 3];
      const strided = isBottleneck ? habits.strided : 1;
      const isWidened = at === 0 && (stride > 1 || isBottleneck);
      const shortcut = isWidened
        ? convolve(habits.shortcut(block), x, {
          channels: outer,
          size: 1,
          stride,
          activation: "none",
        })
        : x;
      const y = sizes.reduce((input, size, place) => {
        const isLast = place === sizes.length - 1;
        return convolve(habits.convolution(block, place + 1), input, {
          channels: isLast ? outer : inner,
          size,
          stride: place + 1 === strided ? stride : 1,
          activation: isLast ? "none" : "relu",
        });
      }, x);
      x = layers.combine(habits.sum(block), [y, shortcut], {
        function: "add",
        activation: "relu",
      });
    }
  }
  return layers.meanOverSpace("avgpool", x);
}

function torchvisionResnet(layers: number, size: ResNetSize): Architecture {
  return {
    id: `torchvision/resnet${layers}`,
    title: `ResNet-${layers} of torchvision`,
    layout: "torch",
    size: 224,
    pixels: imagenetPixels,
    resizing: torchvisionResizing,
    classifier: "fc",
    features: (graph, images) =>
      features(graph, images, { ...size, habits: torchvision }),
  };
}

const bottlenecks50 = { blocks: [3, 4, 6, 3], isBottleneck: true } as const;

/** ResNet-18, 34 and 50; timm's names for the first kind are torchvision's. */
export const resnets: readonly Architecture[] = [
  torchvisionResnet(18, { blocks: [2, 2, 2, 2], isBottleneck: false }),
  torchvisionResnet(34, { blocks: [3, 4, 6, 3], isBottleneck: false }),
  torchvisionResnet(50, bottlenecks50),
  {
    id: "keras/resnet50",
    title: "ResNet-50 of Keras",
    layout: "keras",
    size: 224,
    pixels: caffePixels,
    resizing: tensorflowResizing,
    classifier: "predictions",
    features: (graph, images) =>
      features(graph, images, { ...bottlenecks50, habits: keras }),
  },
];
