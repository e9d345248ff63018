import { deepStrictEqual } from "@std/assert";
import fc from "fast-check";
import { sumRows, sumRowsCalls } from "./sum_rows.ts";
import {
  assertAllClose,
  checkKernel,
  runKernel,
  selfTest,
  testSession,
  testValues,
} from "./testing.ts";
import { vectorWidth } from "./vector.ts";

Deno.test("sumRows() agrees with its reference over odd sizes and splits", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        rows: fc.integer({ min: 1, max: 300 }),
        columns: fc.integer({ min: 1, max: 70 }),
        rowsPerSplit: fc.integer({ min: 1, max: 400 }),
      }),
      fc.boolean(),
      (params, texels) =>
        checkKernel(session, sumRows, {
          params,
          variant: {
            vector: vectorWidth(params.columns),
            asTexels: texels ? "x" : "",
          },
          reads: [testValues(params.rows * params.columns)],
          writes: [
            new Float32Array(
              Math.ceil(params.rows / params.rowsPerSplit) * params.columns,
            ),
          ],
        }, { absolute: 2e-5 }),
    ),
    { numRuns: 30 },
  );
});

Deno.test("sumRowsCalls() adds 40,000 rows up in two steps, to a bias's gradient", async () => {
  const session = await testSession();
  const [rows, columns] = [40_000, 5];
  const dy = testValues(rows * columns);
  let values = dy;
  const calls = sumRowsCalls(rows, columns);
  deepStrictEqual(calls.map(({ splits }) => splits), [311, 1]);
  for (const { params, variant, splits } of calls) {
    const writes = [new Float32Array(splits * columns)];
    const call = { params, variant, reads: [values], writes };
    const [sums] = await runKernel(session, sumRows, call);
    values = Float32Array.from(sums);
  }
  const expected = Array.from({ length: columns }, (_, column) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += dy[row * columns + column];
    return sum;
  });
  assertAllClose(values, expected, { absolute: 1e-3 });
});

Deno.test("sumRows() passes its self-test", async () => {
  await selfTest(await testSession(), sumRows);
});
