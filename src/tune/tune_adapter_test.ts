import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import fc from "fast-check";
import { openModel } from "../features/mod.ts";
import { pictureGraph } from "../features/testing.ts";
import { clockedSession, type Pace } from "../gpu/clock_testing.ts";
import { texelTuning } from "../plan/mod.ts";
import { tuneAdapter, type Tuned } from "./tune_adapter.ts";
import { readTuning } from "./tuning_file.ts";
import { silentWatcher } from "../watcher.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

const model = openModel(pictureGraph());

/** What tuning comes to on an adapter of that pace, and what it said. */
async function tuneAt(
  pace: Pace,
  { budget }: { budget?: number } = {},
): Promise<{ tuned: Tuned; notes: string[]; kept: boolean }> {
  await using folder = await temporaryFolder();
  const { session, now } = clockedSession(pace);
  const notes: string[] = [];

  const tuned = await tuneAdapter({
    model,
    folder: folder.path,
    now,
    open: () => Promise.resolve(session),
    watcher: { ...silentWatcher, note: (text) => notes.push(text) },
    ...budget === undefined ? {} : { budget },
  });
  strictEqual(tuned.milliseconds, now());
  const { tuning } = await readTuning(folder.path, session.adapter);
  if (tuning) deepStrictEqual(tuning, tuned.tuning);
  return { tuned, notes, kept: tuning !== undefined };
}

/** Half as long for every tile that is not the preset of software adapters. */
function favourOthers(
  milliseconds: number,
): NonNullable<Pace["step"]> {
  return ({ kernel, variant }) =>
    kernel === "conv2d" && (variant.family === "shared" || variant.rows === 8)
      ? milliseconds / 2
      : milliseconds;
}

Deno.test("tuneAdapter() ends within 20 s, compiling, probing and comparing together", async () => {
  const pace = fc.record({
    load: fc.integer({ min: 1, max: 200 }),
    compile: fc.integer({ min: 0, max: 600 }),
    wait: fc.integer({ min: 1, max: 20 }),
  });
  const slowness = fc.double({ min: 0.01, max: 200, noNaN: true });
  await fc.assert(
    fc.asyncProperty(pace, slowness, async (pace, milliseconds) => {
      const step = favourOthers(milliseconds);
      const { tuned } = await tuneAt({ ...pace, step });
      ok(tuned.milliseconds <= 20_000, `${tuned.milliseconds} ms`);
    }),
    { numRuns: 30 },
  );
});

Deno.test("tuneAdapter() says what it gained, and keeps the table", async () => {
  const step = favourOthers(4);
  const pace = { load: 1, compile: 10, wait: 11, step };
  const { tuned, notes, kept } = await tuneAt(pace);
  const { before, after } = tuned.gain ?? { before: 0, after: 0 };
  ok(after < before);
  strictEqual(kept, true);
  match(notes[0], /^tuned in \d+\.\d s.*: .* images\/s, .* times as fast$/);
});

Deno.test("tuneAdapter() keeps the preset where whole networks cannot be compared in time", async () => {
  const probe = favourOthers(4);
  const step: NonNullable<Pace["step"]> = (each) =>
    each.kernel === "conv2d" ? probe(each) : 500;
  const pace = { load: 1, compile: 10, wait: 11, step };
  const { tuned, notes } = await tuneAt(pace, { budget: 2000 });
  strictEqual(tuned.gain, undefined);
  deepStrictEqual(tuned.tuning, texelTuning);
  match(
    notes[0],
    /no time for \d+ classes of shapes\): the preset stays, as there was no time/,
  );
});

Deno.test("tuneAdapter() takes no table whose features are others", async () => {
  const step = favourOthers(4);
  let reads = 0;
  const pace: Pace = {
    ...{ load: 1, compile: 10, wait: 11, step },
    content: (name) => name === "compared: rows" ? reads++ : 0,
  };
  const { tuned, notes } = await tuneAt(pace);
  strictEqual(tuned.gain, undefined);
  deepStrictEqual(tuned.tuning, texelTuning);
  match(notes[0], /the preset stays, as other kernels compute other features/);
});
