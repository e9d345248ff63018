/**
 * Windows that move over the images of a batch: the shape that the gradients of
 * convolutions and pools share, and the one loop of their references.
 *
 * @module
 */
import type { ParamType } from "./kernel.ts";

/** A batch of images, the windows over them and the outputs; pads are resolved. */
export type WindowShape = {
  /** Images. */
  batch: number;
  /** Rows of pixels of an input image. */
  inHeight: number;
  /** Columns of pixels of an input image. */
  inWidth: number;
  /** Rows of pixels of an output image. */
  outHeight: number;
  /** Columns of pixels of an output image. */
  outWidth: number;
  /** Rows of the window, before it is dilated. */
  windowHeight: number;
  /** Columns of the window, before it is dilated. */
  windowWidth: number;
  /** Rows from one window to the next. */
  strideHeight: number;
  /** Columns from one window to the next. */
  strideWidth: number;
  /** Rows from one place of the window to the next; 1 is dense. */
  dilationHeight: number;
  /** Columns from one place of the window to the next; 1 is dense. */
  dilationWidth: number;
  /** Rows of padding above the image. */
  padTop: number;
  /** Columns of padding left of the image. */
  padLeft: number;
};

/** A {@linkcode WindowShape} as fields of a uniform struct. */
export const windowParams: {
  readonly [K in keyof WindowShape]: ParamType;
} = {
  batch: "u32",
  inHeight: "u32",
  inWidth: "u32",
  outHeight: "u32",
  outWidth: "u32",
  windowHeight: "u32",
  windowWidth: "u32",
  strideHeight: "u32",
  strideWidth: "u32",
  dilationHeight: "u32",
  dilationWidth: "u32",
  padTop: "u32",
  padLeft: "u32",
};

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

/** Pixels of all input images. */
export function inputPixels(shape: WindowShape): number {
  return shape.batch * shape.inHeight * shape.inWidth;
}

/** Pixels of all output images. */
export function outputPixels(shape: WindowShape): number {
  return shape.batch * shape.outHeight * shape.outWidth;
}
