import fc from "fast-check";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";
import { winogradFrequencies, winogradTiles } from "./winograd.ts";
import { winogradInput } from "./winograd_input.ts";

Deno.test("winogradInput() passes its self-test", async () => {
  await selfTest(await testSession(), winogradInput);
});

Deno.test("winogradInput() agrees with its reference over windows, paddings and parts of a batch", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        inHeight: fc.integer({ min: 1, max: 9 }),
        inWidth: fc.integer({ min: 1, max: 9 }),
        channelVectors: fc.integer({ min: 1, max: 3 }),
        padTop: fc.integer({ min: 0, max: 3 }),
        padLeft: fc.integer({ min: 0, max: 3 }),
        firstImage: fc.integer({ min: 0, max: 1 }),
        images: fc.integer({ min: 1, max: 2 }),
      }),
      fc.constantFrom([3, 3], [1, 7], [7, 1], [2, 3]),
      fc.constantFrom<2 | 4>(2, 4),
      fc.record({ texels: fc.boolean(), texelStores: fc.boolean() }),
      async (shape, [windowHeight, windowWidth], outputs, how) => {
        const window = { outputs, windowHeight, windowWidth };
        const tiles = winogradTiles(window, {
          outHeight: shape.inHeight,
          outWidth: shape.inWidth,
        });
        const { tileRows, tileColumns } = tiles;
        const { images, firstImage, inHeight, inWidth } = shape;
        const channels = 4 * shape.channelVectors;
        const length = winogradFrequencies(window) * images * tileRows *
          tileColumns * channels;
        await checkKernel(await testSession(), winogradInput, {
          params: { ...shape, ...tiles },
          variant: { ...window, ...how },
          reads: [
            testValues((firstImage + images) * inHeight * inWidth * channels),
          ],
          writes: [testValues(length, 2)],
          // Terms of up to 36 cancel.
        }, { absolute: 1e-4 });
      },
    ),
    { numRuns: 30 },
  );
});
