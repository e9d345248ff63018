import fc from "fast-check";
import { activationFunctions } from "./activation.ts";
import { activationGradient } from "./activation_gradient.ts";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";
import { vectorWidth } from "./vector.ts";

Deno.test("activationGradient() agrees with its reference for every function and odd sizes, corners included", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...activationFunctions),
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
          variant: {
            function: name,
            vector: vectorWidth(size),
            asTexels: texels ? "y dy" : "",
          },
          reads: [y, testValues(size, 2)],
          writes: [new Float32Array(size)],
        });
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("activationGradient() passes its self-test", async () => {
  await selfTest(await testSession(), activationGradient);
});
