/**
 * Windows that move over the images of a batch: the shape that convolutions,
 * pools and their gradients share, and the one loop of their references.
 *
 * @module
 */
import type { BufferData, Cost, ParamsOf } from "./kernel.ts";
import { fitTexels } from "./texels.ts";

/** A window and how it moves, as fields of a uniform struct. */
export const movingParams = {
  /** Before it is dilated. */
  windowHeight: "u32",
  windowWidth: "u32",
  /** Rows from one window to the next. */
  strideHeight: "u32",
  strideWidth: "u32",
  /** Rows from one place of the window to the next; 1 is dense. */
  dilationHeight: "u32",
  dilationWidth: "u32",
  /** Rows above the image. */
  padTop: "u32",
  /** Columns left of the image. */
  padLeft: "u32",
} as const;

/** A batch of images, the windows over them and the outputs. */
export const windowParams = {
  batch: "u32",
  inHeight: "u32",
  inWidth: "u32",
  outHeight: "u32",
  outWidth: "u32",
  ...movingParams,
} as const;

export type WindowShape = ParamsOf<typeof windowParams>;

/** One place of one window that lies in the image. */
export interface Tap {
  /** The pixel of the input, counted through the batch. */
  readonly input: number;
  /** The pixel of the output, counted through the batch. */
  readonly output: number;
  /** The place in the window: row * windowWidth + column. */
  readonly place: number;
}

/**
 * Calls `visit` for each tap, window after window and in each window row by
 * row, the order in which TensorFlow looks for a maximum.
 */
export function forEachTap(
  shape: WindowShape,
  visit: (tap: Tap) => void,
): void {
  const { inHeight, inWidth, outHeight, outWidth, windowWidth } = shape;
  const outputs = shape.batch * outHeight * outWidth;
  for (let output = 0; output < outputs; output++) {
    const line = Math.floor(output / outWidth);
    const image = Math.floor(line / outHeight);
    const top = line % outHeight * shape.strideHeight - shape.padTop;
    const left = output % outWidth * shape.strideWidth - shape.padLeft;
    for (let place = 0; place < shape.windowHeight * windowWidth; place++) {
      const row = top +
        Math.floor(place / windowWidth) * shape.dilationHeight;
      const column = left + place % windowWidth * shape.dilationWidth;
      if (row < 0 || row >= inHeight || column < 0 || column >= inWidth) {
        continue;
      }
      const input = (image * inHeight + row) * inWidth + column;
      visit({ input, output, place });
    }
  }
}

/** Writes rows of `channels` values into those of a buffer `yStride` wide, from `yOffset` on. */
export function storeRows(
  values: Float64Array,
  y: BufferData,
  { channels, yStride, yOffset }: {
    readonly channels: number;
    readonly yStride: number;
    readonly yOffset: number;
  },
): void {
  for (const [at, value] of values.entries()) {
    const row = Math.floor(at / channels);
    y[row * yStride + yOffset + at % channels] = value;
  }
}

export function inputPixels(shape: WindowShape): number {
  return shape.batch * shape.inHeight * shape.inWidth;
}

export function outputPixels(shape: WindowShape): number {
  return shape.batch * shape.outHeight * shape.outWidth;
}

/** Channels of the images on either side of the windows. */
export interface WindowChannels {
  readonly inChannels: number;
  readonly outChannels: number;
}

/** Whether the images on both sides can be read as texels. */
export function windowFitsTexels(
  shape: WindowShape,
  { inChannels, outChannels }: WindowChannels,
): boolean {
  return fitTexels(inputPixels(shape) * inChannels) &&
    fitTexels(outputPixels(shape) * outChannels);
}

/**
 * The work of a convolution, or of either of its gradients, with so many
 * filters of each input channel; of the filter's gradient in parts.
 */
export function convolutionCost(
  shape: WindowShape,
  { inChannels, outChannels, filters, parts = 1 }: WindowChannels & {
    readonly filters: number;
    readonly parts?: number;
  },
): Cost {
  const weights = shape.windowHeight * shape.windowWidth * inChannels * filters;
  return {
    flops: 2 * outputPixels(shape) * weights,
    bytes: 4 *
      (inputPixels(shape) * inChannels + outputPixels(shape) * outChannels +
        parts * weights),
  };
}

/** A small window with a stride and a pad on one side, for self-tests. */
export const windowExample: WindowShape = {
  batch: 1,
  inHeight: 3,
  inWidth: 5,
  outHeight: 2,
  outWidth: 3,
  windowHeight: 3,
  windowWidth: 3,
  strideHeight: 2,
  strideWidth: 2,
  dilationHeight: 1,
  dilationWidth: 1,
  padTop: 1,
  padLeft: 1,
};
