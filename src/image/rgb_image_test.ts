import { deepStrictEqual, strictEqual } from "@std/assert";
import fc from "fast-check";
import { dropAlpha, thumbnail } from "./rgb_image.ts";

Deno.test("dropAlpha() keeps the colour under transparent pixels", () => {
  strictEqual(
    dropAlpha(new Uint8Array([1, 2, 3, 0, 4, 5, 6, 255])).join(),
    "1,2,3,4,5,6",
  );
});

Deno.test("thumbnail() averages the pixels it leaves out", () => {
  const image = {
    width: 2,
    height: 2,
    pixels: Uint8Array.of(0, 10, 20, 4, 10, 20, 8, 10, 20, 12, 10, 24),
  };
  deepStrictEqual([...thumbnail(image, 1).pixels], [6, 10, 21]);
});

Deno.test("thumbnail() weighs a pixel that is covered in part by its share", () => {
  const pixels = Uint8Array.of(0, 0, 0, 90, 90, 90, 240, 240, 240);
  const small = thumbnail({ width: 3, height: 1, pixels }, 2);
  deepStrictEqual([...small.pixels], [30, 30, 30, 190, 190, 190]);
});

Deno.test("thumbnail() leaves a small picture as it is", () => {
  const image = { width: 1, height: 1, pixels: Uint8Array.of(1, 2, 3) };
  strictEqual(thumbnail(image, 8), image);
});

Deno.test("thumbnail() keeps one colour, and fits the square, at any size", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 60 }),
    fc.integer({ min: 1, max: 60 }),
    fc.integer({ min: 1, max: 40 }),
    (width, height, side) => {
      const pixels = new Uint8Array(width * height * 3).fill(77);
      const small = thumbnail({ width, height, pixels }, side);
      strictEqual(small.pixels.length, small.width * small.height * 3);
      strictEqual(small.pixels.every((value) => value === 77), true);
      strictEqual(Math.max(small.width, small.height) <= side, true);
    },
  ));
});
