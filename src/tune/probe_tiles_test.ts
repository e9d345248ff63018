import { deepStrictEqual, ok, rejects, strictEqual } from "@std/assert";
import fc from "fast-check";
import { conv2dTiles } from "../../kernels/conv2d.ts";
import { testSession } from "../../kernels/testing.ts";
import type { Step } from "../../kernels/program.ts";
import { presetTuning, shapeClass, variantFor } from "../../kernels/tuning.ts";
import { clockedSession } from "../gpu/clock_testing.ts";
import { probedShapes, probeTiles } from "./probe_tiles.ts";
import { Deadline } from "./prober.ts";
import { checkRecord } from "../bytes/record.ts";
import { tuningSchema } from "./tuning_file.ts";

Deno.test("probeTiles() has one shape for each class", () => {
  strictEqual(new Set(probedShapes.map(shapeClass)).size, probedShapes.length);
});

Deno.test("probeTiles() keeps the preset where it has no time, and says how much is left", async () => {
  const session = await testSession();
  const { tuning, left } = await probeTiles(session, {
    deadline: new Deadline(-1),
  });
  deepStrictEqual(tuning, presetTuning(session.adapter));
  strictEqual(left, probedShapes.length);
});

Deno.test("probeTiles() takes for each class the fastest tile or the preset, and leaves nothing behind", async () => {
  const session = await testSession();
  await probeTiles(session, { deadline: new Deadline(-1) });
  const before = await session.liveBuffers();
  const { tuning, classes } = await probeTiles(session, {
    deadline: new Deadline(1500),
  });
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
  const json: unknown = JSON.parse(JSON.stringify(tuning));
  deepStrictEqual(checkRecord(tuningSchema, json).record, tuning);
});

Deno.test("probeTiles() stops when it is told to", async () => {
  const signal = AbortSignal.abort();
  await rejects(probeTiles(await testSession(), { signal }), /abort/i);
});

Deno.test("probeTiles() ends within its budget, however slow the adapter", async () => {
  const pace = fc.record({
    load: fc.integer({ min: 1, max: 200 }),
    compile: fc.integer({ min: 0, max: 900 }),
    wait: fc.integer({ min: 1, max: 20 }),
    slowness: fc.double({ min: 0.01, max: 20, noNaN: true }),
  });
  const budget = 10_000;
  await fc.assert(
    fc.asyncProperty(pace, async ({ slowness, ...rest }) => {
      const { session, now } = clockedSession({
        ...rest,
        step: () => slowness,
      });
      const { milliseconds } = await probeTiles(session, {
        deadline: new Deadline(budget, now),
      });
      strictEqual(milliseconds, now());
      ok(milliseconds <= budget, `${milliseconds} ms`);
    }),
    { numRuns: 50 },
  );
});

Deno.test("probeTiles() probes the heaviest classes first, so that a cut keeps what counts", async () => {
  const names = probedShapes.map(shapeClass);
  const shares = new Map([[names[9], 3], [names[4], 2], [names[12], 1]]);
  const { session, now } = clockedSession({ load: 5, compile: 100, wait: 11 });
  const { classes, left } = await probeTiles(session, {
    deadline: new Deadline(8000, now),
    shares,
  });
  ok(left > 0);
  deepStrictEqual(
    classes.slice(0, 3).map(({ name }) => name),
    [names[9], names[4], names[12]],
  );
});

Deno.test("probeTiles() takes Winograd's convolution for the classes where it is faster by its clock", async () => {
  // Of 3x3 windows two outputs a tile have 16 frequencies, and nothing else has.
  const isDear = ({ kernel, params }: Step) =>
    kernel === "conv2d" && params.parts !== 16;
  const { session, now } = clockedSession({
    ...{ load: 1, compile: 10, wait: 11 },
    step: (step) => isDear(step) ? 40 : 1,
  });
  const { tuning, classes } = await probeTiles(session, {
    deadline: new Deadline(1e6, now),
  });
  const squares = probedShapes.filter(({ inChannels, windowHeight }) =>
    inChannels % 4 === 0 && windowHeight === 3
  );
  deepStrictEqual(
    tuning.winograd,
    {
      ...Object.fromEntries(squares.map((shape) => [shapeClass(shape), 2])),
      // Of this class no shape is probed: the preset stays.
      "square window, shallow, up to 2000 pixels": 4,
    },
  );
  deepStrictEqual(tuning.tiles, {});
  for (const { name, winograd, times } of classes) {
    strictEqual(winograd, tuning.winograd[name]);
    const tried = times.flatMap(({ winograd }) => winograd ?? []);
    deepStrictEqual(
      tried,
      /^1x1|not in fours/.test(name)
        ? []
        : /100 pix/.test(name)
        ? [2, 4]
        : [4, 2],
    );
  }
});

Deno.test("probeTiles() finds the tile that is fastest by its clock", async () => {
  const fastest = conv2dTiles[1];
  const { session, now } = clockedSession({
    load: 1,
    compile: 10,
    wait: 11,
    step: ({ variant }) => variant.rows === 8 ? 1 : 2,
  });
  const { tuning, left } = await probeTiles(session, {
    deadline: new Deadline(1e6, now),
  });
  strictEqual(left, 0);
  deepStrictEqual(tuning.preset, fastest);
  // Its weights stay in registers, whatever the tile.
  const name = "1x1 window, shallow, more pixels";
  const { preset } = presetTuning(session.adapter);
  deepStrictEqual(tuning.tiles, { [name]: preset });
});
