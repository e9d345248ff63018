import { deepStrictEqual, strictEqual } from "@std/assert";
import { conv2dTiles } from "../../kernels/conv2d.ts";
import { openModel } from "../features/mod.ts";
import { pictureGraph } from "../features/testing.ts";
import type { AdapterFacts } from "../gpu/mod.ts";
import { plainTuning, type Tuning } from "../plan/mod.ts";
import {
  chooseTuning,
  recordedTuning,
  type Tuner,
  tuningRecord,
} from "./choose_tuning.ts";
import { writeTuning } from "./tuning_file.ts";
import { silentWatcher } from "../watcher.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

const adapter: AdapterFacts = {
  description: "an adapter that this machine does not have",
  vendor: "",
  architecture: "",
  isFallback: false,
  features: [],
  limits: {},
};

const measured: Tuning = { ...plainTuning, preset: conv2dTiles[4] };

function choose(
  tuner: Tuner | undefined,
  { pictures, isAnyCached }: { pictures: number; isAnyCached: boolean },
): Promise<Tuning> {
  return chooseTuning({
    adapter,
    tuner,
    model: openModel(pictureGraph()),
    watcher: silentWatcher,
    pictures,
    isAnyCached: () => Promise.resolve(isAnyCached),
  });
}

Deno.test("chooseTuning() takes the table that is there, and the preset if nobody asks for one", async () => {
  await using folder = await temporaryFolder();
  const record = { tuning: measured, gain: { before: 2, after: 1 } };
  await writeTuning(folder.path, adapter, { ...record, created: "today" });
  const job = { pictures: 1000, isAnyCached: false };
  deepStrictEqual(
    await choose({ folder: folder.path, mode: "auto" }, job),
    measured,
  );
  deepStrictEqual(await choose(undefined, job), plainTuning);
});

Deno.test("chooseTuning() does not measure for few pictures, a small network or a job that is cached in part", async () => {
  await using folder = await temporaryFolder();
  const tuner: Tuner = { folder: folder.path, mode: "auto" };
  for (
    const job of [
      { pictures: 64, isAnyCached: false },
      { pictures: 1000, isAnyCached: false },
      { pictures: 1e9, isAnyCached: true },
    ]
  ) {
    strictEqual(await choose(tuner, job), plainTuning);
  }
  deepStrictEqual([...Deno.readDirSync(folder.path)], []);
});

Deno.test("chooseTuning() measures on the first long job, and then never again", async () => {
  await using folder = await temporaryFolder();
  const tuner: Tuner = { folder: folder.path, mode: "auto", budget: 0 };
  const job = { pictures: 1e9, isAnyCached: false };
  await choose(tuner, job);
  strictEqual([...Deno.readDirSync(folder.path)].length, 1);
});

Deno.test("tuningRecord() is read back by recordedTuning(); a preset stays the preset of whatever adapter", () => {
  const record = JSON.parse(JSON.stringify(tuningRecord(measured, adapter)));
  deepStrictEqual(recordedTuning(record, adapter), measured);
  strictEqual(tuningRecord(plainTuning, adapter), "preset variants");
  strictEqual(tuningRecord(undefined, adapter), "preset variants");
  const software = { ...adapter, description: "llvmpipe (LLVM 15.0.6)" };
  strictEqual(recordedTuning("preset variants", software).texels, true);
});
