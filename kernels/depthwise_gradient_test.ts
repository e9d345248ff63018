import fc from "fast-check";
import { depthwiseConv2d, depthwiseConv2dCall } from "./depthwise_conv2d.ts";
import {
  depthwiseFilterGradient,
  depthwiseFilterGradientCall,
} from "./depthwise_filter_gradient.ts";
import {
  depthwiseInputGradient,
  depthwiseInputGradientCall,
  type DepthwiseShape,
} from "./depthwise_input_gradient.ts";
import {
  checkGradient,
  referenceOf,
  windowShapes,
} from "./gradient_testing.ts";
import { checkKernel, selfTest, testSession, testValues } from "./testing.ts";

const shapes: fc.Arbitrary<DepthwiseShape> = fc.tuple(
  windowShapes,
  fc.constantFrom(1, 3, 4, 12),
  fc.constantFrom(1, 1, 2, 3),
).map(([window, inChannels, multiplier]) => ({
  ...window,
  inChannels,
  multiplier,
}));

function tensorsOf(shape: DepthwiseShape) {
  const { batch, inChannels } = shape;
  const channels = inChannels * shape.multiplier;
  return {
    x: testValues(batch * shape.inHeight * shape.inWidth * inChannels),
    dy: testValues(batch * shape.outHeight * shape.outWidth * channels, 2),
    weights: testValues(shape.windowHeight * shape.windowWidth * channels, 3),
  };
}

function inputGradientCall(shape: DepthwiseShape, { texels = false } = {}) {
  const { x, dy, weights } = tensorsOf(shape);
  const { params, variant } = depthwiseInputGradientCall(shape, { texels });
  return {
    params,
    variant: { ...variant, ...texels && { asTexels: "dy weights" } },
    reads: [dy, weights],
    writes: [new Float32Array(x.length).fill(9)],
  };
}

function filterGradientCall(shape: DepthwiseShape, { texels = false } = {}) {
  const { x, dy, weights } = tensorsOf(shape);
  const { params, variant } = depthwiseFilterGradientCall(shape, { texels });
  const partials = new Float32Array(params.splits * weights.length).fill(9);
  return {
    params,
    variant: { ...variant, ...texels && { asTexels: "x dy" } },
    reads: [x, dy],
    writes: [partials],
  };
}

Deno.test("depthwise gradients are the slope of depthwiseConv2d() with a stride, pads on one side and two filters a channel", () => {
  const shape: DepthwiseShape = {
    ...{ batch: 2, inHeight: 4, inWidth: 5, outHeight: 2, outWidth: 3 },
    ...{ windowHeight: 3, windowWidth: 3, strideHeight: 2, strideWidth: 2 },
    ...{ dilationHeight: 1, dilationWidth: 1, padTop: 0, padLeft: 1 },
    ...{ inChannels: 2, multiplier: 2 },
  };
  const { x, dy, weights } = tensorsOf(shape);
  const [dx] = referenceOf(depthwiseInputGradient, inputGradientCall(shape));
  const [gradient] = referenceOf(
    depthwiseFilterGradient,
    filterGradientCall(shape),
  );
  checkGradient({
    forward: () =>
      referenceOf(depthwiseConv2d, {
        ...depthwiseConv2dCall({ ...shape, yStride: 4, yOffset: 0 }, {
          activation: "none",
        }),
        reads: [x, weights, new Float32Array(4)],
        writes: [new Float32Array(dy.length)],
      })[0],
    slope: dy,
    gradients: {
      x: { input: x, gradient: dx },
      weights: { input: weights, gradient },
    },
  });
});

Deno.test("depthwiseInputGradient() agrees with its reference over odd shapes, strides and dilations", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      shapes,
      fc.boolean(),
      (shape, texels) => {
        const call = inputGradientCall(shape, { texels });
        return checkKernel(session, depthwiseInputGradient, call);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("depthwiseFilterGradient() agrees with its reference over odd shapes, strides and splits", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      shapes,
      fc.integer({ min: 1, max: 12 }),
      fc.boolean(),
      async (shape, tilesPerSplit, texels) => {
        const call = filterGradientCall(shape, { texels });
        // Whatever tiles are, there are no more of them than pixels.
        const pixels = shape.batch * shape.outHeight * shape.outWidth;
        const splits = Math.ceil(pixels / tilesPerSplit);
        await checkKernel(session, depthwiseFilterGradient, {
          ...call,
          params: { ...call.params, splits, tilesPerSplit },
          writes: [
            new Float32Array(call.writes[0].length * splits).fill(9),
          ],
        }, { absolute: 1e-5 });
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("depthwiseInputGradient() and depthwiseFilterGradient() pass their self-tests", async () => {
  const session = await testSession();
  await selfTest(session, depthwiseInputGradient);
  await selfTest(session, depthwiseFilterGradient);
});
