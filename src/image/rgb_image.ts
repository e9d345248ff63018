/**
 * A decoded picture, and small copies of it for pages that show many.
 *
 * @module
 */

/** A decoded picture: what every other room works on. */
export interface RgbImage {
  /** Columns, in pixels. */
  readonly width: number;
  /** Rows, in pixels. */
  readonly height: number;
  /** Three bytes a pixel (red, green, blue), row by row from the top left: `height * width * 3` bytes. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** Something the user should hear although the picture could be decoded; without the file's name. */
  readonly warning?: string;
}

/**
 * Drops the fourth byte of every pixel.
 *
 * Alpha is dropped, not blended, because TensorFlow's `DecodePng(channels=3)` does so.
 *
 * @param rgba `height * width * 4` bytes.
 */
export function dropAlpha(
  rgba: Uint8Array | Uint8ClampedArray,
): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    pixels[to] = rgba[from];
    pixels[to + 1] = rgba[from + 1];
    pixels[to + 2] = rgba[from + 2];
  }
  return pixels;
}

/**
 * A copy that fits a square of `side` pixels, its aspect kept; each of its
 * pixels is the mean of the area it covers. A smaller picture stays as it is.
 *
 * @example
 * ```ts
 * import { strictEqual } from "@std/assert";
 * const wide = { width: 400, height: 200, pixels: new Uint8Array(400 * 200 * 3) };
 * strictEqual(thumbnail(wide, 100).height, 50);
 * ```
 */
export function thumbnail(image: RgbImage, side: number): RgbImage {
  const scale = side / Math.max(image.width, image.height);
  if (scale >= 1) return image;
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  const narrow = shrink(image.pixels, {
    lines: image.height,
    from: image.width,
    to: width,
    values: 3,
  });
  const small = shrink(narrow, {
    lines: 1,
    from: image.height,
    to: height,
    values: width * 3,
  });
  return { width, height, pixels: Uint8Array.from(small, Math.round) };
}

/** `(lines, from, values)` to `(lines, to, values)`: each entry the mean of what it covers. */
function shrink(
  numbers: Uint8Array | Float32Array,
  { lines, from, to, values }: {
    lines: number;
    from: number;
    to: number;
    values: number;
  },
): Float32Array {
  const shrunk = new Float32Array(lines * to * values);
  const ratio = from / to;
  for (let target = 0; target < shrunk.length; target += values) {
    const entry = target / values;
    const [line, at] = [Math.floor(entry / to), entry % to];
    const [start, end] = [at * ratio, Math.min(from, (at + 1) * ratio)];
    for (let covered = Math.floor(start); covered < end; covered++) {
      const share = (Math.min(end, covered + 1) - Math.max(start, covered)) /
        (end - start);
      const source = (line * from + covered) * values;
      for (let value = 0; value < values; value++) {
        shrunk[target + value] += numbers[source + value] * share;
      }
    }
  }
  return shrunk;
}
