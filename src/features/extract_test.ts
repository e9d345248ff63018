import { deepStrictEqual, match, ok, rejects, strictEqual } from "@std/assert";
import { testSession, testValues } from "../../kernels/testing.ts";
import { InputError } from "../errors.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";
import { digestRecords } from "../data/mod.ts";
import {
  type Decoders,
  encodePng,
  openDecoders,
  openPixelReaders,
  parseAugmentation,
  type RgbImage,
} from "../image/mod.ts";
import {
  extractRows,
  type ExtractTools,
  type FeatureEvent,
  type RowCache,
  type RowExtractor,
} from "./extract.ts";
import { type FeatureExtractor, openExtractor } from "./extractor.ts";
import { openModel } from "./model.ts";
import { pictureGraph } from "./testing.ts";
import { variantDecoders } from "./views.ts";

/** A picture of noise, another one for each seed. */
function picture(seed: number, { width = 7, height = 5 } = {}): RgbImage {
  const values = testValues(width * height * 3, seed);
  return {
    width,
    height,
    pixels: Uint8Array.from(values, (v) => 128 + 127 * v),
  };
}

/** Decoders of files called `1.png`, `2.png` and so on; some fail or warn. */
function fakeDecoders(log: string[] = []): Decoders {
  return {
    decode(path) {
      log.push(path);
      const image = picture(Number.parseInt(path));
      if (path.includes("broken")) {
        return Promise.reject(new InputError("the file ends too early"));
      }
      if (path.includes("bug")) return Promise.reject(new TypeError("a bug"));
      const warning = path.includes("odd") ? "is odd" : undefined;
      return Promise.resolve(warning ? { ...image, warning } : image);
    },
    close() {},
  };
}

const requests = (...files: readonly string[]) =>
  files.map((file) => ({ file, sha256: `sha256 of ${file}` }));

async function opened(batch = 3): Promise<FeatureExtractor> {
  return await openExtractor(await testSession(), openModel(pictureGraph()), {
    batch,
  });
}

async function collect(
  files: readonly string[],
  { cache, decoders = fakeDecoders(), extractor }: {
    cache?: RowCache;
    decoders?: Decoders;
    extractor?: RowExtractor;
  } = {},
): Promise<FeatureEvent[]> {
  const tools: ExtractTools = {
    ...(cache ? { cache } : {}),
    open: async () => ({
      extractor: extractor ?? await shared(),
      decoders,
    }),
  };
  return await Array.fromAsync(extractRows(requests(...files), tools));
}

let sharedExtractor: Promise<FeatureExtractor> | undefined;

function shared(): Promise<FeatureExtractor> {
  sharedExtractor ??= opened();
  return sharedExtractor;
}

function rowsOf(events: readonly FeatureEvent[]): Map<number, Float32Array> {
  return new Map(
    events.flatMap((event) =>
      event.kind === "row" ? [[event.index, event.row]] : []
    ),
  );
}

Deno.test("extractRows() yields each picture's row, whatever stands beside it", async () => {
  const files = ["1.png", "2.png", "3.png", "4.png", "5.png", "6.png", "7.png"];
  const forward = rowsOf(await collect(files));
  const backward = rowsOf(await collect(files.toReversed()));
  const [alone] = rowsOf(await collect(["4.png"])).values();
  strictEqual(forward.size, 7);
  for (const index of files.keys()) {
    deepStrictEqual(forward.get(index), backward.get(6 - index));
  }
  deepStrictEqual(forward.get(3), alone);
  ok(forward.get(0)?.some((value, at) => value !== alone[at]));
});

Deno.test("extractRows() skips what cannot be decoded, passes warnings on, and goes on", async () => {
  const files = ["1.png", "2 broken.png", "3 odd.png", "4.png"];
  const events = await collect(files);
  deepStrictEqual(events.filter(({ kind }) => kind !== "row"), [
    { kind: "skipped", index: 1, reason: "the file ends too early" },
    { kind: "warning", index: 2, message: "is odd" },
  ]);
  deepStrictEqual([...rowsOf(events).keys()].sort(), [0, 2, 3]);
});

Deno.test("extractRows() opens nothing where all rows are cached", async () => {
  const row = new Float32Array([1, 2]);
  const cache: RowCache = {
    get: () => Promise.resolve(row),
    put: () => Promise.reject(new Error("nothing is new")),
  };
  const open = () => Promise.reject(new Error("nothing is missing"));
  const events = extractRows(requests("1.png", "2.png"), { cache, open });
  deepStrictEqual(await Array.fromAsync(events), [
    { kind: "row", index: 0, row, isCached: true },
    { kind: "row", index: 1, row, isCached: true },
  ]);
});

Deno.test("extractRows() decodes only what is not cached, and caches a row before it yields it", async () => {
  const kept = new Map<string, Float32Array>();
  kept.set("sha256 of 2.png", new Float32Array(5));
  const cache: RowCache = {
    get: (sha256) => Promise.resolve(kept.get(sha256)),
    put(sha256, row) {
      kept.set(sha256, row);
      return Promise.resolve();
    },
  };
  const log: string[] = [];
  const open = async () => ({
    extractor: await shared(),
    decoders: fakeDecoders(log),
  });
  const wanted = requests("1.png", "2.png", "3.png");
  for await (const event of extractRows(wanted, { cache, open })) {
    if (event.kind !== "row") throw new Error(event.kind);
    strictEqual(kept.get(wanted[event.index].sha256), event.row);
    strictEqual(event.isCached, event.index === 1);
  }
  deepStrictEqual(log, ["1.png", "3.png"]);
});

