import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import { decodeImage } from "./decode.ts";
import { encodeJpeg } from "./encode_jpeg.ts";
import type { RgbImage } from "./rgb_image.ts";

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

Deno.test("encodeJpeg() takes pictures of any size, and gives the same bytes again", async () => {
  for (const [width, height] of [[1, 1], [17, 3], [3, 33]]) {
    const image = { width, height, pixels: new Uint8Array(width * height * 3) };
    const file = await encodeJpeg(image, 75);
    const decoded = await decodeImage(file);
    deepStrictEqual([decoded.width, decoded.height], [width, height]);
    deepStrictEqual(await encodeJpeg(image, 75), file);
  }
});

function ramp(size: number): RgbImage {
  const pixels = new Uint8Array(size * size * 3);
  for (let at = 0; at < size * size; at++) {
    const [row, column] = [Math.floor(at / size), at % size];
    pixels.set([column, row, (row + column) / 2], at * 3);
  }
  return { width: size, height: size, pixels };
}
