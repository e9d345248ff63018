/**
 * How a stored picture stands: read from its EXIF block, and undone.
 *
 * @module
 */

import type { RgbImage } from "./rgb_image.ts";
import { latin1 } from "./sniff.ts";

/** EXIF tag 0x0112: how the stored picture must be turned or mirrored to stand upright; 1 is upright. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const orientations: readonly Orientation[] = [1, 2, 3, 4, 5, 6, 7, 8];

const orientationTag = 0x0112;
const shortType = 3;
const entryBytes = 12;

/**
 * Reads the orientation out of an EXIF block.
 *
 * Cameras and editors write broken blocks; whatever cannot be read means 1.
 *
 * @param block A TIFF structure (`II` or `MM` first), with or without `Exif\0\0` before it.
 */
export function readOrientation(block: Uint8Array): Orientation {
  const tiff = latin1(block, 0, 6) === "Exif\0\0" ? block.subarray(6) : block;
  const order = latin1(tiff, 0, 2);
  if (tiff.length < 10 || (order !== "II" && order !== "MM")) return 1;
  const littleEndian = order === "II";
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const directory = view.getUint32(4, littleEndian);
  if (directory > tiff.length - 2) return 1;
  const count = view.getUint16(directory, littleEndian);
  for (let index = 0; index < count; index++) {
    const entry = directory + 2 + index * entryBytes;
    if (entry + entryBytes > tiff.length) return 1;
    if (view.getUint16(entry, littleEndian) !== orientationTag) continue;
    if (view.getUint16(entry + 2, littleEndian) !== shortType) return 1;
    const value = view.getUint16(entry + 8, littleEndian);
    return orientations.find((known) => known === value) ?? 1;
  }
  return 1;
}

/** Where a walk over the upright picture starts in the stored one, and how far each step goes, in pixels. */
interface Walk {
  readonly start: number;
  readonly right: number;
  readonly down: number;
}

/**
 * Turns and mirrors a stored picture upright.
 *
 * The eight cases are those of the EXIF 2.3 standard, tag 0x0112: 2 and 4 mirror, 3 turns by 180
 * degrees, 6 and 8 by 90 degrees to the right and to the left, 5 and 7 transpose.
 *
 * @returns The same image for orientation 1, a new one for all others; width and height change places from 5 on.
 */
export function turnUpright(
  image: RgbImage,
  orientation: Orientation,
): RgbImage {
  if (orientation === 1) return image;
  const sideways = orientation >= 5;
  const width = sideways ? image.height : image.width;
  const height = sideways ? image.width : image.height;
  const { start, right, down } = walkOf(image, orientation);
  const stored = image.pixels;
  const pixels = new Uint8Array(stored.length);
  let to = 0;
  for (let row = 0; row < height; row++) {
    let from = (start + row * down) * 3;
    for (let column = 0; column < width; column++) {
      pixels[to++] = stored[from];
      pixels[to++] = stored[from + 1];
      pixels[to++] = stored[from + 2];
      from += right * 3;
    }
  }
  return { ...image, width, height, pixels };
}

function walkOf({ width, height }: RgbImage, orientation: Orientation): Walk {
  const topRight = width - 1;
  const bottomLeft = (height - 1) * width;
  const bottomRight = width * height - 1;
  switch (orientation) {
    case 1:
      return { start: 0, right: 1, down: width };
    case 2:
      return { start: topRight, right: -1, down: width };
    case 3:
      return { start: bottomRight, right: -1, down: -width };
    case 4:
      return { start: bottomLeft, right: 1, down: -width };
    case 5:
      return { start: 0, right: width, down: 1 };
    case 6:
      return { start: bottomLeft, right: -width, down: 1 };
    case 7:
      return { start: bottomRight, right: -width, down: -1 };
    case 8:
      return { start: topRight, right: width, down: -1 };
    default:
      return orientation satisfies never;
  }
}
