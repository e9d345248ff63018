/**
 * A PNG writer for RGB pictures.
 *
 * @module
 */

import { crc32, deflateSync } from "node:zlib";
import { joinBytes } from "../bytes/join_bytes.ts";
import type { RgbImage } from "./rgb_image.ts";

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const bitDepth = 8;
const colorTypeRgb = 2;
/** Each byte is stored minus the byte above it, which suits photos and flat areas alike. */
const filterUp = 2;

/**
 * The picture as a PNG file: 8 bits a channel, no alpha, not interlaced.
 *
 * @see https://www.w3.org/TR/png-3/
 * @throws {RangeError} if the picture is empty or its pixels do not match its size.
 *
 * @example
 * ```ts
 * import { strictEqual } from "@std/assert";
 * const file = encodePng({ width: 1, height: 1, pixels: Uint8Array.of(255, 0, 0) });
 * strictEqual(new TextDecoder().decode(file.subarray(1, 4)), "PNG");
 * ```
 */
export function encodePng(image: RgbImage): Uint8Array<ArrayBuffer> {
  const { width, height, pixels } = image;
  if (width < 1 || height < 1 || pixels.length !== width * height * 3) {
    throw new RangeError(
      `A picture of ${width}x${height} needs RGB pixels of that size, got ${pixels.length} bytes`,
    );
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([bitDepth, colorTypeRgb], 8);
  return joinBytes([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(filterRows(image))),
    chunk("IEND", new Uint8Array()),
  ]);
}

function filterRows({ width, height, pixels }: RgbImage): Uint8Array {
  const stride = width * 3;
  const rows = new Uint8Array(height * (stride + 1));
  for (let y = 0; y < height; y++) {
    const row = rows.subarray(y * (stride + 1), (y + 1) * (stride + 1));
    row[0] = filterUp;
    for (let x = 0; x < stride; x++) {
      const above = y === 0 ? 0 : pixels[(y - 1) * stride + x];
      row[x + 1] = pixels[y * stride + x] - above;
    }
  }
  return rows;
}

/** Length, type, data, checksum of type and data. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
  return bytes;
}
