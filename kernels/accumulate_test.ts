import fc from "fast-check";
import { accumulate } from "./accumulate.ts";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";
import { vectorWidth } from "./vector.ts";

Deno.test("accumulate() adds for any size", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 300 }),
      (size) =>
        checkKernel(session, accumulate, {
          params: { size },
          variant: { vector: vectorWidth(size) },
          reads: [testValues(size)],
          writes: [testValues(size, 2)],
        }),
    ),
    { numRuns: 20 },
  );
});

Deno.test("accumulate() passes its self-test", async () => {
  await selfTest(await testSession(), accumulate);
});
