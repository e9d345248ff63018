import { deepStrictEqual, ok } from "@std/assert";
import { erf } from "./erf.ts";
import { checkKernel, runKernel, testSession } from "./testing.ts";
import { unary } from "./unary.ts";

function callOf(x: Float32Array) {
  return {
    params: { size: x.length },
    variant: { function: "erf" } as const,
    reads: [x],
    writes: [new Float32Array(x.length)],
  };
}

Deno.test("erf() has the values of tables", () => {
  // Abramowitz and Stegun, table 7.1.
  const table = [[0, 0], [0.5, 0.5204998778], [1, 0.8427007929], [
    2,
    0.9953222650,
  ]];
  for (const [x, value] of table) {
    ok(Math.abs(erf(x) - value) < 1e-10);
    ok(Math.abs(erf(-x) + value) < 1e-10);
  }
});

Deno.test("the error function in WGSL is within 2e-7 everywhere", async () => {
  const session = await testSession();
  const x = Float32Array.from({ length: 48_001 }, (_, at) => at / 4000 - 6);
  await checkKernel(session, unary, callOf(x), { absolute: 2e-7, relative: 0 });
});

Deno.test("the error function in WGSL makes 1 of infinity and NaN of NaN", async () => {
  const x = Float32Array.of(Infinity, -Infinity, NaN, 0, 1e-20);
  const [y] = await runKernel(await testSession(), unary, callOf(x));
  deepStrictEqual(
    Array.from(y.slice(0, 4), (value) => value + 0),
    [1, -1, NaN, 0],
  );
  ok(Math.abs(y[4] / x[4] - erf(1e-10) / 1e-10) < 1e-6);
});
