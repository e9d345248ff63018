import fc from "fast-check";
import { batchNorm } from "./batch_norm.ts";
import { checkKernel, testSession, testValues } from "./testing.ts";
import { vectorWidth } from "./vector.ts";

function readsOf({ rows, channels }: { rows: number; channels: number }) {
  return [
    testValues(rows * channels),
    testValues(channels, 2),
    testValues(channels, 3).map((value) => value + 1.001),
    testValues(channels, 4),
    testValues(channels, 5),
  ];
}

Deno.test("batchNorm() agrees with its reference over odd shapes, also into a range of channels", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 150 }),
      fc.constantFrom(1, 3, 4, 40, 67),
      fc.constantFrom(0, 3, 8),
      fc.constantFrom("none", "relu", "relu6"),
      async (rows, channels, yOffset, activation) => {
        const yStride = channels + yOffset;
        await checkKernel(session, batchNorm, {
          params: {
            size: rows * channels,
            channels,
            epsilon: 0.001,
            yStride,
            yOffset,
          },
          variant: {
            activation,
            vector: vectorWidth(channels, yStride, yOffset),
          },
          reads: readsOf({ rows, channels }),
          writes: [new Float32Array(rows * yStride).fill(9)],
        });
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("batchNorm() does not cancel where the mean is far larger than the deviation", async () => {
  const session = await testSession();
  const [x] = readsOf({ rows: 16, channels: 4 });
  await checkKernel(session, batchNorm, {
    params: { size: 64, channels: 4, epsilon: 1e-5, yStride: 4, yOffset: 0 },
    variant: { activation: "none", vector: 4 },
    reads: [
      x.map((value) => 4096 + value),
      new Float32Array(4).fill(4096),
      new Float32Array(4).fill(1e-4),
      new Float32Array(4),
      new Float32Array(4).fill(1),
    ],
    writes: [new Float32Array(64)],
  });
});
