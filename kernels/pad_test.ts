import fc from "fast-check";
import { pad } from "./pad.ts";
import { checkKernel, testSession, testValues } from "./testing.ts";

type Four = readonly [number, number, number, number];

async function checkPad(
  [dimensions, before, after]: readonly [Four, Four, Four],
): Promise<void> {
  const [inBatch, inHeight, inWidth, inChannels] = dimensions;
  const [beforeBatch, beforeHeight, beforeWidth, beforeChannels] = before;
  const params = {
    ...{ inBatch, inHeight, inWidth, inChannels },
    outBatch: beforeBatch + inBatch + after[0],
    outHeight: beforeHeight + inHeight + after[1],
    outWidth: beforeWidth + inWidth + after[2],
    outChannels: beforeChannels + inChannels + after[3],
    ...{ beforeBatch, beforeHeight, beforeWidth, beforeChannels },
    value: -2.5,
  };
  const size = params.outBatch * params.outHeight * params.outWidth *
    params.outChannels;
  await checkKernel(await testSession(), pad, {
    params,
    variant: {},
    reads: [testValues(inBatch * inHeight * inWidth * inChannels)],
    writes: [new Float32Array(size).fill(9)],
  }, { absolute: 0, relative: 0 });
}

Deno.test("pad() agrees with its reference over odd shapes, on every axis", async () => {
  const size = fc.integer({ min: 1, max: 9 });
  const border = fc.integer({ min: 0, max: 3 });
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(
        fc.tuple(size, size, size, size),
        fc.tuple(border, border, border, border),
        fc.tuple(border, border, border, border),
      ),
      checkPad,
    ),
    { numRuns: 40 },
  );
});

Deno.test("pad() with no border is a copy", async () => {
  await checkPad([[2, 3, 30, 3], [0, 0, 0, 0], [0, 0, 0, 0]]);
});

Deno.test("pad() adds one row below and one column right, as Keras does before a stride of 2", async () => {
  await checkPad([[1, 7, 7, 24], [0, 0, 0, 0], [0, 1, 1, 0]]);
});

Deno.test("pad() with a negative border crops, which is the gradient of pad()", async () => {
  await checkPad([[2, 7, 6, 5], [0, -1, -2, 0], [0, -2, 0, 0]]);
  await checkPad([[3, 5, 4, 6], [-1, 2, -1, -2], [-1, -1, -2, -3]]);
});
