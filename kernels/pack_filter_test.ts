import { deepStrictEqual } from "@std/assert";
import fc from "fast-check";
import { packedFilterLength, packFilter as packOnCpu } from "./conv2d.ts";
import { packFilter, packFilterCall } from "./pack_filter.ts";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";

Deno.test("packFilter() lays filters out as conv2d.ts does on the CPU, transposed or not", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        block: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(12)),
        places: fc.integer({ min: 1, max: 9 }),
        columns: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(36)),
        isTransposed: fc.boolean(),
      }).map(({ block, ...size }) => ({ ...size, depth: block * size.places })),
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

Deno.test("packFilter() of a transposed filter starts with the last place of its window", () => {
  // Two places of three columns and two rows each.
  const filter = Float32Array.from({ length: 12 }, (_, index) => index);
  const size = { depth: 4, columns: 3, isTransposed: true, places: 2 };
  const packed = packOnCpu(filter, size);
  const rows = [0, 1, 2, 3].map((row) => [
    ...packed.subarray(16 * row, 16 * row + 3),
  ]);
  deepStrictEqual(rows, [[6, 8, 10], [7, 9, 11], [0, 2, 4], [1, 3, 5]]);
});

Deno.test("packFilter() passes its own example", async () => {
  await selfTest(await testSession(), packFilter);
});
