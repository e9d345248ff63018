/**
 * RGB pixels to the bytes of a JPEG file.
 *
 * @module
 */

import createJpegEncoder from "@jsquash/jpeg/codec/enc/mozjpeg_enc.js";
import { defaultOptions } from "@jsquash/jpeg/meta.js";
import { EmscriptenCodec } from "./_emscripten.ts";
import type { RgbImage } from "./rgb_image.ts";
import { jpegEncoder } from "./_wasm.js";

const mozjpeg = new EmscriptenCodec<{
  encode(
    rgba: Uint8Array,
    width: number,
    height: number,
    options: typeof defaultOptions,
  ): Uint8Array;
}>(createJpegEncoder, jpegEncoder);

/**
 * Encodes a JPEG file (MozJPEG, progressive).
 *
 * @param quality 0 to 100; 75 is good for a thumbnail.
 */
export async function encodeJpeg(
  image: RgbImage,
  quality: number,
): Promise<Uint8Array> {
  const { width, height, pixels } = image;
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let from = 0, to = 0; from < pixels.length; from += 3, to += 4) {
    rgba.set(pixels.subarray(from, from + 3), to);
  }
  const options = { ...defaultOptions, quality };
  const { result } = await mozjpeg.call((codec) =>
    codec.encode(rgba, width, height, options).slice()
  );
  return result;
}
