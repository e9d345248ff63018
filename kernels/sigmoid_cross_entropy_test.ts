import fc from "fast-check";
import { checkGradient, referenceOf } from "./gradient_testing.ts";
import { sigmoidCrossEntropy } from "./sigmoid_cross_entropy.ts";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";

function callOf(
  { logits, smoothing }: { logits: Float32Array; smoothing: number },
) {
  const rows = logits.length;
  return {
    params: { rows, smoothing },
    variant: {},
    reads: [
      logits,
      Uint32Array.from({ length: 2 * rows }, (_, i) => i * 5 % 7 % 2),
      new Float32Array([0.75, 1.5]),
    ],
    writes: [
      new Float32Array(rows),
      new Float32Array(4),
      new Uint32Array([1]),
    ],
  };
}

Deno.test("sigmoidCrossEntropy() agrees with its reference for any rows, scale of logits and smoothing", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 200 }),
      fc.constantFrom(0.001, 1, 10, 200),
      fc.constantFrom(0, 0.1, 0.5),
      (rows, scale, smoothing) => {
        const logits = testValues(rows).map((value) => value * scale);
        return checkKernel(
          session,
          sigmoidCrossEntropy,
          callOf({ logits, smoothing }),
        );
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("sigmoidCrossEntropy() makes the slope of its own loss", () => {
  const logits = testValues(9).map((value) => value * 3);
  const call = callOf({ logits, smoothing: 0.2 });
  checkGradient({
    forward: () => [referenceOf(sigmoidCrossEntropy, call)[1][2]],
    slope: [1],
    gradients: {
      logits: {
        input: logits,
        gradient: referenceOf(sigmoidCrossEntropy, call)[0],
      },
    },
  });
});

Deno.test("sigmoidCrossEntropy() passes its self-test", async () => {
  await selfTest(await testSession(), sigmoidCrossEntropy);
});
