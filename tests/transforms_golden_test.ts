import { deepStrictEqual, ok } from "@std/assert";
import { architectureOf } from "../models/architectures.ts";
import { sha256 } from "../src/bytes/mod.ts";
import { resamplingAt } from "../src/features/preprocessing.ts";
import { resizeImage } from "../src/image/pixels.ts";
import golden from "./golden/transforms.json" with { type: "json" };

/** The picture that tests/golden/transforms.py draws, too. */
function drawn(height: number, width: number): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(height * width * 3);
  for (const at of pixels.keys()) {
    const [c, x] = [at % 3, Math.floor(at / 3) % width];
    const y = Math.floor(at / 3 / width);
    const isLight = (Math.floor(x / 9) + Math.floor(y / 7)) % 2;
    pixels[at] =
      (x * x * 3 + y * 7 * (c + 1) + Math.floor(x * y / 5) + isLight * 90) %
      256;
  }
  return pixels;
}

const photos = golden.sizes.map(([height, width]) => ({
  height,
  width,
  pixels: drawn(height, width),
}));

for (const [id, { size, ...wanted }] of Object.entries(golden.networks)) {
  Deno.test(`pictures for ${id} are resized, cut out and scaled as its framework does it`, () => {
    const { resizing, pixels, size: own } = architectureOf(id);
    const resampling = resamplingAt(resizing, size);
    if (resampling === "tensorflow") throw new Error("not as Pillow does it");
    const made = photos.map((photo) =>
      resizeImage(photo, { height: size, width: size, resampling })
    );
    deepStrictEqual(
      [own, made.map((rgb) => sha256(Uint8Array.from(rgb)).slice(0, 16))],
      [size, wanted.sha256],
    );
    for (const [c, value] of wanted.values.entries()) {
      const at = (Math.floor(size / 3) + c) * size + Math.floor(size / 2);
      const ours = (made[0][at * 3 + c] - pixels.mean[c]) / pixels.std[c];
      ok(Math.abs(ours - value) <= 2e-6, `${ours}, not ${value}`);
    }
  });
}
