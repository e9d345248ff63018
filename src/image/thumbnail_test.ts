import { deepStrictEqual, strictEqual } from "@std/assert";
import fc from "fast-check";
import { thumbnail } from "./thumbnail.ts";

Deno.test("thumbnail() averages the pixels it leaves out", () => {
  const image = {
    width: 2,
    height: 2,
    pixels: Uint8Array.of(0, 10, 20, 4, 10, 20, 8, 10, 20, 12, 10, 24),
  };
  deepStrictEqual([...thumbnail(image, 1).pixels], [6, 10, 21]);
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
