import fc from "fast-check";
import { packedFilterLength } from "./conv2d.ts";
import { packFilter, packFilterCall } from "./pack_filter.ts";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";

Deno.test("packFilter() lays filters out as conv2d.ts does on the CPU, transposed or not", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        depth: fc.integer({ min: 1, max: 40 }),
        columns: fc.integer({ min: 1, max: 40 }),
        isTransposed: fc.boolean(),
      }),
      async (size) => {
        await checkKernel(session, packFilter, {
          ...packFilterCall(size),
          reads: [testValues(size.depth * size.columns)],
          writes: [new Float32Array(packedFilterLength(size))],
        }, { absolute: 0, relative: 0 });
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("packFilter() passes its own example", async () => {
  await selfTest(await testSession(), packFilter);
});
