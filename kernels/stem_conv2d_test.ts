import { deepStrictEqual } from "@std/assert";
import fc from "fast-check";
import { packBias, packFilter } from "./filter_tiles.ts";
import { packHalves } from "./half.ts";
import {
  stemConv2d,
  stemConv2dCall,
  stemFits,
  type StemShape,
} from "./stem_conv2d.ts";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";

const shape: StemShape = {
  ...{ batch: 1, inChannels: 3, outHeight: 4, outWidth: 5 },
  ...{ windowHeight: 3, windowWidth: 3, strideHeight: 2, strideWidth: 2 },
  ...{ dilationHeight: 1, dilationWidth: 1 },
  ...{ outChannels: 16, yStride: 16, yOffset: 0 },
};

async function check(
  shape: StemShape,
  { precision = "f32", texels = true }: {
    precision?: "f32" | "f16";
    texels?: boolean;
  } = {},
): Promise<void> {
  const activation = "relu6";
  const call = stemConv2dCall(shape, { activation, precision });
  const { laidHeight, laidWidth } = call.params;
  const { batch, inChannels, outChannels: columns } = shape;
  const depth = shape.windowHeight * shape.windowWidth * inChannels;
  const w = packFilter(testValues(depth * columns, 2), { depth, columns });
  const pixels = batch * shape.outHeight * shape.outWidth;
  await checkKernel(await testSession(), stemConv2d, {
    ...call,
    variant: { ...call.variant, asTexels: texels ? "x w bias y" : "" },
    reads: [
      testValues(batch * laidHeight * laidWidth * 4),
      precision === "f16" ? packHalves(w) : w,
      packBias(testValues(columns, 3), columns),
    ],
    writes: [testValues(pixels * shape.yStride, 4)],
  }, { absolute: 4e-5 });
}

Deno.test("stemConv2d() passes its self-test", async () => {
  await selfTest(await testSession(), stemConv2d);
});

Deno.test("stemConv2d() agrees with its reference over odd shapes, windows, strides and offsets", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        batch: fc.integer({ min: 1, max: 2 }),
        inChannels: fc.constantFrom(1, 2, 3),
        outHeight: fc.constantFrom(1, 5, 17, 33),
        outWidth: fc.constantFrom(1, 7, 12, 26, 50),
        window: fc.constantFrom([1, 2], [3, 3], [4, 1], [5, 5]),
        strideHeight: fc.integer({ min: 1, max: 3 }),
        strideWidth: fc.integer({ min: 1, max: 3 }),
        outChannels: fc.constantFrom(4, 16, 20, 36),
        besides: fc.constantFrom(0, 4),
        yOffset: fc.constantFrom(0, 4),
      }),
      async ({ window: [windowHeight, windowWidth], besides, ...some }) => {
        const yStride = some.outChannels + some.yOffset + besides;
        const moving = { windowHeight, windowWidth, yStride };
        await check({ ...shape, ...some, ...moving });
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("stemConv2d() of a 7x7 window makes 8 pixels a thread, and fewer where a row has few", async () => {
  for (const [outWidth, pixels] of [[56, 8], [30, 4], [14, 2], [7, 1]]) {
    const large = { ...shape, windowHeight: 7, windowWidth: 7, outWidth };
    const { variant } = stemConv2dCall(large, {
      activation: "none",
    });
    deepStrictEqual(variant.pixels, pixels);
    await check(large);
  }
});

Deno.test("stemConv2d() reads buffers, and weights of f16", async () => {
  await check(shape, { texels: false });
  await check(shape, { precision: "f16", texels: false });
  await check(shape, { precision: "f16" });
  await check({ ...shape, windowWidth: 8 }, { precision: "f16" });
});

Deno.test("stemFits() is for dense windows of up to three channels whose outputs are in fours", () => {
  const cases: readonly (readonly [Partial<StemShape>, boolean])[] = [
    [{}, true],
    [{ inChannels: 1 }, true],
    [{ inChannels: 4 }, false],
    [{ dilationWidth: 2 }, false],
    [{ outChannels: 18 }, false],
    [{ yOffset: 2 }, false],
  ];
  for (const [some, fits] of cases) {
    deepStrictEqual(stemFits({ ...shape, ...some }), fits);
  }
});
