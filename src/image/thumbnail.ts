/**
 * Small copies of pictures, for pages that show many.
 *
 * @module
 */
import type { RgbImage } from "./rgb_image.ts";

/**
 * A copy that fits a square of `side` pixels, its aspect kept; each of its
 * pixels is the mean of those it stands for. A smaller picture stays as it is.
 *
 * @example
 * ```ts
 * import { strictEqual } from "@std/assert";
 * const wide = { width: 400, height: 200, pixels: new Uint8Array(400 * 200 * 3) };
 * strictEqual(thumbnail(wide, 100).height, 50);
 * ```
 */
export function thumbnail(image: RgbImage, side: number): RgbImage {
  const { width, height } = image;
  const scale = side / Math.max(width, height);
  if (scale >= 1) return image;
  const small = {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
  const pixels = new Uint8Array(small.width * small.height * 3);
  for (let y = 0; y < small.height; y++) {
    const rows = range(y, { from: height, to: small.height });
    for (let x = 0; x < small.width; x++) {
      const columns = range(x, { from: width, to: small.width });
      pixels.set(
        meanColor(image, { rows, columns }),
        (y * small.width + x) * 3,
      );
    }
  }
  return { ...small, pixels };
}

type Range = readonly [start: number, end: number];

/** The pixels of a line of `from` that pixel `at` of a line of `to` stands for. */
function range(at: number, { from, to }: { from: number; to: number }): Range {
  const start = Math.floor(at * from / to);
  return [start, Math.max(start + 1, Math.floor((at + 1) * from / to))];
}

function meanColor(
  { width, pixels }: RgbImage,
  { rows, columns }: { rows: Range; columns: Range },
): [number, number, number] {
  let [red, green, blue] = [0, 0, 0];
  for (let y = rows[0]; y < rows[1]; y++) {
    for (let x = columns[0]; x < columns[1]; x++) {
      const at = (y * width + x) * 3;
      red += pixels[at];
      green += pixels[at + 1];
      blue += pixels[at + 2];
    }
  }
  const count = (rows[1] - rows[0]) * (columns[1] - columns[0]);
  return [red / count, green / count, blue / count];
}
