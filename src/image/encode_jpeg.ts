/**
 * RGB pixels to the bytes of a JPEG file.
 *
 * @module
 */

import { asCodecFailure, RawCodec } from "./_raw_codec.ts";
import type { RgbImage } from "./rgb_image.ts";

/**
 * Encodes a JPEG file (libjpeg-turbo, progressive; below quality 90 at half the resolution of colour). The encoder is loaded on
 * the first call.
 *
 * @param quality 0 to 100; 75 is good for a thumbnail.
 */
export async function encodeJpeg(
  { width, height, pixels }: RgbImage,
  quality: number,
): Promise<Uint8Array> {
  const { jpegEncoder } = await import("./_jpeg_encoder.js");
  return asCodecFailure(() => {
    const codec = new RawCodec(jpegEncoder);
    const from = codec.write(pixels);
    const file = codec.call("encode", from, width, height, quality);
    return codec.view(file, codec.call("length")).slice();
  });
}
