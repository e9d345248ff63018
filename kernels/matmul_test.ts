import { deepStrictEqual } from "@std/assert";
import fc from "fast-check";
import { checkGradient, referenceOf } from "./gradient_testing.ts";
import { matmul, matmulCall, type MatmulShape } from "./matmul.ts";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";

interface Transposed {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

function callOf(shape: MatmulShape, transposed: Transposed) {
  const { params, variant } = matmulCall(shape, transposed);
  const a = testValues(shape.rows * shape.depth);
  const b = testValues(shape.depth * shape.columns, 2);
  const y = new Float32Array(params.splits * shape.rows * shape.columns);
  return { params, variant, reads: [a, b], writes: [y.fill(9)] };
}

Deno.test("matmul() agrees with its reference over odd sizes, transposed or not", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        rows: fc.integer({ min: 1, max: 40 }),
        depth: fc.integer({ min: 1, max: 50 }),
        columns: fc.integer({ min: 1, max: 50 }),
      }),
      fc.record({ transposeA: fc.boolean(), transposeB: fc.boolean() }),
      (shape, transposed) =>
        checkKernel(session, matmul, callOf(shape, transposed), {
          absolute: 2e-5,
        }),
    ),
    { numRuns: 60 },
  );
});

Deno.test("matmul() agrees with its reference where all sizes are in fours", async () => {
  const session = await testSession();
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      const shape = { rows: 36, depth: 20, columns: 44 };
      await checkKernel(
        session,
        matmul,
        callOf(shape, { transposeA, transposeB }),
        { absolute: 2e-5 },
      );
    }
  }
});

Deno.test("matmul() splits a long sum over a small product", async () => {
  const call = callOf({ rows: 9, depth: 3135, columns: 10 }, {
    transposeA: false,
    transposeB: false,
  });
  deepStrictEqual(call.params.splits, 24);
  await checkKernel(await testSession(), matmul, call, { absolute: 1e-4 });
});

Deno.test("matmul() of what is transposed makes both gradients of a dense layer", () => {
  const shape = { rows: 3, depth: 5, columns: 4 };
  const plain = { transposeA: false, transposeB: false };
  const forward = callOf(shape, plain);
  const [x, weights] = forward.reads;
  const dy = testValues(12, 3);
  const [dx] = referenceOf(matmul, {
    ...callOf({ rows: 3, depth: 4, columns: 5 }, {
      ...plain,
      transposeB: true,
    }),
    reads: [dy, weights],
  });
  const [gradient] = referenceOf(matmul, {
    ...callOf({ rows: 5, depth: 3, columns: 4 }, {
      ...plain,
      transposeA: true,
    }),
    reads: [x, dy],
  });
  checkGradient({
    forward: () => referenceOf(matmul, forward)[0],
    slope: dy,
    gradients: {
      x: { input: x, gradient: dx },
      weights: { input: weights, gradient },
    },
  });
});

Deno.test("matmul() passes its self-test", async () => {
  await selfTest(await testSession(), matmul);
});
