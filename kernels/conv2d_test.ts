import fc from "fast-check";
import {
  conv2d,
  conv2dCall,
  type Conv2dShape,
  packBias,
  packFilter,
} from "./conv2d.ts";
import { selfTest, testSession, testValues } from "./testing.ts";
import { checkKernel } from "./testing.ts";
import type { Activation } from "./activation.ts";

/** A SAME or VALID convolution as the geometry room would resolve it. */
async function check(
  shape: Omit<Conv2dShape, "outHeight" | "outWidth">,
  { batch, activation, texels, padBottom, padRight }: {
    batch: number;
    activation: Activation;
    texels: boolean;
    padBottom: number;
    padRight: number;
  },
): Promise<void> {
  const span = (window: number, dilation: number) =>
    (window - 1) * dilation + 1;
  const outHeight = Math.floor(
    (shape.inHeight + shape.padTop + padBottom -
      span(shape.windowHeight, shape.dilationHeight)) / shape.strideHeight,
  ) + 1;
  const outWidth = Math.floor(
    (shape.inWidth + shape.padLeft + padRight -
      span(shape.windowWidth, shape.dilationWidth)) / shape.strideWidth,
  ) + 1;
  if (outHeight < 1 || outWidth < 1) return;
  const { params, variant } = conv2dCall(
    { ...shape, outHeight, outWidth },
    { batch, activation, texels },
  );
  const columns = shape.outChannels;
  await checkKernel(await testSession(), conv2d, {
    params,
    variant,
    reads: [
      testValues(batch * shape.inHeight * shape.inWidth * shape.inChannels),
      packFilter(testValues(params.depth * columns, 2), {
        depth: params.depth,
        columns,
      }),
      packBias(testValues(columns, 3), columns),
    ],
    writes: [testValues(params.rows * shape.yStride, 4)],
  }, { absolute: 2e-5 });
}

Deno.test("conv2d() passes its self-test", async () => {
  await selfTest(await testSession(), conv2d);
});

Deno.test("conv2d() agrees with its reference over odd shapes, strides, dilations and offsets", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        inHeight: fc.integer({ min: 1, max: 12 }),
        inWidth: fc.integer({ min: 1, max: 12 }),
        inChannels: fc.constantFrom(1, 3, 4, 5, 8, 12),
        outChannels: fc.constantFrom(1, 3, 4, 16, 17, 20, 36),
        windowHeight: fc.integer({ min: 1, max: 4 }),
        windowWidth: fc.integer({ min: 1, max: 4 }),
        strideHeight: fc.integer({ min: 1, max: 3 }),
        strideWidth: fc.integer({ min: 1, max: 3 }),
        dilationHeight: fc.integer({ min: 1, max: 2 }),
        dilationWidth: fc.integer({ min: 1, max: 2 }),
        padTop: fc.integer({ min: 0, max: 2 }),
        padLeft: fc.integer({ min: 0, max: 2 }),
      }),
      fc.record({
        batch: fc.integer({ min: 1, max: 3 }),
        activation: fc.constantFrom<Activation>("none", "relu", "relu6"),
        texels: fc.boolean(),
        padBottom: fc.integer({ min: 0, max: 2 }),
        padRight: fc.integer({ min: 0, max: 2 }),
      }),
      fc.constantFrom(0, 3, 4),
      (shape, options, yOffset) =>
        check({
          ...shape,
          yOffset,
          yStride: yOffset + shape.outChannels + yOffset,
        }, options),
    ),
    { numRuns: 60 },
  );
});
