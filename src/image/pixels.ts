/**
 * Pictures as the numbers that a network reads.
 *
 * @module
 */
import {
  packResampled,
  resampleImages,
  type Resampling,
} from "../../kernels/resample_images.ts";
import { packImages, resizeImages } from "../../kernels/resize_images.ts";
import type { RgbImage } from "./rgb_image.ts";

/** To which size, and how positions map. */
export interface ResizeOptions {
  readonly height: number;
  readonly width: number;
  /** TensorFlow's `align_corners` [false]. */
  readonly alignCorners?: boolean;
  /** TensorFlow's `half_pixel_centers` [false]. */
  readonly halfPixelCenters?: boolean;
  /** Present where Pillow's way takes the place of TensorFlow's. */
  readonly resampling?: Resampling;
}

/**
 * The pixels of a picture at another size, `(height, width, 3)` from 0 to 255:
 * by the reference of the GPU's kernel, so that both give the same numbers.
 */
export function resizeImage(
  { pixels: rgb, ...size }: RgbImage,
  options: ResizeOptions,
): Float32Array<ArrayBuffer> {
  const { height, width, resampling } = options;
  const { alignCorners = false, halfPixelCenters = false } = options;
  if (resampling) {
    return resample({ rgb, ...size, row: 0 }, options, resampling);
  }
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

function resample(
  photo: Parameters<typeof packResampled>[0][number],
  { height, width }: ResizeOptions,
  resampling: Resampling,
): Float32Array<ArrayBuffer> {
  const out = { height, width };
  const { pixels, table, windows } = packResampled([photo], {
    ...resampling,
    out,
  });
  const resampled = new Float32Array(height * width * 3);
  resampleImages.reference({
    params: { count: 1, outHeight: height, outWidth: width },
    variant: {},
    reads: [pixels, table, windows],
    writes: [resampled],
  });
  return resampled;
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

/** A picture's pixels at the size that a network reads. */
export function pixelsOf(image: RgbImage, shape: PixelShape): Pixels {
  const colour = resizeImage(image, shape);
  return compact(shape.channels === 1 ? toGray(colour) : colour);
}

/** Bytes where nothing is lost. */
function compact(values: Float32Array<ArrayBuffer>): Pixels {
  const bytes = Uint8Array.from(values);
  return bytes.every((byte, at) => byte === values[at]) ? bytes : values;
}
