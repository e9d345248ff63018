/**
 * The small convolutional network that tutorials train on handwritten digits.
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
