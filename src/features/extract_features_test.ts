import { deepStrictEqual, notDeepStrictEqual, strictEqual } from "@std/assert";
import { assertAllClose, testSession } from "../../kernels/testing.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";
import { digestRecords } from "../data/mod.ts";
import { encodePng } from "../image/mod.ts";
import { resizeImage } from "../image/pixels.ts";
import { runOnCpu } from "../plan/testing.ts";
import { silentWatcher } from "../watcher.ts";
import { extractFeatures, extractVariants } from "./extract_features.ts";
import { openModel } from "./model.ts";
import type { ModelOptions } from "./preprocessing.ts";
import { placeholderGraph } from "./testing.ts";

const image = {
  width: 31,
  height: 20,
  pixels: Uint8Array.from({ length: 31 * 20 * 3 }, (_, at) => at * 89),
};

const unchanged = {
  ...{ crop: 0, flip: 0, scale: 0, rotation: 0, brightness: 0, contrast: 0 },
};

Deno.test("features are of pictures resampled as the model says, in every view, and cached apart", async () => {
  await using folder = await temporaryFolder({
    "a/1.png": await encodePng(image),
  });
  const { records } = await digestRecords([{
    ...{ path: "a/1.png", label: "a", file: folder.join("a", "1.png") },
  }]);
  const [{ sha256 }] = records;
  const toolsOf = async (resampling: ModelOptions["resampling"]) => ({
    session: await testSession(),
    watcher: silentWatcher,
    exif: true,
    cacheRoot: folder.join("cache"),
    model: {
      ...{ name: "net", path: "net.pb", sha256: "ab" },
      model: openModel(placeholderGraph(), { resampling }),
    },
  });
  const rows: (Float32Array | undefined)[] = [];
  for (
    const resampling of [
      undefined,
      { filter: "bilinear" },
      { filter: "bilinear", shorterSide: 11 },
      { filter: "bicubic", shorterSide: 11 },
    ] as const
  ) {
    const tools = await toolsOf(resampling);
    const { model } = tools.model;
    const { features, cached } = await extractFeatures(records, tools);
    strictEqual(cached, 0);
    const row = features.get(sha256);
    const resized = resizeImage(image, model.resize);
    const [expected] = runOnCpu(model.graph, {
      [model.graph.inputs[0]]: resized,
    });
    assertAllClose(row ?? [], expected, { relative: 1e-4 });
    if (resampling) {
      const views = { count: 2, augmentation: unchanged };
      const [view] = await extractVariants(records, {
        ...tools,
        ...{ views, seed: 1 },
      });
      deepStrictEqual(view.get(sha256), row);
    }
    for (const other of rows) notDeepStrictEqual(other, row);
    rows.push(row);
    strictEqual((await extractFeatures(records, tools)).cached, 1);
  }
});
