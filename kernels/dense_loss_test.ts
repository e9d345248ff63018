import fc from "fast-check";
import { denseLoss, lossParts, maxDenseLossClasses } from "./dense_loss.ts";
import { denseSizes } from "./dense.ts";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";

Deno.test("denseLoss() agrees with its reference for any size, classes, listed rows and step", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        rows: fc.integer({ min: 1, max: 70 }),
        depth: fc.integer({ min: 1, max: 80 }).map((vectors) => vectors * 4),
        classes: fc.integer({ min: 1, max: maxDenseLossClasses }),
        smoothing: fc.constantFrom(0, 0.1),
        step: fc.nat(2),
        texels: fc.boolean(),
      }),
      fc.array(fc.nat(8), { minLength: 300, maxLength: 300 }),
      ({ rows, depth, classes, smoothing, step, texels }, places) => {
        const columns = Math.ceil(classes / 4) * 4;
        const params = {
          ...denseSizes({ rows, depth, columns }),
          classes,
          smoothing,
        };
        return checkKernel(session, denseLoss, {
          params,
          variant: { texels },
          reads: [
            testValues(9 * depth),
            testValues((depth + 1) * columns, 2),
            Float32Array.from(places.slice(0, 3 * params.placeStride)),
            Uint32Array.from(
              { length: 3 * rows },
              (_, index) => index * 5 % classes,
            ),
          ],
          writes: [
            new Float32Array(rows * columns),
            new Float32Array(3 * lossParts(rows) * 2),
            new Uint32Array([step, 9]),
          ],
        }, { absolute: 1e-5, relative: 1e-4 });
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("denseLoss() passes its own example", async () => {
  await selfTest(await testSession(), denseLoss);
});
