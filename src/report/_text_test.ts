import {
  deepStrictEqual,
  notDeepStrictEqual,
  ok,
  strictEqual,
} from "@std/assert";
import fc from "fast-check";
import { glyphOf } from "./_glyphs.ts";
import { drawText, fitText, inDrawingOrder, measureText } from "./_text.ts";

const box = glyphOf(0x10ffff);

function rendered(text: string): string {
  const image = {
    width: 120,
    height: 32,
    pixels: new Uint8Array(120 * 32 * 3).fill(255),
  };
  drawText(image, text, { size: 16, x: 8, baseline: 22, color: [0, 0, 0] });
  return image.pixels.toHex();
}

Deno.test("glyphOf() has a letter of its own for the living alphabets, kana, Hangul and Han", () => {
  const scripts: [name: string, first: number, last: number][] = [
    ["ASCII", 0x21, 0x7e],
    ["Latin-1", 0xa1, 0xac],
    ["Latin extended", 0x100, 0x24f],
    ["Greek", 0x3b1, 0x3c9],
    ["Cyrillic", 0x400, 0x45f],
    ["Armenian", 0x561, 0x586],
    ["Hebrew", 0x5d0, 0x5ea],
    ["Arabic", 0x621, 0x63a],
    ["Devanagari", 0x905, 0x939],
    ["Thai", 0xe01, 0xe3a],
    ["Georgian", 0x10d0, 0x10f0],
    ["Vietnamese", 0x1ea0, 0x1ef9],
    ["kana", 0x3041, 0x30fe],
    ["Han", 0x4e00, 0x9fa5],
    ["Hangul", 0xac00, 0xd7a3],
  ];
  for (const [name, first, last] of scripts) {
    for (let code = first; code <= last; code++) {
      if (/\p{Cn}/u.test(String.fromCodePoint(code))) continue;
      const glyph = glyphOf(code);
      notDeepStrictEqual(glyph, box, `${name} lacks U+${code.toString(16)}`);
      ok(
        glyph.contours.length > 0,
        `${name} has nothing at U+${code.toString(16)}`,
      );
    }
  }
});

Deno.test("glyphOf() draws a box for what the font lacks, a lone surrogate too", () => {
  strictEqual(box.contours.length, 2);
  deepStrictEqual(glyphOf(0xd800), box);
});

Deno.test("drawText() draws a letter and its mark as the composed letter", () => {
  strictEqual(rendered("e\u0301"), rendered("é"));
  notDeepStrictEqual(rendered("q\u0301"), rendered("q"));
  strictEqual(measureText("q\u0301", 16), measureText("q", 16));
});

Deno.test("drawText() draws a line break as a space and invisible letters not at all", () => {
  strictEqual(rendered("a\nb"), rendered("a b"));
  strictEqual(rendered("a\u200b\ufe0fb"), rendered("ab"));
});

Deno.test("inDrawingOrder() turns Hebrew round with its spaces and leaves the rest alone", () => {
  strictEqual(inDrawingOrder("אב ג cat"), "ג בא cat");
  strictEqual(inDrawingOrder("cat 12 (אב)"), "cat 12 (בא)");
  strictEqual(inDrawingOrder("daisy"), "daisy");
});

Deno.test("drawText() cuts off what lies outside the picture", () => {
  const image = { width: 4, height: 4, pixels: new Uint8Array(48).fill(255) };
  drawText(image, "猫猫", { size: 32, x: -20, baseline: 12, color: [0, 0, 0] });
  ok(image.pixels.some((value) => value < 128));
});

Deno.test("fitText() keeps what fits and never exceeds the width otherwise", () => {
  strictEqual(fitText("daisy", { size: 16, width: 200 }), "daisy");
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.integer({ min: 20, max: 300 }),
      (text, width) => {
        const fitted = fitText(text, { size: 16, width });
        ok(measureText(fitted, 16) <= width);
        ok(fitted === text || fitted.endsWith("…"));
      },
    ),
  );
});
