import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import { testSession } from "../kernels/testing.ts";
import { digestFile } from "../src/bytes/mod.ts";
import { extractRows, openExtractor, openModel } from "../src/features/mod.ts";
import { encodeGraphDef } from "../src/graph/mod.ts";
import { openDecoders } from "../src/image/mod.ts";
import { optimise, passes, type PassName } from "../src/passes/mod.ts";
import expected from "./golden/block_net_features.json" with { type: "json" };
import { blockNet } from "./golden/block_net.ts";

const features: Readonly<Record<string, readonly number[]>> = expected;
const names = Object.keys(features);

/** From the files to their rows, in the order of `names`. */
async function extract(
  without: readonly PassName[],
): Promise<readonly Float32Array[]> {
  const model = openModel(encodeGraphDef(blockNet()), { without });
  strictEqual(model.bottleneckTensor, "features");
  const decoders = openDecoders({ exif: false, workers: 1 });
  const extractor = await openExtractor(await testSession(), model, {
    batch: 3,
  });
  const rows: Float32Array[] = [];
  const requests = await Promise.all(names.map(async (name) => {
    const file = `tests/fixtures/images/${name}`;
    return { file, sha256: (await digestFile(file)).sha256 };
  }));
  const open = () => Promise.resolve({ extractor, decoders });
  for await (const event of extractRows(requests, { open })) {
    if (event.kind === "row") rows[event.index] = event.row;
  }
  decoders.close();
  await extractor.close();
  return rows;
}

/** The largest distance from TensorFlow of a row, relative and L2. */
function distance(rows: readonly Float32Array[]): number {
  return Math.max(...names.map((name, index) => {
    let error = 0, size = 0;
    for (const [at, value] of features[name].entries()) {
      error += (rows[index][at] - value) ** 2;
      size += value ** 2;
    }
    return Math.sqrt(error / size);
  }));
}

const allPasses = Object.keys(passes).filter((name): name is PassName =>
  name !== "foldConstants"
);

const choices: Record<string, readonly PassName[]> = {
  "all passes": [],
  "batch norms as they are": ["foldBatchNorm"],
  "no pass": allPasses,
};

for (const [what, without] of Object.entries(choices)) {
  Deno.test(`a net of Inception's blocks gives TensorFlow's features from files, with ${what}`, async () => {
    const rows = await extract(without);
    strictEqual(rows.length, names.length);
    const error = distance(rows);
    ok(error <= 1e-5, `relative L2 ${error}`);
  });
}

Deno.test("a net of Inception's blocks becomes convolutions and pools alone", () => {
  const { graph } = openModel(encodeGraphDef(blockNet()));
  const counts: Record<string, number> = {};
  for (const { op } of optimise(graph).nodes) {
    counts[op] = (counts[op] ?? 0) + 1;
  }
  deepStrictEqual(counts, {
    conv2d: 12,
    max_pool: 3,
    avg_pool: 2,
    reshape: 1,
  });
});
