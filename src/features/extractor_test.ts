import { deepStrictEqual, ok, rejects, strictEqual } from "@std/assert";
import { assertAllClose, testSession } from "../../kernels/testing.ts";
import { packImages, resizeImages } from "../../kernels/resize_images.ts";
import { openSession } from "../gpu/mod.ts";
import type { RgbImage } from "../image/mod.ts";
import { resizeImage } from "../image/pixels.ts";
import { runOnCpu } from "../plan/testing.ts";
import { openExtractor } from "./extractor.ts";
import { type FeatureModel, openModel } from "./model.ts";
import { pictureGraph, placeholderGraph } from "./testing.ts";

/** A picture of stripes that no other seed has. */
function picture(seed: number, width: number, height: number): RgbImage {
  const pixels = new Uint8Array(width * height * 3);
  for (let at = 0; at < pixels.length; at++) pixels[at] = at * (7 + 2 * seed);
  return { width, height, pixels };
}

/** The features of a picture by the kernels' references. */
function reference(model: FeatureModel, image: RgbImage): Float32Array {
  const { height, width, ...flags } = model.resize;
  const { pixels, table } = packImages([{
    rgb: image.pixels,
    height: image.height,
    width: image.width,
    row: 0,
  }]);
  const resized = new Float32Array(height * width * 3);
  resizeImages.reference({
    params: { count: 1, outHeight: height, outWidth: width },
    variant: flags,
    reads: [pixels, table],
    writes: [resized],
  });
  return runOnCpu(model.graph, { [model.graph.inputs[0]]: resized })[0];
}

const sizes = [[7, 5], [8, 8], [1, 1], [300, 2], [3, 200], [64, 65]];

for (
  const [kind, bytes] of Object.entries({
    "decodes its pictures": pictureGraph(),
    "starts at a placeholder": placeholderGraph(),
  })
) {
  Deno.test(`a FeatureExtractor of a graph that ${kind} takes pictures of any size`, async () => {
    const model = openModel(bytes);
    const extractor = await openExtractor(await testSession(), model, {
      batch: sizes.length,
    });
    const images = sizes.map(([w, h], seed) => picture(seed + 1, w, h));
    const rows = await extractor.run(images);
    for (const [index, row] of rows.entries()) {
      assertAllClose(row, reference(model, images[index]), { relative: 1e-4 });
    }
    await extractor.close();
  });
}

Deno.test("a FeatureExtractor resamples pictures as Pillow does where its model says so", async () => {
  for (
    const resampling of [
      { filter: "bilinear", shorterSide: 9 },
      { filter: "bicubic" },
    ] as const
  ) {
    const model = openModel(placeholderGraph(), { resampling });
    const extractor = await openExtractor(await testSession(), model, {
      batch: sizes.length,
    });
    const images = sizes.map(([w, h], seed) => picture(seed + 1, w, h));
    const rows = await extractor.run(images);
    for (const [index, row] of rows.entries()) {
      const resized = resizeImage(images[index], model.resize);
      const inputs = { [model.graph.inputs[0]]: resized };
      const [expected] = runOnCpu(model.graph, inputs);
      assertAllClose(row, expected, { relative: 1e-4 });
    }
    await extractor.close();
  }
});

Deno.test("a FeatureExtractor resamples pictures that are larger than its usual buffers", async () => {
  const resampling = { filter: "bicubic" } as const;
  const model = openModel(placeholderGraph(), { resampling });
  const extractor = await openExtractor(await testSession(), model, {
    batch: 3,
  });
  // Too long for the threads of a GPU, too large for the usual buffer, and neither.
  const images = [
    picture(1, 300_000, 1),
    picture(2, 3000, 2000),
    picture(3, 9, 9),
  ];
  const rows = await extractor.run(images);
  for (const [index, image] of images.entries()) {
    const inputs = {
      [model.graph.inputs[0]]: resizeImage(image, model.resize),
    };
    const [expected] = runOnCpu(model.graph, inputs);
    assertAllClose(rows[index], expected, { relative: 1e-4 });
  }
  await extractor.close();
});

