/**
 * Weights as f16: half the memory, and each rounded to 11 binary digits. Sums
 * stay in f32, and no WGSL extension is needed.
 *
 * @module
 */
import { roundUp } from "./kernel.ts";

/** How weights are stored. */
export type Precision = "f32" | "f16";

export const largestHalf = 65504;

/**
 * Values as f16, two to a word, the first in the low half; rounded to the
 * nearest, ties to even. Beyond {@linkcode largestHalf} they become infinite.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "@std/assert";
 * deepStrictEqual(packHalves([1, -2]), Uint32Array.of(0xc000_3c00));
 * ```
 */
export function packHalves(
  values: ArrayLike<number>,
): Uint32Array<ArrayBuffer> {
  const halves = new Float16Array(roundUp(values.length, 2));
  halves.set(values);
  return new Uint32Array(halves.buffer);
}

/** The values that {@linkcode packHalves} packed, and a zero if they were odd. */
export function unpackHalves(
  { buffer, byteOffset, length }: Uint32Array,
): Float32Array<ArrayBuffer> {
  return Float32Array.from(new Float16Array(buffer, byteOffset, 2 * length));
}
