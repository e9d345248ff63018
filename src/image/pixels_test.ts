import { deepStrictEqual, ok } from "@std/assert";
import { augment, defaultAugmentation } from "./augment.ts";
import { pixelsOf, resizeImage, toGray } from "./pixels.ts";

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

Deno.test("augment() gives the same for bytes as for their floats", () => {
  const shape = { height: 4, width: 4, channels: 3 };
  const change = { amounts: defaultAugmentation, seed: 3, number: 7 };
  deepStrictEqual(
    augment(image.pixels, change, shape),
    augment(Float32Array.from(image.pixels), change, shape),
  );
});

Deno.test("resizeImage() leaves a picture of that size as it is, and interpolates others as TensorFlow 1 does", () => {
  const pixels = Uint8Array.of(0, 30, 60, 100, 130, 160);
  const image = { height: 1, width: 2, pixels };
  deepStrictEqual(
    resizeImage(image, { height: 1, width: 2 }),
    Float32Array.from(pixels),
  );
  deepStrictEqual(
    resizeImage(image, { height: 1, width: 4 }),
    Float32Array.of(0, 30, 60, 50, 80, 110, 100, 130, 160, 100, 130, 160),
  );
});

Deno.test("resizeImage() resamples as Pillow does, the shorter side first and then the centre", () => {
  const pixels = Uint8Array.of(0, 30, 60, 100, 130, 160);
  const image = { height: 1, width: 2, pixels };
  const size = { height: 1, width: 4 };
  // Image.fromarray(pixels).resize((4, 1), Image.Resampling.BILINEAR), and BICUBIC
  deepStrictEqual(
    resizeImage(image, { ...size, resampling: { filter: "bilinear" } }),
    Float32Array.of(0, 30, 60, 25, 55, 85, 75, 105, 135, 100, 130, 160),
  );
  deepStrictEqual(
    resizeImage(image, { ...size, resampling: { filter: "bicubic" } }),
    Float32Array.of(0, 21, 51, 21, 51, 81, 79, 109, 139, 109, 139, 169),
  );
  // The picture is of that size, and is cut all the same.
  const cut = { filter: "bilinear", shorterSide: 2 } as const;
  deepStrictEqual(
    resizeImage(image, { height: 1, width: 2, resampling: cut }),
    Float32Array.of(25, 55, 85, 75, 105, 135),
  );
});

Deno.test("toGray() keeps grays and weighs colours", () => {
  deepStrictEqual(
    toGray(Float32Array.of(7.5, 7.5, 7.5, 100, 0, 0)),
    Float32Array.of(7.5, 29.9),
  );
});
