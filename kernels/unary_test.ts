import fc from "fast-check";
import { activationFunctions } from "./activation.ts";
import { checkKernel, testSession, testValues } from "./testing.ts";
import { plainOps, unary, type UnaryFunction } from "./unary.ts";

Deno.test("unary() agrees with its reference for every function and odd sizes", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<UnaryFunction>(
        ...activationFunctions,
        ...plainOps.keys(),
      ),
      fc.integer({ min: 1, max: 300 }),
      async (name, size) => {
        const x = testValues(size).map((value) =>
          /^(rsqrt|sqrt|log|reciprocal)$/.test(name) ? 1.5 + value : value * 10
        );
        await checkKernel(session, unary, {
          params: { size },
          variant: { function: name },
          reads: [x],
          writes: [new Float32Array(size)],
        });
      },
    ),
    { numRuns: 40 },
  );
});
