/**
 * RGB pixels to the bytes of a PNG or JPEG file.
 *
 * @module
 */

import createJpegEncoder from "@jsquash/jpeg/codec/enc/mozjpeg_enc.js";
import { defaultOptions } from "@jsquash/jpeg/meta.js";
import { crc32 } from "node:zlib";
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

const signature = new Uint8Array([
  0x89,
  0x50,
  0x4e,
  0x47,
  0x0d,
  0x0a,
  0x1a,
  0x0a,
]);

/**
 * Encodes a PNG file of 8-bit RGB (PNG specification, third edition).
 *
 * @example
 * ```ts
 * import { encodePng } from "./encode.ts";
 * const red = { width: 1, height: 1, pixels: new Uint8Array([255, 0, 0]) };
 * await Deno.writeFile("red.png", await encodePng(red));
 * ```
 */
export async function encodePng(image: RgbImage): Promise<Uint8Array> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, image.width);
  view.setUint32(4, image.height);
  const [bitDepth, colorTypeRgb] = [8, 2];
  header.set([bitDepth, colorTypeRgb], 8);
  const parts = [
    signature,
    chunk("IHDR", header),
    chunk("IDAT", await deflate(filterRows(image))),
    chunk("IEND", new Uint8Array()),
  ];
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

function chunk(name: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(body.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, body.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(body, 8);
  view.setUint32(bytes.length - 4, crc32(bytes.subarray(4, -4)));
  return bytes;
}

async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const compressed = new Blob([bytes]).stream().pipeThrough(
    new CompressionStream("deflate"),
  );
  return new Uint8Array(await new Response(compressed).arrayBuffer());
}

// Filter 4 (Paeth) on every row: the best single choice for photos, and flat areas become zeros.
function filterRows(
  { width, height, pixels }: RgbImage,
): Uint8Array<ArrayBuffer> {
  const paethFilter = 4;
  const stride = width * 3;
  const filtered = new Uint8Array(height * (stride + 1));
  for (let row = 0, to = 0; row < height; row++) {
    filtered[to++] = paethFilter;
    const start = row * stride;
    for (let at = start; at < start + stride; at++) {
      const left = at - start < 3 ? 0 : pixels[at - 3];
      const above = row === 0 ? 0 : pixels[at - stride];
      const corner = at - start < 3 || row === 0 ? 0 : pixels[at - stride - 3];
      filtered[to++] = pixels[at] - paeth(left, above, corner);
    }
  }
  return filtered;
}

// Whichever neighbour is nearest to left + above - corner; ties in that order.
function paeth(left: number, above: number, corner: number): number {
  const leftDistance = Math.abs(above - corner);
  const aboveDistance = Math.abs(left - corner);
  const cornerDistance = Math.abs(left + above - 2 * corner);
  if (leftDistance <= aboveDistance && leftDistance <= cornerDistance) {
    return left;
  }
  return aboveDistance <= cornerDistance ? above : corner;
}
