import { deepStrictEqual } from "@std/assert";
import fc from "fast-check";
import { softmaxCrossEntropy } from "./softmax_cross_entropy.ts";
import {
  assertAllClose,
  checkKernel,
  runKernel,
  selfTest,
  testSession,
  testValues,
} from "./testing.ts";

Deno.test("softmaxCrossEntropy() agrees with its reference for any rows, classes, padding and step", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        rows: fc.integer({ min: 1, max: 150 }),
        classes: fc.integer({ min: 1, max: 21 }),
        smoothing: fc.constantFrom(0, 0.1),
        step: fc.nat({ max: 2 }),
        texels: fc.boolean(),
      }),
      async ({ rows, classes, smoothing, step, texels }) => {
        const columns = Math.ceil(classes / 4) * 4;
        await checkKernel(session, softmaxCrossEntropy, {
          params: { rows, columns, classes, smoothing },
          variant: { texels },
          reads: [
            testValues(rows * columns).map((value) => value * 8),
            Uint32Array.from(
              { length: rows * 3 },
              (_, index) => index * 5 % classes,
            ),
            testValues(classes).map((value) => value + 1.5),
          ],
          writes: [
            new Float32Array(rows * columns),
            new Float32Array(6),
            new Uint32Array([step]),
          ],
        });
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("softmaxCrossEntropy() survives logits of 1e4 and finds the first of equal ones", async () => {
  const [, progress] = await runKernel(
    await testSession(),
    softmaxCrossEntropy,
    {
      params: { rows: 3, columns: 4, classes: 3, smoothing: 0 },
      variant: { texels: false },
      reads: [
        new Float32Array([1e4, -1e4, 0, 9, 2, 2, 2, 9, 0, 5, 5, 9]),
        new Uint32Array([0, 1, 1]),
        new Float32Array([1, 1, 1]),
      ],
      writes: [
        new Float32Array(12),
        new Float32Array(2),
        new Uint32Array(1),
      ],
    },
  );
  const loss = (Math.log(3) + Math.log(2 + Math.exp(-5))) / 3;
  assertAllClose(progress, [loss, 2]);
});

Deno.test("softmaxCrossEntropy() gives NaN, not a number, for logits that are NaN", async () => {
  const [, progress] = await runKernel(
    await testSession(),
    softmaxCrossEntropy,
    {
      params: { rows: 1, columns: 4, classes: 2, smoothing: 0 },
      variant: { texels: false },
      reads: [
        new Float32Array([NaN, NaN, 0, 0]),
        new Uint32Array([0]),
        new Float32Array([1, 1]),
      ],
      writes: [new Float32Array(4), new Float32Array(2), new Uint32Array(1)],
    },
  );
  deepStrictEqual(progress[0], NaN);
});

Deno.test("softmaxCrossEntropy() gives the slope of its loss, by central differences of each logit", () => {
  const [rows, columns, classes] = [3, 8, 5];
  const logits = testValues(rows * columns).map((value) => value * 2);
  const labels = new Uint32Array([4, 0, 2]);
  const weights = new Float32Array([0.5, 1, 2, 1, 3]);
  const run = (): { loss: number; gradient: Float32Array } => {
    const gradient = new Float32Array(rows * columns);
    const progress = new Float32Array(2);
    softmaxCrossEntropy.reference({
      params: { rows, columns, classes, smoothing: 0.2 },
      variant: { texels: false },
      reads: [logits, labels, weights],
      writes: [gradient, progress, new Uint32Array(1)],
    });
    return { loss: progress[0], gradient };
  };
  const differences = logits.map((value, index) => {
    const distance = 0.02;
    logits[index] = value + distance;
    const above = run().loss;
    logits[index] = value - distance;
    const below = run().loss;
    logits[index] = value;
    return (above - below) / (2 * distance);
  });
  assertAllClose(run().gradient, differences, { absolute: 2e-5 });
});

Deno.test("softmaxCrossEntropy() passes its own example", async () => {
  await selfTest(await testSession(), softmaxCrossEntropy);
});
