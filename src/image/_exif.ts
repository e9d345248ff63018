import { latin1 } from "./sniff.ts";

/** EXIF tag 0x0112: how the stored picture must be turned or mirrored to stand upright; 1 is upright. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

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
    return asOrientation(view.getUint16(entry + 8, littleEndian));
  }
  return 1;
}

function asOrientation(value: number): Orientation {
  switch (value) {
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
    case 7:
    case 8:
      return value;
    default:
      return 1;
  }
}
