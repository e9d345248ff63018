import { deepStrictEqual, ok } from "@std/assert";
import { defaultAugmentation } from "./augment.ts";
import { changePixels, pixelsOf } from "./pixels.ts";
import { resizeImage, toGray } from "./resize.ts";

const image = {
  width: 4,
  height: 4,
  pixels: Uint8Array.from({ length: 48 }, (_, at) => at * at),
};

Deno.test("pixelsOf() keeps bytes where all values are whole, and what resizing gives elsewhere", () => {
  const same = pixelsOf(image, { height: 4, width: 4, channels: 3 });
  deepStrictEqual(same, image.pixels);
  const half = pixelsOf(image, { height: 2, width: 2, channels: 3 });
  ok(half instanceof Uint8Array);
  const size = { height: 3, width: 3 };
  const resized = resizeImage(image, size);
  deepStrictEqual(pixelsOf(image, { ...size, channels: 3 }), resized);
  deepStrictEqual(pixelsOf(image, { ...size, channels: 1 }), toGray(resized));
});

Deno.test("changePixels() gives the same for bytes as for their floats", () => {
  const shape = { height: 4, width: 4, channels: 3 };
  const change = { amounts: defaultAugmentation, seed: 3, number: 7 };
  deepStrictEqual(
    changePixels(image.pixels, change, shape),
    changePixels(Float32Array.from(image.pixels), change, shape),
  );
});
