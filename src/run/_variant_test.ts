import { deepStrictEqual, notDeepStrictEqual, strictEqual } from "@std/assert";
import fc from "fast-check";
import { sha256 } from "../bytes/mod.ts";
import { parseAugmentation } from "../image/mod.ts";
import { type Variant, variantOf } from "./_variant.ts";

const picture = {
  height: 6,
  width: 9,
  pixels: Uint8Array.from({ length: 6 * 9 * 3 }, (_, at) => at * 37 % 256),
};
const resize = { height: 8, width: 8 };
const name = sha256("a picture");
const usual: Variant = {
  augmentation: parseAugmentation("all"),
  seed: 3,
  view: 1,
};

function pixelsOf(variant: Partial<Variant> & { sha256?: string } = {}) {
  const options = { ...usual, sha256: name, resize, ...variant };
  return variantOf(picture, options).pixels;
}

Deno.test("variantOf() gives the same bytes again, of the size that the network reads", () => {
  const { height, width, pixels } = variantOf(picture, {
    ...usual,
    sha256: name,
    resize,
  });
  deepStrictEqual([height, width, pixels.length], [8, 8, 8 * 8 * 3]);
  deepStrictEqual(pixels, pixelsOf());
});

Deno.test("variantOf() differs with the view, the seed and the picture's digest", () => {
  for (
    const other of [{ view: 2 }, { seed: 4 }, { sha256: sha256("another") }]
  ) notDeepStrictEqual(pixelsOf(other), pixelsOf());
});

Deno.test("variantOf() mirrors a picture that is only flipped", () => {
  const flip = parseAugmentation("flip=1");
  const size = { height: picture.height, width: picture.width };
  const { pixels } = variantOf(picture, {
    ...usual,
    augmentation: flip,
    sha256: name,
    resize: size,
  });
  const mirrored = Array.from({ length: picture.pixels.length }, (_, at) => {
    const row = Math.floor(at / (size.width * 3));
    const column = Math.floor(at / 3) % size.width;
    const from = row * size.width + size.width - 1 - column;
    return picture.pixels[from * 3 + at % 3];
  });
  deepStrictEqual([...pixels], mirrored);
});

Deno.test("variantOf() takes any digest, view and seed", () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[0-9a-f]{64}$/),
      fc.integer({ min: 1, max: 99 }),
      fc.nat(2 ** 32 - 1),
      (digest, view, seed) => {
        strictEqual(
          pixelsOf({ sha256: digest, view, seed }).length,
          8 * 8 * 3,
        );
      },
    ),
    { numRuns: 20 },
  );
});
