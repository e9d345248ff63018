import { deepStrictEqual, ok } from "@std/assert";
import fc from "fast-check";
import { checkGradient, referenceOf } from "./gradient_testing.ts";
import { layerNorm } from "./layer_norm.ts";
import { layerNormGradient } from "./layer_norm_gradient.ts";
import { rowVariant } from "./row_lanes.ts";
import {
  checkKernel,
  runKernel,
  selfTest,
  testSession,
  testValues,
} from "./testing.ts";

interface Rows {
  readonly rows: number;
  readonly columns: number;
  /** Added to all values [0]. */
  readonly offset?: number;
  /** Whether rows are shared as on software [false]. */
  readonly isSoftware?: boolean;
}

function callOf({ rows, columns, offset = 0, isSoftware = false }: Rows) {
  return {
    params: { rows, columns, epsilon: 1e-5 },
    variant: rowVariant(columns, { isSoftware }),
    reads: [
      testValues(rows * columns).map((value) => value + offset),
      testValues(columns, 2),
      testValues(columns, 3),
    ],
    writes: [new Float32Array(rows * columns).fill(9)],
  };
}

function gradientCallOf(shape: Rows) {
  const { reads: [x, scale], ...call } = callOf(shape);
  const dy = testValues(x.length, 4);
  return {
    ...call,
    reads: [dy, x, scale],
    writes: [...call.writes, new Float32Array(x.length).fill(9)],
  };
}

const shapes = fc.record({
  rows: fc.integer({ min: 1, max: 40 }),
  columns: fc.oneof(
    fc.integer({ min: 1, max: 70 }),
    fc.integer({ min: 71, max: 1000 }),
  ),
  isSoftware: fc.boolean(),
});

Deno.test("layerNorm() and its gradient agree with their references over odd shapes", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(shapes, async (shape) => {
      // The variance of two values may be near epsilon: what is divided by its root grows.
      const tolerance = { absolute: 1e-5, relative: 2e-5 };
      await checkKernel(session, layerNorm, callOf(shape), tolerance);
      const back = gradientCallOf(shape);
      if (shape.columns < 3) return;
      await checkKernel(session, layerNormGradient, back, tolerance);
    }),
    { numRuns: 40 },
  );
});

Deno.test("layerNorm() loses nothing of values near each other and far from 0", async () => {
  const session = await testSession();
  const call = callOf({ rows: 3, columns: 768, offset: 1e4 });
  await checkKernel(session, layerNorm, call, { absolute: 1e-5 });
  const back = gradientCallOf({ rows: 3, columns: 768, offset: 1e4 });
  await checkKernel(session, layerNormGradient, back, { absolute: 1e-5 });
});

Deno.test("layerNorm() normalises rows of 200,000 values", async () => {
  const call = callOf({ rows: 2, columns: 200_000, offset: 3 });
  await checkKernel(await testSession(), layerNorm, call, { absolute: 1e-5 });
});

Deno.test("layerNorm() makes NaN of a row with a value that is not finite, and of no other", async () => {
  const session = await testSession();
  const call = callOf({ rows: 4, columns: 97 });
  const [x] = call.reads;
  x[5] = NaN;
  x[97 + 96] = Infinity;
  x[3 * 97] = -Infinity;
  const [y] = await runKernel(session, layerNorm, call);
  const kinds = [0, 1, 2, 3].map((row) => {
    const values = Array.from(y.slice(row * 97, (row + 1) * 97));
    return values.every(Number.isNaN) ? "NaN" : values.every(Number.isFinite);
  });
  deepStrictEqual(kinds, ["NaN", "NaN", true, "NaN"]);
});

Deno.test("layerNorm() gives a row the same bytes whatever the batch", async () => {
  const session = await testSession();
  const many = callOf({ rows: 33, columns: 768 });
  const [whole] = await runKernel(session, layerNorm, many);
  const [x, scale, bias] = many.reads;
  const [alone] = await runKernel(session, layerNorm, {
    ...callOf({ rows: 1, columns: 768 }),
    reads: [x.slice(32 * 768), scale, bias],
  });
  deepStrictEqual(alone, whole.slice(32 * 768));
  ok(alone.some((value) => value !== 0));
});

Deno.test("layerNormGradient() is the slope of layerNorm()", () => {
  for (const shape of [{ rows: 3, columns: 7 }, { rows: 2, columns: 12 }]) {
    const forward = callOf(shape);
    const [x, scale, bias] = forward.reads;
    const back = gradientCallOf(shape);
    const [dx, dz] = referenceOf(layerNormGradient, back);
    const sums = (values: ArrayLike<number>) =>
      Float32Array.from({ length: shape.columns }, (_, c) => {
        let sum = 0;
        for (let row = 0; row < shape.rows; row++) {
          sum += values[row * shape.columns + c];
        }
        return sum;
      });
    const [dy] = back.reads;
    checkGradient({
      forward: () => referenceOf(layerNorm, forward)[0],
      slope: dy,
      gradients: {
        x: { input: x, gradient: dx },
        scale: { input: scale, gradient: sums(dz) },
        bias: { input: bias, gradient: sums(dy) },
      },
      distance: 1 / 128,
      absolute: 1e-4,
    });
  }
});

Deno.test("layerNorm() and its gradient pass their self-tests", async () => {
  const session = await testSession();
  await selfTest(session, layerNorm);
  await selfTest(session, layerNormGradient);
});
