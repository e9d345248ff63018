import fc from "fast-check";
import { batchMatmul, batchMatmulCall, type Products } from "./batch_matmul.ts";
import type { MatmulShape } from "./matmul.ts";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";

interface Stored {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

function callOf(shape: MatmulShape, products: Products & Stored) {
  const call = batchMatmulCall(shape, products);
  const matrices = ([outer, inner]: Products["a"]) => outer * inner;
  const { rows, depth, columns } = shape;
  return {
    ...call,
    reads: [
      testValues(matrices(products.a) * rows * depth),
      testValues(matrices(products.b) * depth * columns, 2),
    ],
    writes: [
      new Float32Array(call.params.products * rows * columns).fill(9),
    ],
  };
}

/** Sizes of both operands along an axis, either of which may be repeated. */
const sides = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(0, 1, 2))
  .map(([size, repeated]) => [
    repeated === 1 ? 1 : size,
    repeated === 2 ? 1 : size,
  ]);

Deno.test("batchMatmul() agrees with its reference over odd sizes, transposed or not, shared or not", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        rows: fc.integer({ min: 1, max: 40 }),
        depth: fc.integer({ min: 1, max: 50 }),
        columns: fc.integer({ min: 1, max: 50 }),
      }),
      fc.record({
        outer: sides,
        inner: sides,
        transposeA: fc.boolean(),
        transposeB: fc.boolean(),
      }),
      (shape, { outer, inner, ...stored }) =>
        checkKernel(
          session,
          batchMatmul,
          callOf(shape, {
            a: [outer[0], inner[0]],
            b: [outer[1], inner[1]],
            ...stored,
          }),
          { absolute: 2e-5 },
        ),
    ),
    { numRuns: 24 },
  );
});

Deno.test("batchMatmul() agrees with its reference where all sizes are in fours", async () => {
  const session = await testSession();
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      const shape = { rows: 36, depth: 20, columns: 44 };
      const stored = { transposeA, transposeB };
      const call = callOf(shape, { a: [2, 3], b: [1, 3], ...stored });
      await checkKernel(session, batchMatmul, call, { absolute: 2e-5 });
    }
  }
});

Deno.test("batchMatmul() passes its self-test", async () => {
  await selfTest(await testSession(), batchMatmul);
});
