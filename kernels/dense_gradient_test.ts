import fc from "fast-check";
import { denseGradient } from "./dense_gradient.ts";
import { dense } from "./dense.ts";
import {
  assertAllClose,
  checkKernel,
  selfTest,
  testSession,
  testValues,
} from "./testing.ts";

Deno.test("denseGradient() agrees with its reference for any size", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        rows: fc.integer({ min: 1, max: 70 }),
        depth: fc.integer({ min: 1, max: 80 }).map((vectors) => vectors * 4),
        columns: fc.integer({ min: 1, max: 5 }).map((vectors) => vectors * 4),
      }),
      async ({ rows, depth, columns }) => {
        await checkKernel(session, denseGradient, {
          params: { rows, depth, columns },
          variant: {},
          reads: [
            testValues(rows * depth),
            testValues(rows * columns, 2),
          ],
          writes: [new Float32Array((depth + 1) * columns)],
        }, { absolute: 1e-5 });
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("denseGradient() is the slope of dense(), by central differences of each parameter", () => {
  const [rows, depth, columns] = [3, 8, 4];
  const params = { rows, depth, columns };
  const x = testValues(rows * depth);
  const parameters = testValues((depth + 1) * columns, 2);
  const dy = testValues(rows * columns, 3);
  const objective = (): number => {
    const y = new Float32Array(rows * columns);
    dense.reference({
      params,
      variant: {},
      reads: [x, parameters],
      writes: [y],
    });
    return y.reduce((sum, value, index) => sum + value * dy[index], 0);
  };
  const gradient = new Float32Array(parameters.length);
  denseGradient.reference({
    params,
    variant: {},
    reads: [x, dy],
    writes: [gradient],
  });
  const differences = parameters.map((value, index) => {
    const distance = 0.25;
    parameters[index] = value + distance;
    const above = objective();
    parameters[index] = value - distance;
    const below = objective();
    parameters[index] = value;
    return (above - below) / (2 * distance);
  });
  assertAllClose(gradient, differences, { absolute: 1e-5 });
});

Deno.test("denseGradient() passes its own example", async () => {
  await selfTest(await testSession(), denseGradient);
});
