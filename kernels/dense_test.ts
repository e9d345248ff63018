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
          params: { rows, ahead: 0, depth, columns },
          variant: { gathered: false },
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

Deno.test("dense() takes the rows that the table lists for the step of the counter", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      sizes,
      fc.nat({ max: 2 }),
      async ({ rows, depth, columns }, step) => {
        const dataRows = 9;
        const batches = Uint32Array.from(
          { length: rows * 3 },
          (_, index) => (index * 7 + step) % dataRows,
        );
        await checkKernel(session, dense, {
          params: { rows, ahead: 0, depth, columns },
          variant: { gathered: true },
          reads: [
            testValues(dataRows * depth),
            testValues((depth + 1) * columns, 2),
            batches,
            new Uint32Array([step]),
          ],
          writes: [new Float32Array(rows * columns)],
        }, { absolute: 1e-5 });
      },
    ),
    { numRuns: 20 },
  );
});

Deno.test("dense() passes its own example", async () => {
  await selfTest(await testSession(), dense);
});
