/**
 * Buffers that kernels read as texels: a texture of four floats a texel, in
 * lines of {@linkcode texelsPerLine}, as a buffer of four-vectors lies.
 *
 * @module
 */

/**
 * What a storage buffer is an array of. `texels` are four-vectors that are read
 * from, or written to, a texture which the session keeps equal to the buffer, or
 * which stands in for one.
 * `texel floats` are the floats of such a texture, one by one, and `texel words`
 * whole numbers in its place.
 * `halves` are four-vectors of f16 in two words, and `half texels` the same, two
 * to a texel of a texture. Both, and floats and words of texels, are only read.
 */
export type ElementType =
  | "f32"
  | "vec4f"
  | "u32"
  | "texels"
  | "texel floats"
  | "texel words"
  | "halves"
  | "half texels";

/** Buffers a kernel binds, in order: the name its WGSL uses and its element type. */
export type Bindings = Readonly<Record<string, ElementType>>;

/** Four words: as many floats, or twice as many f16. */
export const texelBytes = 16;

/** What the words of a texture are read as. */
export type TexelFormat = "rgba32float" | "rgba32uint";

/** The format of the texture that a binding of these elements is; none for buffers. */
export function texelFormat(element: ElementType): TexelFormat | undefined {
  switch (element) {
    case "texels":
    case "texel floats":
      return "rgba32float";
    case "texel words":
    case "half texels":
      return "rgba32uint";
    case "f32":
    case "vec4f":
    case "u32":
    case "halves":
      return undefined;
    default:
      return element satisfies never;
  }
}

/** What a binding of these elements is as texels; nothing where it cannot be. */
export function asTexels(
  element: ElementType,
  access: "read" | "write",
): ElementType | undefined {
  switch (element) {
    case "texels":
    case "vec4f":
      return "texels";
    case "texel floats":
    case "f32":
      return access === "read" ? "texel floats" : undefined;
    case "half texels":
    case "halves":
      return access === "read" ? "half texels" : undefined;
    case "texel words":
    case "u32":
      return access === "read" ? "texel words" : undefined;
    default:
      return element satisfies never;
  }
}

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

const place = placeOf("index");

function placeOf(index: string): string {
  return `vec2u(${index} % ${texelsPerLine}u, ${index} / ${texelsPerLine}u)`;
}

function loadFunction([name, element]: [string, ElementType]): string {
  const type = loadedType(element);
  return `fn load_${name}(index: u32) -> ${type} { ${
    loadBody(name, element)
  } }`;
}

function loadedType(element: ElementType): "f32" | "u32" | "vec4f" {
  if (element === "texel floats") return "f32";
  if (element === "texel words") return "u32";
  return element === "f32" || element === "u32" ? element : "vec4f";
}

function loadBody(name: string, element: ElementType): string {
  switch (element) {
    case "texels":
      return `return textureLoad(${name}, ${place});`;
    case "texel floats":
    case "texel words":
      return `return textureLoad(${name}, ${
        placeOf("(index / 4u)")
      })[index % 4u];`;
    case "half texels":
      // Two four-vectors a texel.
      return `let texel = textureLoad(${name}, ${placeOf("(index / 2u)")}); ` +
        "let half = select(texel.xy, texel.zw, index % 2u == 1u); " +
        unpackHalf;
    case "halves":
      return `let half = ${name}[index]; ${unpackHalf}`;
    case "f32":
    case "u32":
    case "vec4f":
      return `return ${name}[index];`;
    default:
      return element satisfies never;
  }
}

const unpackHalf =
  "return vec4f(unpack2x16float(half.x), unpack2x16float(half.y));";

/**
 * A function `store_NAME(index, value)` for each of these bindings, which writes
 * the element there whether it lies in a buffer or in a texture.
 *
 * @example
 * ```ts
 * import { strictEqual } from "@std/assert";
 * strictEqual(
 *   storeFunctions({ y: "vec4f" }),
 *   "fn store_y(index: u32, value: vec4f) { y[index] = value; }",
 * );
 * ```
 */
export function storeFunctions(bindings: Bindings): string {
  return Object.entries(bindings).map(storeFunction).join("\n");
}

function storeFunction([name, element]: [string, ElementType]): string {
  return element === "texels"
    ? `fn store_${name}(index: u32, value: vec4f) { textureStore(${name}, ${place}, value); }`
    : `fn store_${name}(index: u32, value: ${element}) { ${name}[index] = value; }`;
}

/** Whether so many floats can be read as texels. */
export function fitTexels(floats: number): boolean {
  return floats % 4 === 0 && floats / 4 <= texelsPerLine * maxLines;
}
