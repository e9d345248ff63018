import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import fc from "fast-check";
import { decodeImage } from "./decode.ts";
import { encodeJpeg, encodePng } from "./encode.ts";
import type { RgbImage } from "./rgb_image.ts";

const anyImage: fc.Arbitrary<RgbImage> = fc.tuple(
  fc.integer({ min: 1, max: 9 }),
  fc.integer({ min: 1, max: 9 }),
)
  .chain(([width, height]) =>
    fc.uint8Array({
      minLength: width * height * 3,
      maxLength: width * height * 3,
    })
      .map((bytes) => ({ width, height, pixels: new Uint8Array(bytes) }))
  );

Deno.test("encodePng() writes what decodeImage() reads back, byte for byte", async () => {
  await fc.assert(fc.asyncProperty(anyImage, async (image) => {
    deepStrictEqual(await decodeImage(await encodePng(image)), image);
  }));
});

Deno.test("encodePng() packs a smooth picture well", async () => {
  const bytes = await encodePng(ramp(256));
  ok(bytes.length < 256 * 256 * 3 / 100, `${bytes.length} bytes`);
});

Deno.test("encodeJpeg() writes a picture close to the original", async () => {
  const image = ramp(64);
  const { width, height, pixels } = await decodeImage(
    await encodeJpeg(image, 90),
  );
  strictEqual(width, 64);
  strictEqual(height, 64);
  const error = pixels.reduce(
    (sum, value, at) => sum + Math.abs(value - image.pixels[at]),
    0,
  ) / pixels.length;
  ok(error < 2, `mean error ${error}`);
});

Deno.test("encodeJpeg() writes fewer bytes at a lower quality", async () => {
  const image = ramp(64);
  ok(
    (await encodeJpeg(image, 20)).length < (await encodeJpeg(image, 95)).length,
  );
});

function ramp(size: number): RgbImage {
  const pixels = new Uint8Array(size * size * 3);
  for (let at = 0; at < size * size; at++) {
    const [row, column] = [Math.floor(at / size), at % size];
    pixels.set([column, row, (row + column) / 2], at * 3);
  }
  return { width: size, height: size, pixels };
}
