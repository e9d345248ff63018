import fc from "fast-check";
import { activationFunctions } from "./activation.ts";
import { checkKernel, testSession, testValues } from "./testing.ts";
import { unary } from "./unary.ts";

Deno.test("unary() agrees with its reference for every function and odd sizes", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...activationFunctions, "identity", "rsqrt"),
      fc.integer({ min: 1, max: 300 }),
      async (name, size) => {
        const x = testValues(size).map((value) =>
          name === "rsqrt" ? 1.5 + value : value * 10
        );
        await checkKernel(session, unary, {
          params: { size },
          variant: { function: name },
          reads: [x],
          writes: [new Float32Array(size)],
        });
      },
    ),
    { numRuns: 20 },
  );
});
