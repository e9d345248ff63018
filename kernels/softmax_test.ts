import { ok } from "@std/assert";
import fc from "fast-check";
import { softmax } from "./softmax.ts";
import { checkKernel, runKernel, testSession, testValues } from "./testing.ts";

function callOf({ rows, columns }: { rows: number; columns: number }) {
  return {
    params: { rows, columns },
    variant: {},
    reads: [testValues(rows * columns).map((value) => value * 10)],
    writes: [new Float32Array(rows * columns)],
  };
}

Deno.test("softmax() agrees with its reference over odd shapes", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        rows: fc.integer({ min: 1, max: 40 }),
        columns: fc.integer({ min: 1, max: 300 }),
      }),
      async (shape) => {
        const call = callOf(shape);
        await checkKernel(session, softmax, call);
        const variant = { threads: 8 };
        await checkKernel(session, softmax, { ...call, variant });
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("softmax() handles 22,000 columns and sums to one", async () => {
  const session = await testSession();
  const call = callOf({ rows: 3, columns: 22_000 });
  await checkKernel(session, softmax, call);
  const [y] = await runKernel(session, softmax, call);
  for (let row = 0; row < 3; row++) {
    let sum = 0;
    for (const value of y.slice(row * 22_000, (row + 1) * 22_000)) sum += value;
    ok(Math.abs(sum - 1) < 1e-5, `row ${row} sums to ${sum}`);
  }
});

Deno.test("softmax() survives logits whose exponential no float holds", async () => {
  await checkKernel(await testSession(), softmax, {
    ...callOf({ rows: 1, columns: 4 }),
    reads: [new Float32Array([1000, 999, -1000, 1000])],
  });
});

Deno.test("softmax() handles rows whose values are all far below zero", async () => {
  await checkKernel(await testSession(), softmax, {
    ...callOf({ rows: 2, columns: 3 }),
    reads: [new Float32Array([-500, -501, -502, -1e9, -1e9, -1e9])],
  });
});
