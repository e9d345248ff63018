/**
 * Buffers that kernels read as texels: a texture of four floats a texel, in
 * lines of {@linkcode texelsPerLine}, as a buffer of four-vectors lies.
 *
 * @module
 */

/** Four floats. */
export const texelBytes = 16;

/** Width of the texture; index `i` is texel `(i % 4096, i / 4096)`. */
export const texelsPerLine = 4096;

/** WebGPU's default limit of the height of a texture. */
const maxLines = 8192;

/** Whether so many floats can be read as texels. */
export function fitTexels(floats: number): boolean {
  return floats % 4 === 0 && floats / 4 <= texelsPerLine * maxLines;
}
