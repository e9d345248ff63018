import type { EmscriptenOptions } from "../_emscripten.ts";

export interface Rgba {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

export interface WebpDecoder {
  /** Null where libwebp gives up. */
  decode(bytes: Uint8Array): Rgba | null;
}

/** Starts libwebp's decoder. */
export default function createWebpDecoder(
  options: EmscriptenOptions,
): Promise<WebpDecoder>;
