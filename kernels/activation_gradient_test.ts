import fc from "fast-check";
import {
  activationGradient,
  differentiableActivations,
} from "./activation_gradient.ts";
import { checkGradient, referenceOf } from "./gradient_testing.ts";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";
import { unary } from "./unary.ts";
import { vectorWidth } from "./vector.ts";

Deno.test("activationGradient() agrees with its reference for every function and odd sizes, corners included", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...differentiableActivations),
      fc.integer({ min: 1, max: 300 }),
      fc.boolean(),
      (name, size, texels) => {
        const y = testValues(size).map((value) =>
          name === "sigmoid"
            ? (value + 1) / 2
            : Math.min(Math.max(Math.round(value * 9), 0), 6)
        );
        return checkKernel(session, activationGradient, {
          params: { size },
          variant: { function: name, vector: vectorWidth(size), texels },
          reads: [y, testValues(size, 2)],
          writes: [new Float32Array(size)],
        });
      },
    ),
    { numRuns: 40 },
  );
});

for (const name of differentiableActivations) {
  Deno.test(`activationGradient() of ${name} is the slope of unary()`, () => {
    // Away from the corners at 0 and 6.
    const x = new Float32Array([-8, -3, -0.5, 0.5, 1, 2.25, 4, 5.5, 6.5, 9]);
    const dy = testValues(x.length, 2);
    const params = { size: x.length };
    const forward = () =>
      referenceOf(unary, {
        params,
        variant: { function: name },
        reads: [x],
        writes: [new Float32Array(x.length)],
      })[0];
    const [dx] = referenceOf(activationGradient, {
      params,
      variant: { function: name, vector: 1, texels: false },
      reads: [forward(), dy],
      writes: [new Float32Array(x.length)],
    });
    checkGradient({
      forward,
      slope: dy,
      gradients: { x: { input: x, gradient: dx } },
    });
  });
}

Deno.test("activationGradient() passes its self-test", async () => {
  await selfTest(await testSession(), activationGradient);
});
