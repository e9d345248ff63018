import fc from "fast-check";
import { checkGradient, referenceOf } from "./gradient_testing.ts";
import { mean } from "./mean.ts";
import { meanGradient } from "./mean_gradient.ts";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";
import { vectorWidth } from "./vector.ts";

Deno.test("meanGradient() agrees with its reference over odd sizes", async () => {
  const session = await testSession();
  const size = fc.integer({ min: 1, max: 20 });
  await fc.assert(
    fc.asyncProperty(
      fc.record({ outer: size, reduce: size, inner: size }),
      (params) =>
        checkKernel(session, meanGradient, {
          params,
          variant: { vector: vectorWidth(params.inner) },
          reads: [testValues(params.outer * params.inner)],
          writes: [
            new Float32Array(params.outer * params.reduce * params.inner),
          ],
        }),
    ),
    { numRuns: 20 },
  );
});

Deno.test("meanGradient() is the slope of mean()", () => {
  const params = { outer: 2, reduce: 6, inner: 3 };
  const x = testValues(36);
  const dy = testValues(6, 2);
  const [dx] = referenceOf(meanGradient, {
    params,
    variant: { vector: 1 },
    reads: [dy],
    writes: [new Float32Array(36)],
  });
  checkGradient({
    forward: () =>
      referenceOf(mean, {
        params,
        variant: { vector: 1 },
        reads: [x],
        writes: [new Float32Array(6)],
      })[0],
    slope: dy,
    gradients: { x: { input: x, gradient: dx } },
  });
});

Deno.test("meanGradient() passes its self-test", async () => {
  await selfTest(await testSession(), meanGradient);
});
