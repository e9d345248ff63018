import fc from "fast-check";
import { optimizer, optimizerMoments, updateRules } from "./optimizer.ts";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";
import { vectorWidth } from "./vector.ts";

Deno.test("optimizer() agrees with its reference for every rule, size and share that decays", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        rule: fc.constantFrom(...updateRules),
        size: fc.oneof(
          fc.integer({ min: 1, max: 700 }),
          fc.integer({ min: 1, max: 99 }).map((fours) => 4 * fours),
        ),
        decayed: fc.constantFrom(0, 4, 7, 100),
        rateScale: fc.constantFrom(1, 0.01),
        step: fc.nat({ max: 2 }),
        apart: fc.boolean(),
      }),
      async ({ rule, size, decayed, rateScale, step, ...chosen }) => {
        const vector = vectorWidth(size, decayed);
        const apart = chosen.apart && vector === 4;
        const kept = [
          testValues(size, 2),
          ...optimizerMoments[rule].map((_, index) =>
            testValues(size, 3 + index).map((value) => value * value)
          ),
        ];
        const before = ["parameters", ...optimizerMoments[rule]].map((name) =>
          `${name}_before`
        );
        await checkKernel(session, optimizer, {
          params: {
            size,
            decayed,
            secondShare: 0.001,
            penalty: 0.05,
            rateScale,
          },
          variant: {
            ...{ rule, vector, apart },
            asTexels: apart ? ["gradient", ...before].join(" ") : "",
          },
          reads: [
            testValues(size),
            new Float32Array([
              ...[0.1, 0.01, 0.9, 1e-7],
              ...[0.05, 0.005, 0.1, 1e-8],
              ...[0.02, 0.002, 0.15, 1e-7],
            ]),
            new Uint32Array([step + 1]),
            ...apart ? kept : [],
          ],
          writes: apart ? kept.map(() => new Float32Array(size)) : kept,
        });
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("optimizer() passes its own example", async () => {
  await selfTest(await testSession(), optimizer);
});
