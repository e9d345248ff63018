import fc from "fast-check";
import { gatherRows } from "./gather_rows.ts";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";

Deno.test("gatherRows() copies the rows that the table lists for the step of the counter, of floats and of bytes", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        rows: fc.integer({ min: 1, max: 70 }),
        depth: fc.integer({ min: 1, max: 80 }).map((vectors) => vectors * 4),
        step: fc.nat({ max: 2 }),
        bytes: fc.boolean(),
      }),
      async ({ rows, depth, step, bytes }) => {
        const dataRows = 9;
        const batches = Uint32Array.from(
          { length: rows * 3 },
          (_, index) => (index * 7 + step) % dataRows,
        );
        await checkKernel(session, gatherRows, {
          params: { rows, depth },
          variant: { bytes },
          reads: [
            bytes ? testBytes(dataRows * depth) : testValues(dataRows * depth),
            batches,
            new Uint32Array([step]),
          ],
          writes: [new Float32Array(rows * depth)],
        }, { absolute: 0, relative: 0 });
      },
    ),
    { numRuns: 20 },
  );
});

/** Words of four bytes each, of all values. */
function testBytes(count: number): Uint32Array {
  const bytes = Uint8Array.from({ length: count }, (_, at) => at * 167 + 85);
  return new Uint32Array(bytes.buffer);
}

Deno.test("gatherRows() passes its own example", async () => {
  await selfTest(await testSession(), gatherRows);
});
