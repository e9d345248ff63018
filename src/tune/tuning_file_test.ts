import { deepStrictEqual, match, strictEqual } from "@std/assert";
import { conv2dTiles } from "../../kernels/conv2d.ts";
import { sha256 } from "../bytes/mod.ts";
import type { AdapterFacts } from "../gpu/mod.ts";
import type { Tuning } from "../plan/mod.ts";
import { readTuning, tuningPath, writeTuning } from "./tuning_file.ts";

const adapter: AdapterFacts = {
  description: "an adapter",
  vendor: "vendor",
  architecture: "",
  isFallback: false,
  features: ["timestamp-query"],
  limits: { maxBufferSize: 1024 },
};

const tuning: Tuning = {
  texels: false,
  preset: conv2dTiles[4],
  tiles: { "1x1 window, deep, more pixels": conv2dTiles[6] },
  winograd: { "square window, deep, more pixels": 4 },
};

async function withTable(
  work: (folder: string, path: string) => Promise<void>,
): Promise<void> {
  const parent = await Deno.makeTempDir();
  try {
    const folder = `${parent}/tuning`;
    const created = "2026-01-01T00:00:00.000Z";
    const gain = { before: 2, after: 1 };
    await writeTuning(folder, adapter, { tuning, gain, created });
    await work(folder, tuningPath(folder, adapter));
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

/** Changes a table as someone would who fixes its checksum, too. */
async function rewrite(
  path: string,
  changes: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { checksum: _, ...content } = JSON.parse(await Deno.readTextFile(path));
  const changed = { ...content, ...changes };
  const checksum = sha256(JSON.stringify(changed));
  await Deno.writeTextFile(path, JSON.stringify({ ...changed, checksum }));
}

Deno.test("readTuning() gives what writeTuning() kept", async () => {
  await withTable(async (folder) => {
    deepStrictEqual(await readTuning(folder, adapter), { tuning });
  });
});

Deno.test("readTuning() knows nothing of an adapter whose driver or limits are others", async () => {
  await withTable(async (folder) => {
    const others = [
      { ...adapter, description: "an adapter, newer driver" },
      { ...adapter, limits: { maxBufferSize: 2048 } },
    ];
    for (const other of others) {
      deepStrictEqual(await readTuning(folder, other), {});
    }
  });
});

Deno.test("readTuning() uses no table that is damaged, and says so", async () => {
  await withTable(async (folder, path) => {
    const whole = await Deno.readTextFile(path);
    const damaged = [
      "",
      whole.slice(0, whole.length / 2),
      whole.replace('"threads": 8', '"threads": 16'),
      "[]",
    ];
    for (const text of damaged) {
      await Deno.writeTextFile(path, text);
      const known = await readTuning(folder, adapter);
      strictEqual(known.tuning, undefined);
      match(known.note ?? "", /is not used/);
    }
  });
});

Deno.test("readTuning() uses no table of another version, of other kernels or adapters, or with unknown tiles", async () => {
  await withTable(async (folder, path) => {
    const whole = await Deno.readTextFile(path);
    const changes = [
      { version: 2 },
      { kernels: "0" },
      { adapter: { ...adapter, vendor: "another" } },
      { tuning: { ...tuning, preset: { family: "registers" } } },
    ];
    for (const change of changes) {
      await Deno.writeTextFile(path, whole);
      await rewrite(path, change);
      const known = await readTuning(folder, adapter);
      strictEqual(known.tuning, undefined, JSON.stringify(change));
      match(known.note ?? "", /is not used.*--retune, measures anew/);
    }
  });
});
