/**
 * Pixels at another size, as TensorFlow's ResizeBilinear makes them.
 *
 * @module
 */
import { packImages, resizeImages } from "../../kernels/resize_images.ts";
import type { RgbImage } from "./rgb_image.ts";

/** To which size, and how positions map. */
export interface ResizeOptions {
  /** Rows, in pixels. */
  readonly height: number;
  /** Columns, in pixels. */
  readonly width: number;
  /** TensorFlow's `align_corners` [false]. */
  readonly alignCorners?: boolean;
  /** TensorFlow's `half_pixel_centers` [false]. */
  readonly halfPixelCenters?: boolean;
}

/**
 * The pixels of a picture at another size, `(height, width, 3)` from 0 to 255:
 * by the reference of the GPU's kernel, so that both give the same numbers.
 */
export function resizeImage(
  { pixels: rgb, ...size }: RgbImage,
  { height, width, alignCorners = false, halfPixelCenters = false }:
    ResizeOptions,
): Float32Array<ArrayBuffer> {
  if (height === size.height && width === size.width) {
    return Float32Array.from(rgb);
  }
  const { pixels, table } = packImages([{ rgb, ...size, row: 0 }]);
  const resized = new Float32Array(height * width * 3);
  resizeImages.reference({
    params: { count: 1, outHeight: height, outWidth: width },
    variant: { alignCorners, halfPixelCenters },
    reads: [pixels, table],
    writes: [resized],
  });
  return resized;
}

/**
 * One value a pixel of three: its luma (ITU-R BT.601), which is the value itself
 * where all three are the same.
 */
export function toGray(rgb: Float32Array): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: rgb.length / 3 }, (_, pixel) => {
    const [red, green, blue] = rgb.subarray(pixel * 3);
    const isGray = red === green && green === blue;
    return isGray ? red : 0.299 * red + 0.587 * green + 0.114 * blue;
  });
}
