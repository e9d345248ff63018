/**
 * Buffers that kernels read as texels: a texture of four floats a texel, in
 * lines of {@linkcode texelsPerLine}, as a buffer of four-vectors lies.
 *
 * @module
 */

import type { Bindings, ElementType } from "./kernel.ts";

/** Four floats. */
export const texelBytes = 16;

/** Width of the texture; index `i` is texel `(i % 4096, i / 4096)`. */
export const texelsPerLine = 4096;

/** WebGPU's default limit of the height of a texture. */
const maxLines = 8192;

/**
 * A function `load_NAME(index)` for each of these bindings, which reads the
 * element there whether it lies in a buffer or in a texture.
 *
 * @example
 * ```ts
 * import { strictEqual } from "@std/assert";
 * strictEqual(
 *   loadFunctions({ x: "f32" }),
 *   "fn load_x(index: u32) -> f32 { return x[index]; }",
 * );
 * ```
 */
export function loadFunctions(bindings: Bindings): string {
  return Object.entries(bindings).map(loadFunction).join("\n");
}

function loadFunction([name, element]: [string, ElementType]): string {
  return element === "texels"
    ? `fn load_${name}(index: u32) -> vec4f { return textureLoad(${name}, vec2u(index % ${texelsPerLine}u, index / ${texelsPerLine}u)); }`
    : `fn load_${name}(index: u32) -> ${element} { return ${name}[index]; }`;
}

/** Whether so many floats can be read as texels. */
export function fitTexels(floats: number): boolean {
  return floats % 4 === 0 && floats / 4 <= texelsPerLine * maxLines;
}
