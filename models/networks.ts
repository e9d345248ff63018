/**
 * Networks of one's own, with fresh weights.
 *
 * @module
 */
import type { Graph } from "../src/graph/ir.ts";
import { LayerGraph } from "../src/graph/layers.ts";

/** How large a native network is, and where its weights start. */
export interface NativeNetworkOptions {
  /** Images of a batch. */
  readonly batch: number;
  /** Height and width of its images, in pixels. */
  readonly size: number;
  /** Decides the initial weights. */
  readonly seed: number;
}

/** The smallest image of which two convolutions and pools leave a pixel. */
export const smallestCnnSize = 10;

/**
 * The small convolutional network that tutorials train on handwritten digits.
 *
 * From gray images `(batch, size, size, 1)` of 0 to 255 to features `(batch,
 * n)`: twice a convolution 3x3 (32, then 64 channels) with ReLU and a maximum of
 * 2x2, without padding, then all in a row. A head of dense 64, dropout 0.5 and
 * dense classes makes it the network of the Keras tutorial.
 */
export function smallCnn({ batch, size, seed }: NativeNetworkOptions): Graph {
  const layers = new LayerGraph({ seed });
  const images = layers.input("images", [batch, size, size, 1]);
  let x = layers.affine("scale", images, { factor: 1 / 255 });
  for (const [index, channels] of [32, 64].entries()) {
    const number = index + 1;
    x = layers.convolution(`conv_${number}`, x, {
      channels,
      size: 3,
      activation: "relu",
    });
    x = layers.maxPool(`pool_${number}`, x, { size: 2, stride: 2 });
  }
  return layers.finish(layers.flatten("features", x));
}

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

/**
 * The layers of {@linkcode mobilenetV1} by the names of Keras's MobileNet, in the
 * order of its `model.layers`, each with our name for what it is a part of.
 */
export const mobilenetLayers: readonly (
  readonly [keras: string, ours: string]
)[] = [
  ["input_1", "images"],
  ["conv1", "conv_0"],
  ["conv1_bn", "conv_0_norm"],
  ["conv1_relu", "conv_0_norm"],
  ...mobilenetBlocks.flatMap(([, stride], index) => {
    const number = index + 1;
    const [depthwise, pointwise] = [`conv_dw_${number}`, `conv_pw_${number}`];
    const parts = [
      [depthwise, `depthwise_${number}`],
      [`${depthwise}_bn`, `depthwise_${number}_norm`],
      [`${depthwise}_relu`, `depthwise_${number}_norm`],
      [pointwise, `pointwise_${number}`],
      [`${pointwise}_bn`, `pointwise_${number}_norm`],
      [`${pointwise}_relu`, `pointwise_${number}_norm`],
    ] as const;
    const pad = [`conv_pad_${number}`, `depthwise_${number}`] as const;
    return stride === 2 ? [pad, ...parts] : parts;
  }),
  ["global_average_pooling2d", "features"],
];

/**
 * MobileNet v1 (Howard and others 2017, arXiv:1704.04861).
 *
 * From colour images `(batch, size, size, 3)` of 0 to 255 to features `(batch,
 * 1024 * width)`. Each convolution is followed by a batch norm with a ReLU up to
 * 6; images become `pixel / 127.5 - 1`.
 */
export function mobilenetV1(
  { batch, size, seed, width = 0.25 }: NativeNetworkOptions & {
    /** Times the channels of each layer [0.25]. */
    readonly width?: number;
  },
): Graph {
  const layers = new LayerGraph({ seed });
  const scaled = (channels: number) =>
    Math.max(8, Math.round(channels * width));
  const images = layers.input("images", [batch, size, size, 3]);
  let x = layers.affine("scale", images, { factor: 1 / 127.5, offset: -1 });
  const block = {
    padding: "SAME",
    bias: false,
  } as const;
  const norm = (name: string) =>
    layers.batchNorm(`${name}_norm`, x, { activation: "relu6" });
  x = layers.convolution("conv_0", x, {
    ...block,
    channels: scaled(32),
    size: 3,
    stride: 2,
  });
  x = norm("conv_0");
  for (const [index, [channels, stride]] of mobilenetBlocks.entries()) {
    const number = index + 1;
    x = layers.depthwise(`depthwise_${number}`, x, {
      ...block,
      size: 3,
      stride,
    });
    x = norm(`depthwise_${number}`);
    x = layers.convolution(`pointwise_${number}`, x, {
      ...block,
      channels: scaled(channels),
      size: 1,
    });
    x = norm(`pointwise_${number}`);
  }
  return layers.finish(layers.meanOverSpace("features", x));
}
