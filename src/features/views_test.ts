import {
  deepStrictEqual,
  match,
  notDeepStrictEqual,
  ok,
  throws,
} from "@std/assert";
import fc from "fast-check";
import { sha256 } from "../bytes/mod.ts";
import { checkRecord } from "../bytes/record.ts";
import {
  augment,
  defaultAugmentation,
  parseAugmentation,
  type PixelReaders,
} from "../image/mod.ts";
import {
  changeOf,
  resolveViews,
  type Variant,
  variantDecoders,
  viewsSchema,
} from "./views.ts";

const augmentation = parseAugmentation("flip,crop=10");

Deno.test("resolveViews() asks for nothing where nothing is asked for, and for one view alone", () => {
  deepStrictEqual(resolveViews({}), {});
  deepStrictEqual(resolveViews({ views: 1 }), {});
  throws(() => resolveViews({ views: 1, augmentation }), /leave one of them/);
});

Deno.test("resolveViews() gives what is asked for", () => {
  const views = { count: 8, augmentation };
  deepStrictEqual(resolveViews({ views: 8, augmentation }), { views });
});

Deno.test("resolveViews() says which views it takes for augmentation alone, and which augmentation for views alone", () => {
  const few = resolveViews({ augmentation });
  deepStrictEqual(few.views, { count: 4, augmentation });
  match(few.note ?? "", /in 4 views, .* --views N/);
  const usual = resolveViews({ views: 2 });
  deepStrictEqual(usual.views, { count: 2, augmentation: defaultAugmentation });
  match(usual.note ?? "", /--augment all/);
});

for (const views of [0, -1, 1.5, 101, NaN]) {
  Deno.test(`resolveViews() refuses ${views} views`, () => {
    throws(() => resolveViews({ views }), {
      name: "UsageError",
      message: `--views is ${views}, expected a whole number from 1 to 100`,
    });
  });
}

Deno.test("viewsSchema gives back what JSON holds, and refuses half of it", () => {
  const views = { count: 3, augmentation };
  const of = (json: unknown) => checkRecord(viewsSchema, json).record;
  deepStrictEqual(of(JSON.parse(JSON.stringify(views))), views);
  for (
    const json of [
      undefined,
      3,
      { count: 3 },
      { augmentation },
      { count: 1, augmentation },
      { count: 3, augmentation: {} },
    ]
  ) {
    deepStrictEqual(of(json), undefined);
  }
});

const shape = { height: 6, width: 9, channels: 3 };
const pixels = Uint8Array.from({ length: 6 * 9 * 3 }, (_, at) => at * 37 % 256);
const digest = sha256("a picture");
const record = { path: "a/1", file: "1.png", label: "a", sha256: digest };
const variant: Variant = {
  augmentation: parseAugmentation("all"),
  seed: 3,
  view: 1,
};

/** The pixels that are read in place of one picture. */
async function read(chosen: Variant): Promise<number[]> {
  const readers: PixelReaders = {
    read: (_file, change) =>
      Promise.resolve({
        pixels: change ? augment(pixels, change, shape) : pixels,
      }),
    change: () => Promise.reject(new Error("nothing is changed later")),
    close: () => {},
  };
  const { height, width } = shape;
  const size = { height, width };
  const decoders = variantDecoders(readers, { variant: chosen, ...size });
  const image = await decoders.decode(record.file, record);
  deepStrictEqual([image.height, image.width], [height, width]);
  return [...image.pixels];
}

Deno.test("variantDecoders() mirrors a picture that is only flipped, to the byte", async () => {
  const flipped = await read({
    ...variant,
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
  const values = augment(pixels, changeOf(variant, digest), shape);
  const bytes = await read(variant);
  ok(bytes.every((byte, at) => Math.abs(byte - values[at]) <= 0.5));
  deepStrictEqual(await read(variant), bytes);
});

Deno.test("changeOf() differs with the view, the seed and the picture's digest", () => {
  const change = changeOf(variant, digest);
  notDeepStrictEqual(changeOf({ ...variant, view: 2 }, digest), change);
  notDeepStrictEqual(changeOf({ ...variant, seed: 4 }, digest), change);
  notDeepStrictEqual(changeOf(variant, sha256("another")), change);
});

Deno.test("changeOf() numbers any picture's views so that all can be drawn", () => {
  fc.assert(fc.property(
    fc.stringMatching(/^[0-9a-f]{64}$/),
    fc.integer({ min: 1, max: 99 }),
    (other, view) => {
      const change = changeOf({ ...variant, view }, other);
      augment(pixels, change, shape);
      ok(Number.isSafeInteger(change.number));
    },
  ));
});
