import { deepStrictEqual } from "@std/assert";
import { resizeImage, toGray } from "./resize.ts";

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

Deno.test("toGray() keeps grays and weighs colours", () => {
  deepStrictEqual(
    toGray(Float32Array.of(7.5, 7.5, 7.5, 100, 0, 0)),
    Float32Array.of(7.5, 29.9),
  );
});
