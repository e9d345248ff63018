import fc from "fast-check";
import { optimizer, optimizerMoments, type UpdateRule } from "./optimizer.ts";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";

const rules = fc.constantFrom<UpdateRule>("sgd", "momentum", "adam");

Deno.test("optimizer() agrees with its reference for every rule, size and share that decays", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        rule: rules,
        vectors: fc.integer({ min: 1, max: 200 }),
        decayed: fc.nat({ max: 200 }),
        step: fc.nat({ max: 2 }),
      }),
      async ({ rule, vectors, decayed, step }) => {
        const size = vectors * 4;
        await checkKernel(session, optimizer, {
          params: {
            vectors,
            decayed,
            momentum: 0.9,
            firstShare: 0.1,
            secondShare: 0.001,
            epsilon: 1e-7,
          },
          variant: { rule },
          reads: [
            testValues(size),
            new Float32Array([0.1, 0.01, 0.05, 0.005, 0.02, 0.002]),
            new Uint32Array([step + 1]),
          ],
          writes: [
            testValues(size, 2),
            ...optimizerMoments[rule].map((_, index) =>
              testValues(size, 3 + index).map((value) => value * value)
            ),
          ],
        });
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("optimizer() passes its own example", async () => {
  await selfTest(await testSession(), optimizer);
});
