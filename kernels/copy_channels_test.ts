import fc from "fast-check";
import { copyChannels } from "./copy_channels.ts";
import { checkKernel, testSession, testValues } from "./testing.ts";
import { vectorWidth } from "./vector.ts";

Deno.test("copyChannels() copies its range and leaves the rest, over odd shapes", async () => {
  const session = await testSession();
  const gap = fc.constantFrom(0, 1, 4, 8);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 150 }),
      fc.constantFrom(1, 3, 4, 40, 67),
      fc.tuple(gap, gap, gap, gap),
      async (rows, channels, [xOffset, xRest, yOffset, yRest]) => {
        const xStride = xOffset + channels + xRest;
        const yStride = yOffset + channels + yRest;
        const params = { rows, channels, xStride, xOffset, yStride, yOffset };
        const vector = vectorWidth(
          ...[channels, xStride, xOffset, yStride, yOffset],
        );
        await checkKernel(session, copyChannels, {
          params,
          variant: { vector },
          reads: [testValues(rows * xStride)],
          writes: [new Float32Array(rows * yStride).fill(9)],
        }, { absolute: 0, relative: 0 });
      },
    ),
    { numRuns: 40 },
  );
});
