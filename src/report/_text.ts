/**
 * One line of text on a picture.
 *
 * @module
 */

import { Coverage } from "./_coverage.ts";
import { glyphOf } from "./_glyphs.ts";
import type { RgbImage } from "../image/rgb_image.ts";

/** Red, green, blue, 0 to 255. */
export type Color = readonly [red: number, green: number, blue: number];

/** Where and how a text is drawn. */
export interface TextStyle {
  /** Pixels an em. */
  readonly size: number;
  /** Left end, in pixels. */
  readonly x: number;
  /** The line the letters stand on, in pixels from the top. */
  readonly baseline: number;
  readonly color: Color;
}

const ellipsis = "…";
/** Room for marks above and tails below the line, in em. */
const ascent = 1.1;
const descent = 0.4;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const rightToLeft = String
  .raw`\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}`;
const rightToLeftRun = new RegExp(
  `[${rightToLeft}](?:[${rightToLeft}\\p{M}\\s\\p{Po}]*[${rightToLeft}\\p{M}])?`,
  "gu",
);

/** How wide a text is, in pixels. */
export function measureText(text: string, size: number): number {
  return codePoints(text).reduce(
    (sum, code) => sum + glyphOf(code).advance,
    0,
  ) * size;
}

/** The text if it fits into `width` pixels, else its longest beginning that does, with an ellipsis. */
export function fitText(
  text: string,
  { size, width }: { size: number; width: number },
): string {
  if (measureText(text, size) <= width) return text;
  const letters = Array.from(graphemes.segment(text), (part) => part.segment);
  let room = width - measureText(ellipsis, size);
  let kept = "";
  for (const letter of letters) {
    room -= measureText(letter, size);
    if (room < 0) break;
    kept += letter;
  }
  return kept.trimEnd() + ellipsis;
}

/** Draws a text into the picture's pixels. What does not fit is cut off. */
export function drawText(
  image: RgbImage,
  text: string,
  { size, x, baseline, color }: TextStyle,
): void {
  const [left, top] = [Math.floor(x), Math.floor(baseline - ascent * size)];
  const coverage = new Coverage(
    Math.ceil(measureText(text, size) + size),
    Math.ceil((ascent + descent) * size),
  );
  let pen = x - left;
  for (const code of codePoints(inDrawingOrder(text))) {
    const { advance, contours } = glyphOf(code);
    for (const contour of contours) {
      coverage.add(
        contour.map((
          [cornerX, cornerY],
        ) => [pen + cornerX * size, baseline - top - cornerY * size]),
      );
    }
    pen += advance * size;
  }
  blend(image, coverage, { left, top, color });
}

function blend(
  { width, height, pixels }: RgbImage,
  coverage: Coverage,
  { left, top, color }: { left: number; top: number; color: Color },
): void {
  coverage.shares().forEach((share, index) => {
    const x = left + index % coverage.width;
    const y = top + Math.floor(index / coverage.width);
    if (share === 0 || x < 0 || x >= width || y < 0 || y >= height) return;
    color.forEach((value, channel) => {
      const offset = (y * width + x) * 3 + channel;
      pixels[offset] = Math.round(pixels[offset] * (1 - share) + value * share);
    });
  });
}

/** Composed where Unicode has a letter for it, white space as one space, invisible controls left out. */
function codePoints(text: string): number[] {
  const shown = text.normalize("NFC").replace(/\s+/gu, " ").replace(
    /\p{Default_Ignorable_Code_Point}/gu,
    "",
  );
  return Array.from(shown, (letter) => letter.codePointAt(0) ?? 0);
}

/** Hebrew, Arabic and their like turned round run by run; Arabic letters are not joined. */
export function inDrawingOrder(text: string): string {
  return text.replace(rightToLeftRun, (run) => {
    return Array.from(graphemes.segment(run), (part) => part.segment).reverse()
      .join("");
  });
}
