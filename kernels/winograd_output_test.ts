import fc from "fast-check";
import type { Activation } from "./activation.ts";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";
import { winogradFrequencies, winogradTiles } from "./winograd.ts";
import { winogradOutput } from "./winograd_output.ts";

Deno.test("winogradOutput() passes its self-test", async () => {
  await selfTest(await testSession(), winogradOutput);
});

Deno.test("winogradOutput() agrees with its reference on cut tiles, and writes nothing beside them", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        outHeight: fc.integer({ min: 1, max: 9 }),
        outWidth: fc.integer({ min: 1, max: 9 }),
        channelVectors: fc.integer({ min: 1, max: 3 }),
        yOffset: fc.constantFrom(0, 4, 8),
        firstImage: fc.integer({ min: 0, max: 1 }),
        images: fc.integer({ min: 1, max: 2 }),
      }),
      fc.constantFrom([3, 3], [1, 7], [7, 1], [2, 3]),
      fc.constantFrom<2 | 4>(2, 4),
      fc.record({
        activation: fc.constantFrom<Activation>("none", "relu", "relu6"),
        texels: fc.boolean(),
        texelStores: fc.boolean(),
        hasResidual: fc.boolean(),
      }),
      async (shape, [windowHeight, windowWidth], outputs, how) => {
        const window = { outputs, windowHeight, windowWidth };
        const tiles = winogradTiles(window, shape);
        const { tileRows, tileColumns } = tiles;
        const { images, firstImage, outHeight, outWidth } = shape;
        const channels = 4 * shape.channelVectors;
        const yStride = shape.yOffset + channels + 4;
        const length = winogradFrequencies(window) * images * tileRows *
          tileColumns * channels;
        const pixels = (firstImage + images + 1) * outHeight * outWidth;
        await checkKernel(await testSession(), winogradOutput, {
          params: { ...shape, ...tiles, yStride },
          variant: { ...window, ...how },
          reads: [
            testValues(length),
            testValues(channels, 2),
            ...how.hasResidual ? [testValues(pixels * channels, 4)] : [],
          ],
          writes: [testValues(pixels * yStride, 3)],
          // Factors of up to 27 on either side cancel.
        }, { absolute: 1e-3 });
      },
    ),
    { numRuns: 30 },
  );
});
