import { deepStrictEqual } from "@std/assert";
import fc from "fast-check";
import { checkGradient, referenceOf } from "./gradient_testing.ts";
import {
  channelsOfGroup,
  groupedConv2d,
  groupedConv2dVariant,
  type GroupedShape,
} from "./grouped_conv2d.ts";
import {
  groupedFilterGradient,
  groupedFilterGradientCall,
} from "./grouped_filter_gradient.ts";
import {
  groupedInputGradient,
  groupedInputGradientVariant,
} from "./grouped_input_gradient.ts";
import { groupedShapes } from "./grouped_testing.ts";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";
import { inputPixels, outputPixels } from "./window.ts";

function tensorsOf(shape: GroupedShape) {
  const { inChannels, outChannels } = shape;
  const [inputs] = channelsOfGroup(shape);
  return {
    x: testValues(inputPixels(shape) * inChannels),
    dy: testValues(outputPixels(shape) * outChannels, 2),
    weights: testValues(
      shape.windowHeight * shape.windowWidth * inputs * outChannels,
      3,
    ),
  };
}

function inputGradientCall(shape: GroupedShape, { texels = false } = {}) {
  const { x, dy, weights } = tensorsOf(shape);
  return {
    params: shape,
    variant: groupedInputGradientVariant(shape, { texels }),
    reads: [dy, weights],
    writes: [new Float32Array(x.length).fill(9)],
  };
}

function filterGradientCall(shape: GroupedShape, { texels = false } = {}) {
  const { x, dy, weights } = tensorsOf(shape);
  const { params, variant } = groupedFilterGradientCall(shape, { texels });
  const partials = new Float32Array(params.splits * weights.length).fill(9);
  return { params, variant, reads: [x, dy], writes: [partials] };
}

const smallCases: Readonly<Record<string, GroupedShape>> = {
  "a stride of 2 and pads on one side": {
    ...{ batch: 2, inHeight: 4, inWidth: 5, outHeight: 2, outWidth: 3 },
    ...{ windowHeight: 3, windowWidth: 3, strideHeight: 2, strideWidth: 2 },
    ...{ dilationHeight: 1, dilationWidth: 1, padTop: 0, padLeft: 1 },
    ...{ inChannels: 4, outChannels: 6, groups: 2 },
  },
  "a dilation of 2 and three groups": {
    ...{ batch: 1, inHeight: 5, inWidth: 6, outHeight: 3, outWidth: 4 },
    ...{ windowHeight: 2, windowWidth: 2, strideHeight: 1, strideWidth: 1 },
    ...{ dilationHeight: 2, dilationWidth: 2, padTop: 0, padLeft: 0 },
    ...{ inChannels: 6, outChannels: 3, groups: 3 },
  },
};

for (const [name, shape] of Object.entries(smallCases)) {
  Deno.test(`grouped gradients are the slope of groupedConv2d() with ${name}`, () => {
    const { x, dy, weights } = tensorsOf(shape);
    const [dx] = referenceOf(groupedInputGradient, inputGradientCall(shape));
    const call = filterGradientCall(shape);
    deepStrictEqual(call.params.splits, 1);
    const [gradient] = referenceOf(groupedFilterGradient, call);
    const { outChannels } = shape;
    const params = { ...shape, yStride: outChannels, yOffset: 0 };
    checkGradient({
      forward: () =>
        referenceOf(groupedConv2d, {
          params,
          variant: groupedConv2dVariant(params, { activation: "none" }),
          reads: [x, weights, new Float32Array(outChannels)],
          writes: [new Float32Array(dy.length)],
        })[0],
      slope: dy,
      gradients: {
        x: { input: x, gradient: dx },
        weights: { input: weights, gradient },
      },
    });
  });
}

Deno.test("groupedInputGradient() agrees with its reference over odd shapes, groups, strides and dilations", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      groupedShapes,
      fc.boolean(),
      (shape, texels) => {
        const call = inputGradientCall(shape, { texels });
        const bound = { absolute: 3e-5 };
        return checkKernel(session, groupedInputGradient, call, bound);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("groupedFilterGradient() agrees with its reference over odd shapes, groups, strides and splits", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      groupedShapes,
      fc.integer({ min: 1, max: 12 }),
      fc.boolean(),
      async (shape, linesPerSplit, texels) => {
        const call = filterGradientCall(shape, { texels });
        const lines = shape.batch * shape.outHeight;
        const splits = Math.ceil(lines / linesPerSplit);
        await checkKernel(session, groupedFilterGradient, {
          ...call,
          params: { ...call.params, splits, linesPerSplit },
          writes: [
            new Float32Array(call.writes[0].length * splits).fill(9),
          ],
        }, { absolute: 3e-5 });
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("groupedInputGradient() and groupedFilterGradient() pass their self-tests", async () => {
  const session = await testSession();
  await selfTest(session, groupedInputGradient);
  await selfTest(session, groupedFilterGradient);
});
