import { deepStrictEqual, notDeepStrictEqual, ok, rejects } from "@std/assert";
import fc from "fast-check";
import { sha256 } from "../bytes/mod.ts";
import {
  changePixels,
  parseAugmentation,
  type PixelReaders,
} from "../image/mod.ts";
import { changeOf, type Variant, variantDecoders } from "./variant.ts";

const shape = { height: 6, width: 9, channels: 3 };
const pixels = Uint8Array.from({ length: 6 * 9 * 3 }, (_, at) => at * 37 % 256);
const digest = sha256("a picture");
const record = { path: "a/1", file: "1.png", label: "a", sha256: digest };
const usual: Variant = {
  augmentation: parseAugmentation("all"),
  seed: 3,
  view: 1,
};

/** The pixels that are read in place of one picture. */
async function read(variant: Variant): Promise<number[]> {
  const readers: PixelReaders = {
    read: (_file, change) =>
      Promise.resolve({
        pixels: change ? changePixels(pixels, change, shape) : pixels,
      }),
    change: () => Promise.reject(new Error("nothing is changed later")),
    close: () => {},
  };
  const { height, width } = shape;
  const records = [record];
  const size = { height, width };
  const decoders = variantDecoders(readers, { variant, records, ...size });
  const image = await decoders.decode(record.file);
  deepStrictEqual([image.height, image.width], [height, width]);
  return [...image.pixels];
}

Deno.test("variantDecoders() mirrors a picture that is only flipped, to the byte", async () => {
  const flipped = await read({
    ...usual,
    augmentation: parseAugmentation("flip=1"),
  });
  const mirrored = Array.from(pixels, (_, at) => {
    const row = Math.floor(at / (shape.width * 3));
    const column = Math.floor(at / 3) % shape.width;
    const from = row * shape.width + shape.width - 1 - column;
    return pixels[from * 3 + at % 3];
  });
  deepStrictEqual(flipped, mirrored);
});

Deno.test("variantDecoders() rounds to the nearest byte", async () => {
  const values = changePixels(pixels, changeOf(usual, digest), shape);
  const bytes = await read(usual);
  ok(bytes.every((byte, at) => Math.abs(byte - values[at]) <= 0.5));
  deepStrictEqual(await read(usual), bytes);
});

Deno.test("changeOf() differs with the view, the seed and the picture's digest", () => {
  const change = changeOf(usual, digest);
  notDeepStrictEqual(changeOf({ ...usual, view: 2 }, digest), change);
  notDeepStrictEqual(changeOf({ ...usual, seed: 4 }, digest), change);
  notDeepStrictEqual(changeOf(usual, sha256("another")), change);
});

Deno.test("changeOf() numbers any picture's views so that all can be drawn", () => {
  fc.assert(fc.property(
    fc.stringMatching(/^[0-9a-f]{64}$/),
    fc.integer({ min: 1, max: 99 }),
    (other, view) => {
      const change = changeOf({ ...usual, view }, other);
      changePixels(pixels, change, shape);
      ok(Number.isSafeInteger(change.number));
    },
  ));
});

Deno.test("variantDecoders() reads no picture that was not announced", async () => {
  const readers: PixelReaders = {
    read: () => Promise.resolve({ pixels }),
    change: () => Promise.resolve(pixels),
    close: () => {},
  };
  const decoders = variantDecoders(readers, {
    variant: usual,
    records: [],
    height: 6,
    width: 9,
  });
  await rejects(decoders.decode("1.png"), /1\.png was not announced/);
});
