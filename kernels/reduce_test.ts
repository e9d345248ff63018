import fc from "fast-check";
import { reduce, reduceCall } from "./reduce.ts";
import { checkKernel, testSession, testValues } from "./testing.ts";

Deno.test("reduce() agrees with its reference for every function, across blocks", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(
        ...["sum", "prod", "max", "min", "argmax", "argmin"] as const,
      ),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 9 }),
      async (name, outer, count, inner) => {
        const values = testValues(outer * count * inner);
        await checkKernel(session, reduce, {
          params: { outer, reduce: count, inner },
          variant: { function: name },
          reads: [
            // No sum of what cancels, and no product that vanishes or grows.
            values.map((value) =>
              name === "prod"
                ? 1 + value / 50
                : name === "sum"
                ? 2 + value
                : value
            ),
          ],
          writes: [new Float32Array(outer * inner)],
        });
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("reduce() goes through more values than a thread does, and finds the first of equal ones", async () => {
  const session = await testSession();
  for (const count of [65_537, 200_003]) {
    const shape = { outer: 1, reduce: count, inner: 2 };
    for (const name of ["sum", "max", "argmax", "argmin"] as const) {
      const values = testValues(2 * count)
        .map((value) => Math.round(value * 4) / 4 + (name === "sum" ? 2 : 0));
      values[2 * count - 1] = 9;
      await checkKernel(session, reduce, {
        ...reduceCall(shape, name),
        reads: [values],
        writes: [new Float32Array(2)],
      });
    }
  }
});
