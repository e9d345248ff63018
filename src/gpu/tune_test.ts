import { deepStrictEqual, ok, rejects, strictEqual } from "@std/assert";
import { testSession } from "../../kernels/testing.ts";
import {
  parseTuning,
  presetTuning,
  shapeClass,
  variantFor,
} from "../plan/tuning.ts";
import { probedShapes } from "./_probed_shapes.ts";
import { probeTiles } from "./tune.ts";

Deno.test("probeTiles() has one shape for each class", () => {
  strictEqual(new Set(probedShapes.map(shapeClass)).size, probedShapes.length);
});

Deno.test("probeTiles() keeps the preset where it has no time, and says how much is left", async () => {
  const session = await testSession();
  const { tuning, left } = await probeTiles(session, { budget: -1 });
  deepStrictEqual(tuning, presetTuning(session.adapter));
  strictEqual(left, probedShapes.length);
});

Deno.test("probeTiles() takes for each class the fastest tile or the preset, and leaves nothing behind", async () => {
  const session = await testSession();
  await probeTiles(session, { budget: -1 });
  const before = await session.liveBuffers();
  const { tuning, classes } = await probeTiles(session, { budget: 1500 });
  strictEqual(await session.liveBuffers(), before);
  ok(classes.length > 0);
  for (const [index, { name, chosen, times }] of classes.entries()) {
    const shape = probedShapes[index];
    strictEqual(name, shapeClass(shape));
    deepStrictEqual(variantFor(tuning, shape), chosen);
    const [preset] = times;
    const best = times.toSorted((a, b) => a.milliseconds - b.milliseconds)[0];
    ok([preset.tile, best.tile].includes(chosen));
  }
  deepStrictEqual(parseTuning(JSON.parse(JSON.stringify(tuning))), tuning);
});

Deno.test("probeTiles() stops when it is told to", async () => {
  const signal = AbortSignal.abort();
  await rejects(probeTiles(await testSession(), { signal }), /abort/i);
});
