import fc from "fast-check";
import { dense, denseSizes } from "./dense.ts";
import { denseUpdate } from "./dense_update.ts";
import { optimizerMoments, updateRules } from "./optimizer.ts";
import {
  assertAllClose,
  checkKernel,
  selfTest,
  testSession,
  testValues,
} from "./testing.ts";

Deno.test("denseUpdate() agrees with its reference for any size, rule and listed rows", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        rows: fc.integer({ min: 1, max: 70 }),
        depth: fc.integer({ min: 1, max: 80 }).map((vectors) => vectors * 4),
        columns: fc.integer({ min: 1, max: 5 }).map((vectors) => vectors * 4),
      }),
      fc.record({
        rule: fc.constantFrom(...updateRules),
        texels: fc.boolean(),
        advances: fc.boolean(),
      }),
      fc.array(fc.nat(8), { minLength: 300, maxLength: 300 }),
      fc.integer({ min: 1, max: 4 }),
      async (shape, variant, places, counter) => {
        const params = { ...denseSizes(shape), secondShare: 0.1 };
        const { rows, depth, columns, placeStride } = params;
        const size = (depth + 1) * columns;
        await checkKernel(session, denseUpdate, {
          params,
          variant,
          reads: [
            testValues(9 * depth),
            testValues(rows * columns, 2),
            Float32Array.from(places.slice(0, 4 * placeStride)),
            testValues(16, 3).map(Math.abs),
          ],
          writes: [
            new Uint32Array([counter, counter - 1]),
            testValues(size, 4),
            // The second moment is a mean of squares.
            ...optimizerMoments[variant.rule].map((_, index) =>
              testValues(size, 5 + index).map((value) => value * value + 0.1)
            ),
            ...variant.texels ? [new Float32Array(size)] : [],
          ],
        }, { absolute: 1e-4, relative: 1e-4 });
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("denseUpdate() goes down the slope of dense(), by central differences of each parameter", () => {
  const [rows, depth, columns] = [3, 8, 4];
  const params = denseSizes({ rows, depth, columns });
  const x = testValues(rows * depth);
  const parameters = testValues((depth + 1) * columns, 2);
  const dy = testValues(rows * columns, 3);
  const objective = (): number => {
    const y = new Float32Array(rows * columns);
    dense.reference({
      params,
      variant: { source: "all", texels: false },
      reads: [x, parameters],
      writes: [y],
    });
    return y.reduce((sum, value, index) => sum + value * dy[index], 0);
  };
  const updated = parameters.slice();
  const counter = new Uint32Array([1]);
  denseUpdate.reference({
    params: { ...params, secondShare: 0 },
    variant: { rule: "sgd", texels: false, advances: false },
    reads: [
      x,
      dy,
      new Float32Array([0, 1, 2, 0]),
      new Float32Array([1, 0, 0, 0]),
    ],
    writes: [counter, updated],
  });
  const slopes = parameters.map((value, index) => {
    const distance = 0.25;
    parameters[index] = value + distance;
    const above = objective();
    parameters[index] = value - distance;
    const below = objective();
    parameters[index] = value;
    return (above - below) / (2 * distance);
  });
  const gradient = updated.map((value, index) => parameters[index] - value);
  assertAllClose(gradient, slopes, { absolute: 1e-5 });
});

Deno.test("denseUpdate() passes its own example", async () => {
  await selfTest(await testSession(), denseUpdate);
});