Deno.test("a FeatureExtractor gives a picture the same bytes in any batch and place", async () => {
  const model = openModel(pictureGraph());
  const session = await testSession();
  const images = [1, 2, 3, 4].map((seed) => picture(seed, 20 + seed, 30));
  const results: Float32Array[][] = [];
  for (const batch of [1, 3, 4]) {
    const extractor = await openExtractor(session, model, { batch });
    const rows: Float32Array[] = [];
    for (let start = 0; start < 4; start += batch) {
      rows.push(...await extractor.run(images.slice(start, start + batch)));
    }
    results.push(rows);
    const mixed = images.toReversed().slice(0, batch);
    const last = await extractor.run(mixed);
    deepStrictEqual(last[0], rows[3]);
    await extractor.close();
  }
  deepStrictEqual(results[1], results[0]);
  deepStrictEqual(results[2], results[0]);
});

Deno.test("openExtractor() takes no larger batch than so many pictures need", async () => {
  const session = await testSession();
  const model = openModel(pictureGraph());
  const batches: number[] = [];
  for (const pictures of [0, 1, 7, 8, 9, 17, 64]) {
    const extractor = await openExtractor(session, model, { pictures });
    batches.push(extractor.batch);
    await extractor.close();
  }
  deepStrictEqual(batches, [1, 1, 7, 8, 5, 6, 8]);
});

Deno.test("a FeatureExtractor gives each run its own rows where another begins before it ends", async () => {
  const session = await openSession();
  const extractor = await openExtractor(session, openModel(pictureGraph()), {
    batch: 2,
  });
  const batches = [1, 3, 5, 7].map((seed) => [
    picture(seed, 20 + seed, 30),
    picture(seed + 1, 30, 20),
  ]);
  const alone: Float32Array[][] = [];
  for (const batch of batches) alone.push(await extractor.run(batch));
  const together = batches.map((batch) => extractor.run(batch));
  deepStrictEqual(await Promise.all(together), alone);
  await session.close();
});

Deno.test("a FeatureExtractor uploads pictures that are larger than its usual buffer", async () => {
  const model = openModel(pictureGraph());
  const extractor = await openExtractor(await testSession(), model, {
    batch: 4,
  });
  const small = picture(1, 9, 9);
  // 18 MB alone, and two of 9 MB that do not fit together.
  const images = [
    picture(2, 3000, 2000),
    small,
    picture(3, 1500, 2000),
    picture(4, 2000, 1500),
  ];
  const rows = await extractor.run(images);
  for (const [index, image] of images.entries()) {
    deepStrictEqual((await extractor.run([image]))[0], rows[index]);
  }
  assertAllClose(rows[0], reference(model, images[0]), { relative: 1e-4 });
  await extractor.close();
});

Deno.test("FeatureExtractors of different models share a session without harm", async () => {
  const session = await testSession();
  const models = [pictureGraph(), placeholderGraph()].map((bytes) =>
    openModel(bytes)
  );
  const [one, other] = [
    await openExtractor(session, models[0], { batch: 1 }),
    await openExtractor(session, models[1], { batch: 2 }),
  ];
  const image = picture(1, 30, 20);
  const [before] = await one.run([image]);
  await other.run([picture(2, 9, 9), picture(3, 9, 9)]);
  deepStrictEqual(await one.run([image]), [before]);
  const [alone] = await other.run([image]);
  assertAllClose(alone, reference(models[1], image), { relative: 1e-4 });
  await one.close();
  await other.close();
});

Deno.test("a FeatureExtractor frees all but the buffers with names", async () => {
  const session = await testSession();
  const model = openModel(pictureGraph());
  const extractor = await openExtractor(session, model, { batch: 2 });
  const programs = 2;
  await extractor.run([picture(1, 9, 9)]);
  const open = await session.liveBuffers();
  await extractor.close();
  // Each program has at least a buffer of its own, for its parameters.
  ok(await session.liveBuffers() <= open - programs);
});

Deno.test("a FeatureExtractor takes as many pictures as its batch, or none", async () => {
  const model = openModel(pictureGraph());
  const extractor = await openExtractor(await testSession(), model, {
    batch: 2,
  });
  strictEqual(extractor.width, 5);
  ok(extractor.maxPixels >= 40e6);
  deepStrictEqual(await extractor.run([]), []);
  const image = picture(1, 4, 4);
  await rejects(extractor.run([image, image, image]), /3 pictures, at most 2/);
  await extractor.close();
});