Deno.test("extractRows() holds no more than two batches of pictures", async () => {
  let open = 0, most = 0;
  const decoders: Decoders = {
    decode() {
      most = Math.max(most, ++open);
      return Promise.resolve(picture(1));
    },
    close() {},
  };
  const extractor: RowExtractor = {
    batch: 2,
    run(images) {
      open -= images.length;
      return Promise.resolve(images.map(() => new Float32Array(5)));
    },
  };
  const files = Array.from({ length: 20 }, (_, index) => `${index}.png`);
  const events = await collect(files, { decoders, extractor });
  strictEqual(events.length, 20);
  // Two batches decoded ahead, one that fills and one on the GPU.
  ok(most <= 8, `${most} pictures`);
});

Deno.test("extractRows() hands over the next batch before it waits for the rows of the one before", async () => {
  const log: string[] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const extractor: RowExtractor = {
    batch: 2,
    async run(images) {
      const number = ends.length;
      log.push(`begins ${number}`);
      ends.push(Promise.withResolvers());
      // The first two end only when both have begun.
      if (number === 1) { for (const { resolve } of ends) resolve(); }
      if (number > 1) ends[number].resolve();
      await ends[number].promise;
      log.push(`ends ${number}`);
      return images.map(() => new Float32Array(5));
    },
  };
  const files = ["1.png", "2.png", "3.png", "4.png", "5.png", "6.png"];
  strictEqual((await collect(files, { extractor })).length, 6);
  deepStrictEqual(log.slice(0, 3), ["begins 0", "begins 1", "ends 0"]);
});

Deno.test("extractRows() skips a picture whose row is not finite, keeps it out of the cache, and goes on", async () => {
  const cached: string[] = [];
  const cache: RowCache = {
    get: () => Promise.resolve(undefined),
    put: (sha256) => {
      cached.push(sha256);
      return Promise.resolve();
    },
  };
  for (const bad of [NaN, Infinity]) {
    cached.length = 0;
    const extractor: RowExtractor = {
      batch: 2,
      run: () => Promise.resolve([Float32Array.of(0, bad), Float32Array.of(1)]),
    };
    const events = await collect(["1.png", "2.png"], { cache, extractor });
    const [skipped, row] = events;
    deepStrictEqual([skipped.kind, row.kind], ["skipped", "row"]);
    if (skipped.kind !== "skipped") throw new Error("It is skipped");
    match(skipped.reason, /^the graph computes (NaN|Infinity) for it: check/);
    strictEqual(cached.length, 1);
  }
});

Deno.test("extractRows() throws what is no fault of a file", async () => {
  const files = ["1.png", "2 bug.png", "3 bug.png", "4 bug.png"];
  await rejects(collect(files), TypeError);
});

Deno.test("extractRows() can be left before its end", async () => {
  const open = async () => ({
    extractor: await shared(),
    decoders: fakeDecoders(),
  });
  const good = Array.from({ length: 6 }, (_, index) => `${index}.png`);
  const files = [...good, "7 bug.png", "8 bug.png", "9 bug.png"];
  for await (const event of extractRows(requests(...files), { open })) {
    strictEqual(event.kind, "row");
    break;
  }
});

Deno.test("extractRows() skips a picture that was replaced after its digest was read, and keeps no row for it", async () => {
  const names = ["1.png", "2.png", "3.png"];
  await using folder = await temporaryFolder(
    Object.fromEntries(
      names.map((name) => [name, encodePng(picture(parseInt(name)))]),
    ),
  );
  const files = names.map((path) => ({
    path,
    file: folder.join(path),
    label: "",
  }));
  const { records } = await digestRecords(files);
  await Deno.writeFile(folder.join("2.png"), encodePng(picture(9)));
  const size = { height: 6, width: 9 };
  const augmentation = parseAugmentation("flip=1");
  const variant = { augmentation, seed: 1, view: 1 };
  const plain = openDecoders({ workers: 1 });
  const readers = openPixelReaders({ ...size, channels: 3 }, { workers: 1 });
  for (
    const decoders of [plain, variantDecoders(readers, { variant, ...size })]
  ) {
    const kept: string[] = [];
    const cache: RowCache = {
      get: () => Promise.resolve(undefined),
      put: (sha256) => Promise.resolve(void kept.push(sha256)),
    };
    const open = async () => ({ extractor: await shared(), decoders });
    const events = await Array.fromAsync(extractRows(records, { cache, open }));
    const skipped = events.filter(({ kind }) => kind === "skipped");
    deepStrictEqual(skipped, [{
      kind: "skipped",
      index: 1,
      reason:
        "the file has changed since it was read first; bring it back as it was",
    }]);
    deepStrictEqual(kept, [records[0].sha256, records[2].sha256]);
  }
  plain.close();
  readers.close();
});
