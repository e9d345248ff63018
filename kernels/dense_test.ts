import fc from "fast-check";
import { dense } from "./dense.ts";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";

const sizes = fc.record({
  rows: fc.integer({ min: 1, max: 70 }),
  depth: fc.integer({ min: 1, max: 80 }).map((vectors) => vectors * 4),
  columns: fc.integer({ min: 1, max: 5 }).map((vectors) => vectors * 4),
});

Deno.test("dense() agrees with its reference for any size, rows past the tile included", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      sizes,
      ({ rows, depth, columns }) =>
        checkKernel(session, dense, {
          params: { rows, depth, columns },
          variant: {},
          reads: [
            testValues(rows * depth),
            testValues((depth + 1) * columns, 2),
          ],
          writes: [new Float32Array(rows * columns)],
        }, { absolute: 1e-5 }),
    ),
    { numRuns: 20 },
  );
});

Deno.test("dense() passes its own example", async () => {
  await selfTest(await testSession(), dense);
});
