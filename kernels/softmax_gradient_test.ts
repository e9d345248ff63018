import fc from "fast-check";
import { checkGradient, referenceOf } from "./gradient_testing.ts";
import { rowVariant } from "./row_lanes.ts";
import { softmax } from "./softmax.ts";
import { softmaxGradient } from "./softmax_gradient.ts";
import { checkKernel, testSession, testValues } from "./testing.ts";

function callsOf({ rows, columns }: { rows: number; columns: number }) {
  const params = { rows, columns };
  const size = rows * columns;
  const forward = {
    params,
    variant: {},
    reads: [testValues(size).map((value) => value * 3)],
    writes: [new Float32Array(size)],
  };
  const [y] = referenceOf(softmax, forward);
  const back = {
    params,
    variant: rowVariant(columns, { isSoftware: rows % 2 === 0 }),
    reads: [y, testValues(size, 2)],
    writes: [new Float32Array(size).fill(9)],
  };
  return { forward, back };
}

Deno.test("softmaxGradient() agrees with its reference over odd shapes", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        rows: fc.integer({ min: 1, max: 40 }),
        columns: fc.integer({ min: 1, max: 300 }),
      }),
      (shape) => checkKernel(session, softmaxGradient, callsOf(shape).back),
    ),
    { numRuns: 30 },
  );
});

Deno.test("softmaxGradient() is the slope of softmax()", () => {
  const { forward, back } = callsOf({ rows: 3, columns: 6 });
  const [gradient] = referenceOf(softmaxGradient, back);
  checkGradient({
    forward: () => referenceOf(softmax, forward)[0],
    slope: back.reads[1],
    gradients: { x: { input: forward.reads[0], gradient } },
  });
});
