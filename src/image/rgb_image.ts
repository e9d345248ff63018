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
