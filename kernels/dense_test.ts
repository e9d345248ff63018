import fc from "fast-check";
import { dense, denseSizes } from "./dense.ts";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";

const sizes = fc.record({
  rows: fc.integer({ min: 1, max: 70 }),
  depth: fc.integer({ min: 1, max: 80 }).map((vectors) => vectors * 4),
  columns: fc.integer({ min: 1, max: 5 }).map((vectors) => vectors * 4),
  texels: fc.boolean(),
});

Deno.test("dense() agrees with its reference for any size, rows past the tile included", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      sizes,
      ({ rows, depth, columns, texels }) =>
        checkKernel(session, dense, {
          params: denseSizes({ rows, depth, columns }),
          variant: { source: "all", texels },
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

Deno.test("dense() takes the rows that the counter's step lists, as often as they are listed", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      sizes,
      fc.array(fc.nat(8), { minLength: 300, maxLength: 300 }),
      fc.nat(3),
      ({ rows, depth, columns, texels }, places, step) => {
        const params = denseSizes({ rows, depth, columns });
        return checkKernel(session, dense, {
          params,
          variant: { source: "listed", texels },
          reads: [
            testValues(9 * depth),
            testValues((depth + 1) * columns, 2),
            Float32Array.from(places.slice(0, 4 * params.placeStride)),
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
