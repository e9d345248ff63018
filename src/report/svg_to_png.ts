/**
 * Drawings as PNG files, for who cannot look at SVG.
 *
 * @module
 */

export interface DrawnPng {
  readonly png: Uint8Array;
  /** Letters that no font on this machine has; each is drawn as a box. */
  readonly missing: string;
}

let isReady: Promise<void> | undefined;

/**
 * Draws a drawing of this room at its own size. Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic and
 * Georgian letters are those of a bundled font, others those of the system's fonts. The renderer is loaded
 * on the first call. Needs read permission, for the system's fonts.
 *
 * @example
 * ```ts
 * import { strictEqual } from "@std/assert";
 * import { gridSvg } from "./grid.ts";
 * const svg = gridSvg([{ path: "a.jpg", label: "daisy", confidence: 0.9 }]);
 * const { png, missing } = await svgToPng(svg);
 * strictEqual(new TextDecoder().decode(png.subarray(1, 4)), "PNG");
 * strictEqual(missing, "");
 * ```
 */
export async function svgToPng(svg: string): Promise<DrawnPng> {
  const [{ initWasm, resvg, Resvg }, { bundledFamily, fontsFor }] =
    await Promise.all([
      import("./_resvg.js"),
      import("./_fonts.ts"),
    ]);
  await (isReady ??= initWasm(resvg));
  const texts = Array.from(
    svg.matchAll(/<text[^>]*>([^<]*)/g),
    ([, text]) => text,
  );
  const { files, missing } = fontsFor(texts.join(""));
  const renderer = new Resvg(svg, {
    font: {
      fontBuffers: [...files],
      defaultFontFamily: bundledFamily,
      sansSerifFamily: bundledFamily,
    },
  });
  return { png: renderer.render().asPng(), missing };
}
