/**
 * Networks of one's own, with fresh weights.
 *
 * @module
 */
import type { Graph } from "../src/graph/ir.ts";
import { LayerGraph } from "../src/graph/layers.ts";
import {
  mobilenetBlocks,
  mobilenetFeatures,
  ownMobilenet,
} from "./mobilenet_v1.ts";

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
  const images = layers.input("images", [batch, size, size, 3]);
  const x = layers.affine("scale", images, { factor: 1 / 127.5, offset: -1 });
  const options = { width, habits: ownMobilenet };
  return layers.finish(mobilenetFeatures(layers, x, options));
}
