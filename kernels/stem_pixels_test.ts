import fc from "fast-check";
import { type PixelStep, stemPixels, stemPixelsCall } from "./stem_pixels.ts";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";

Deno.test("stemPixels() passes its self-test", async () => {
  await selfTest(await testSession(), stemPixels);
});

Deno.test("stemPixels() agrees with its reference to the bit over sizes, borders, crops and steps", async () => {
  const step = fc.record({
    function: fc.constantFrom("add", "sub", "mul", "div"),
    values: fc.tuple(
      ...[0, 1, 2].map(() => fc.constantFrom(-2, 0.5, 1, 127.5, 255)),
    ),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        batch: fc.integer({ min: 1, max: 3 }),
        inHeight: fc.integer({ min: 1, max: 9 }),
        inWidth: fc.integer({ min: 1, max: 9 }),
        padTop: fc.integer({ min: 0, max: 3 }),
        padLeft: fc.integer({ min: 0, max: 3 }),
        laidHeight: fc.integer({ min: 1, max: 14 }),
        laidWidth: fc.integer({ min: 1, max: 20 }),
      }),
      fc.constantFrom(1, 2, 3),
      fc.array(step, { maxLength: 4 }),
      fc.boolean(),
      async (laid, channels, steps: PixelStep[], texels) => {
        const { batch, inHeight, inWidth, laidHeight, laidWidth } = laid;
        const call = stemPixelsCall(laid, { channels, steps });
        const asTexels = texels ? "x y" : "";
        await checkKernel(await testSession(), stemPixels, {
          ...call,
          variant: { ...call.variant, asTexels },
          reads: [testValues(batch * inHeight * inWidth * channels)],
          writes: [testValues(batch * laidHeight * laidWidth * 4, 2)],
        }, { absolute: 0, relative: 0 });
      },
    ),
    { numRuns: 40 },
  );
});
