import { deepStrictEqual, ok, rejects, strictEqual } from "@std/assert";
import { digestRecords } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { defaultAugmentation, encodePng } from "../image/mod.ts";
import { pictureRows } from "./rows.ts";
import { PixelStore, type PixelStoreOptions } from "./pixel_store.ts";
import { silentWatcher } from "../watcher.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

const size = 6;
const width = size * size * 3;

/** Four pictures of the size, and one of another where that is asked for. */
async function withPictures(
  work: (
    read: (
      options?: Partial<PixelStoreOptions>,
    ) => Promise<{ pixels: PixelStore; digests: string[]; folder: string }>,
  ) => Promise<void>,
  sizes: readonly number[] = [size, size, size, size],
): Promise<void> {
  await using folder = await temporaryFolder();
  const records = sizes.map((_size, at) => ({
    path: `${at}.png`,
    file: `${folder.path}/${at}.png`,
    label: "one",
  }));
  for (const [at, { file }] of records.entries()) {
    const pixels = Uint8Array.from(
      { length: sizes[at] ** 2 * 3 },
      (_, index) => index * index * (at + 3),
    );
    const picture = { width: sizes[at], height: sizes[at], pixels };
    await Deno.writeFile(file, encodePng(picture));
  }
  const digested = await digestRecords(records);
  await work(async (options) => {
    const { pixels } = await PixelStore.read(digested.records, {
      shape: { height: size, width: size, channels: 3 },
      exif: true,
      watcher: silentWatcher,
      ...options,
    });
    const digests = digested.records.map(({ sha256 }) => sha256);
    return { pixels, digests, folder: folder.path };
  });
}

const all = Uint32Array.of(2, 0, 3, 1, 2);
const epochs = Uint32Array.of(0, 0, 0, 0, 1);

Deno.test("pictureRows() gives the same values whether pictures are kept or read again, changed or not", async () => {
  await withPictures(async (read) => {
    for (
      const augmented of [undefined, { amounts: defaultAugmentation, seed: 5 }]
    ) {
      const found = [];
      for (const keptBytes of [undefined, 2 * width, 0]) {
        const { pixels, digests } = await read({ keptBytes });
        using _workers = pixels;
        const labels = new Uint32Array(4);
        const rows = pictureRows({ views: [], pixels }, {
          digests,
          labels,
          width,
          augmented,
          scaleRows: false,
        });
        strictEqual(rows.isBytes, augmented === undefined);
        found.push(await rows.read(all, epochs));
      }
      deepStrictEqual(found[1], found[0]);
      deepStrictEqual(found[2], found[0]);
    }
  });
});

Deno.test("pictureRows() are floats where a picture was resized, and the others are the same values", async () => {
  await withPictures(async (read) => {
    const { pixels, digests } = await read();
    const labels = new Uint32Array(2);
    const rows = pictureRows({ views: [], pixels }, {
      digests,
      labels,
      width,
      scaleRows: false,
    });
    strictEqual(rows.isBytes, false);
    const values = await rows.read(Uint32Array.of(0, 1), new Uint32Array(2));
    ok(values instanceof Float32Array);
    const [first] = digests;
    deepStrictEqual(
      values.subarray(0, width),
      Float32Array.from(await pixels.get(first)),
    );
  }, [size, size + 1]);
});

Deno.test("a picture that is gone when it is read again is named", async () => {
  await withPictures(async (read) => {
    const { pixels, digests, folder } = await read({ keptBytes: width });
    using _workers = pixels;
    await Deno.remove(`${folder}/3.png`);
    await rejects(
      pixels.get(digests[3]),
      new InputError(
        "3.png cannot be read again: no such file or folder; check the path",
      ),
    );
  });
});
