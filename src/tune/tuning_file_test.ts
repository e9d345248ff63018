import { deepStrictEqual, match, strictEqual } from "@std/assert";
import { conv2dTiles } from "../../kernels/conv2d.ts";
import { sha256 } from "../bytes/mod.ts";
import { checkRecord } from "../bytes/record.ts";
import type { AdapterFacts } from "../gpu/mod.ts";
import { texelTuning, type Tuning } from "../plan/mod.ts";
import {
  readTuning,
  tuningPath,
  tuningSchema,
  writeTuning,
} from "./tuning_file.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

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
  await using parent = await temporaryFolder();
  const folder = `${parent.path}/tuning`;
  const created = "2026-01-01T00:00:00.000Z";
  const gain = { before: 2, after: 1 };
  await writeTuning(folder, adapter, { tuning, gain, created });
  await work(folder, tuningPath(folder, adapter));
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

function tuningOf(json: unknown): Tuning | undefined {
  return checkRecord(tuningSchema, JSON.parse(JSON.stringify(json))).record;
}

Deno.test("tuningSchema gives back what JSON kept", () => {
  const tiles = Object.fromEntries(
    conv2dTiles.map((tile, index) => [`class ${index}`, tile]),
  );
  const winograd = { "class 0": 2, "class 7": 4 } as const;
  const preset = conv2dTiles[4];
  const tuning: Tuning = { texels: true, preset, tiles, winograd };
  deepStrictEqual(tuningOf(tuning), tuning);
});

Deno.test("tuningSchema takes tables from before Winograd's convolution", () => {
  const { winograd: _, ...older } = texelTuning;
  deepStrictEqual(tuningOf(older), { ...older, winograd: {} });
});

Deno.test("tuningSchema takes no tile that there is no kernel for", () => {
  const whole = { texels: false, preset: { ...conv2dTiles[0] }, tiles: {} };
  for (
    const [changes, problem] of [
      [{ texels: 1 }, '"texels" is 1, expected true or false'],
      [
        { preset: { family: "registers", texels: true, rows: 7 } },
        '"preset" is an object, expected a tile that there is a kernel for',
      ],
      [
        { preset: { ...conv2dTiles[0], more: 1 } },
        '"preset" is an object, expected a tile that there is a kernel for',
      ],
      [
        { tiles: { one: null } },
        '"tiles.one" is null, expected a tile that there is a kernel for',
      ],
      [{ tiles: [] }, '"tiles" is a list, expected an object'],
      [{ winograd: { one: 3 } }, '"winograd.one" is 3, expected 2 or 4'],
      [{ winograd: [] }, '"winograd" is a list, expected an object'],
    ] as const
  ) {
    const json: unknown = { ...whole, ...changes };
    strictEqual(checkRecord(tuningSchema, json).problem, problem);
  }
});
