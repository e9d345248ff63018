/**
 * Pictures as the numbers that a network reads.
 *
 * @module
 */
import {
  augment,
  type Augmentation,
  type AugmentedPicture,
} from "./augment.ts";
import { resizeImage, type ResizeOptions, toGray } from "./resize.ts";
import type { RgbImage } from "./rgb_image.ts";

/**
 * Values from 0 to 255, `(height, width, channels)`: bytes where all of them are
 * whole numbers, as those of a picture that has the size already.
 */
export type Pixels = Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/** The size that a network reads, and of what. */
export interface PixelShape extends ResizeOptions {
  /** 1 for gray, 3 for colour. */
  readonly channels: number;
}

/** How pixels are changed for one epoch. */
export interface PixelChange extends Pick<AugmentedPicture, "seed" | "number"> {
  /** How much they may change. */
  readonly amounts: Augmentation;
}

/** A picture's pixels at the size that a network reads. */
export function pixelsOf(image: RgbImage, shape: PixelShape): Pixels {
  const colour = resizeImage(image, shape);
  return compact(shape.channels === 1 ? toGray(colour) : colour);
}

/** Pixels changed by chance, the same for the same seed and number. */
export function changePixels(
  pixels: Pixels,
  { amounts, ...chance }: PixelChange,
  shape: PixelShape,
): Float32Array<ArrayBuffer> {
  return augment(pixels, amounts, { ...shape, ...chance });
}

/** Bytes where nothing is lost. */
function compact(values: Float32Array<ArrayBuffer>): Pixels {
  const bytes = Uint8Array.from(values);
  return bytes.every((byte, at) => byte === values[at]) ? bytes : values;
}
