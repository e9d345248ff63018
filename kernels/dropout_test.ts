import { deepStrictEqual, notDeepStrictEqual, ok, throws } from "@std/assert";
import fc from "fast-check";
import { dropout, dropoutRate } from "./dropout.ts";
import { checkGradient, referenceOf } from "./gradient_testing.ts";
import {
  checkKernel,
  runKernel,
  selfTest,
  testSession,
  testValues,
} from "./testing.ts";
import { vectorWidth } from "./vector.ts";

Deno.test("dropout() makes the mask of the TypeScript generator, bit for bit", async () => {
  const session = await testSession();
  const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        size: fc.integer({ min: 1, max: 2000 }),
        seed: word,
        stream: word,
        threshold: word,
      }),
      fc.integer({ min: 1, max: 2 ** 32 - 2000 }),
      fc.constantFrom(0, 1),
      (params, counter, stepsAhead) =>
        checkKernel(session, dropout, {
          params: { ...params, scale: 2, stepsAhead },
          variant: { vector: vectorWidth(params.size) },
          reads: [
            testValues(params.size),
            new Uint32Array([counter]),
            new Uint32Array([1000]),
          ],
          writes: [new Float32Array(params.size).fill(9)],
        }, { absolute: 0, relative: 0 }),
    ),
    { numRuns: 30 },
  );
});

function callOf(
  { counter, stepsAhead, rate = 0.25 }: {
    counter: number;
    stepsAhead: number;
    rate?: number;
  },
) {
  const size = 40_000;
  return {
    params: { size, seed: 3, stream: 2, ...dropoutRate(rate), stepsAhead },
    variant: { vector: vectorWidth(size) },
    reads: [
      new Float32Array(size).fill(1),
      new Uint32Array([counter]),
      new Uint32Array(1),
    ],
    writes: [new Float32Array(size)],
  };
}

Deno.test("dropout() makes a step's mask again once the counter has advanced, and another for the next", async () => {
  const session = await testSession();
  const run = (counter: number, stepsAhead: number) =>
    runKernel(session, dropout, callOf({ counter, stepsAhead }));
  const forward = await run(8, 0);
  deepStrictEqual(await run(9, 1), forward);
  notDeepStrictEqual(await run(9, 0), forward);
});

Deno.test("dropout() drops the share that was asked for and keeps the mean", () => {
  for (const rate of [0, 0.25, 0.5, 0.9]) {
    const call = callOf({ counter: 1, stepsAhead: 0, rate });
    const y = Array.from(referenceOf(dropout, call)[0]);
    const dropped = y.reduce((sum, value) => sum + Number(value === 0), 0);
    const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
    ok(Math.abs(dropped / y.length - rate) < 0.01, `${dropped}`);
    ok(Math.abs(mean - 1) < 0.05, `${mean}`);
  }
});

Deno.test("dropout() of the slope is the slope of dropout()", () => {
  const x = testValues(30);
  const dy = testValues(30, 2);
  const { params } = dropout.example();
  const apply = (values: Float32Array, step: Partial<typeof params>) =>
    referenceOf(dropout, {
      params: { ...params, size: 30, ...step },
      variant: { vector: 1 },
      reads: [
        values,
        new Uint32Array([4 + (step.stepsAhead ?? 0)]),
        new Uint32Array(1),
      ],
      writes: [new Float32Array(30)],
    })[0];
  checkGradient({
    forward: () => apply(x, {}),
    slope: dy,
    gradients: { x: { input: x, gradient: apply(dy, { stepsAhead: 1 }) } },
  });
});

Deno.test("dropoutRate() refuses what leaves nothing or makes no sense", () => {
  throws(() => dropoutRate(1), RangeError);
  throws(() => dropoutRate(-0.1), RangeError);
  throws(() => dropoutRate(NaN), RangeError);
});

Deno.test("dropout() passes its self-test", async () => {
  await selfTest(await testSession(), dropout);
});
