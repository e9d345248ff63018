import fc from "fast-check";
import { mean } from "./mean.ts";
import { checkKernel, testSession, testValues } from "./testing.ts";
import { vectorWidth } from "./vector.ts";

async function checkMean(
  [outer, reduce, inner]: readonly [number, number, number],
): Promise<void> {
  const positive = testValues(outer * reduce * inner).map((value) => value + 1);
  await checkKernel(await testSession(), mean, {
    params: { outer, reduce, inner },
    variant: { vector: vectorWidth(inner) },
    reads: [positive],
    writes: [new Float32Array(outer * inner)],
  }, { absolute: 0, relative: 1e-6 });
}

Deno.test("mean() agrees with its reference over odd shapes", async () => {
  const size = (max: number) => fc.integer({ min: 1, max });
  await fc.assert(
    fc.asyncProperty(fc.tuple(size(20), size(150), size(40)), checkMean),
    { numRuns: 30 },
  );
});

Deno.test("mean() of 8x8 to 112x112 pixels is within a millionth", async () => {
  for (const side of [8, 56, 112]) await checkMean([2, side * side, 24]);
});

Deno.test("mean() works along the last axis", async () => {
  await checkMean([70, 2048, 1]);
});
