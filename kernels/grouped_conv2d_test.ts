import { deepStrictEqual } from "@std/assert";
import fc from "fast-check";
import type { Activation } from "./activation.ts";
import { windowShapes } from "./gradient_testing.ts";
import {
  channelsOfGroup,
  groupedConv2d,
  groupedConv2dVariant,
  type GroupedShape,
} from "./grouped_conv2d.ts";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";
import { groupedShapes } from "./grouped_testing.ts";
import { inputPixels, outputPixels } from "./window.ts";

async function check(
  shape: GroupedShape,
  { yOffset, ...options }: {
    yOffset: number;
    activation: Activation;
    texels: boolean;
  },
): Promise<void> {
  const { inChannels, outChannels } = shape;
  const yStride = yOffset + outChannels + yOffset;
  const params = { ...shape, yStride, yOffset };
  const [inputs] = channelsOfGroup(shape);
  const weights = shape.windowHeight * shape.windowWidth * inputs * outChannels;
  await checkKernel(await testSession(), groupedConv2d, {
    params,
    variant: groupedConv2dVariant(params, options),
    reads: [
      testValues(inputPixels(shape) * inChannels),
      testValues(weights, 2),
      testValues(outChannels, 3),
    ],
    writes: [testValues(outputPixels(shape) * yStride, 4)],
  }, { absolute: 2e-5 });
}

Deno.test("groupedConv2d() agrees with its reference over odd shapes, groups, strides, dilations and offsets", async () => {
  await fc.assert(
    fc.asyncProperty(
      groupedShapes,
      fc.record({
        activation: fc.constantFrom<Activation>("none", "relu", "silu"),
        yOffset: fc.constantFrom(0, 3, 4),
        texels: fc.boolean(),
      }),
      check,
    ),
    { numRuns: 60 },
  );
});

Deno.test("groupedConv2d() computes lines of many strips and groups of many channels", async () => {
  const [window] = fc.sample(windowShapes, 1);
  const shape = {
    ...window,
    ...{ batch: 1, inHeight: 3, inWidth: 21, outHeight: 3, outWidth: 21 },
    ...{ windowHeight: 3, windowWidth: 3, strideHeight: 1, strideWidth: 1 },
    ...{ dilationHeight: 1, dilationWidth: 1, padTop: 1, padLeft: 1 },
  };
  for (const [inputs, outputs] of [[4, 4], [8, 8], [24, 24], [40, 40]]) {
    const channels = { inChannels: 3 * inputs, outChannels: 3 * outputs };
    const how = { yOffset: 0, activation: "relu" } as const;
    for (const texels of [false, true]) {
      await check({ ...shape, ...channels, groups: 3 }, { ...how, texels });
    }
  }
});

Deno.test("groupedConv2d() loads and stores four channels at once where a group has them in fours", () => {
  const [window] = fc.sample(windowShapes, 1);
  const widths = (inChannels: number, outChannels: number) => {
    const shape = { ...window, inChannels, outChannels, groups: 2 };
    const { loads, vector, columns } = groupedConv2dVariant(
      { ...shape, yStride: outChannels, yOffset: 0 },
      { activation: "none" },
    );
    return [loads, vector, columns];
  };
  deepStrictEqual(widths(8, 8), [4, 4, 1]);
  deepStrictEqual(widths(4, 8), [1, 4, 1]);
  deepStrictEqual(widths(8, 4), [4, 1, 2]);
  deepStrictEqual(widths(8, 48), [4, 4, 2]);
});

Deno.test("groupedConv2d() passes its self-test", async () => {
  await selfTest(await testSession(), groupedConv2d);
});
