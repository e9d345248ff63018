import { strictEqual } from "@std/assert";
import fc from "fast-check";
import {
  depthwiseConv2d,
  depthwiseConv2dCall,
  type DepthwiseConv2dParams,
} from "./depthwise_conv2d.ts";
import {
  assertAllClose,
  checkKernel,
  testSession,
  testValues,
} from "./testing.ts";

/** A case: what it leaves out is 1, pads and offsets 0, y just its channels. */
function paramsOf(
  given: Partial<DepthwiseConv2dParams>,
): DepthwiseConv2dParams {
  const inputs = {
    batch: 1,
    inHeight: 1,
    inWidth: 1,
    inChannels: 1,
    multiplier: 1,
    windowHeight: 1,
    windowWidth: 1,
    strideHeight: 1,
    strideWidth: 1,
    dilationHeight: 1,
    dilationWidth: 1,
    padTop: 0,
    padLeft: 0,
    yOffset: 0,
    ...given,
  };
  const spanHeight = (inputs.windowHeight - 1) * inputs.dilationHeight + 1;
  const spanWidth = (inputs.windowWidth - 1) * inputs.dilationWidth + 1;
  return {
    outHeight: Math.ceil(inputs.inHeight / inputs.strideHeight),
    outWidth: Math.ceil(inputs.inWidth / inputs.strideWidth),
    yStride: inputs.inChannels * inputs.multiplier + inputs.yOffset,
    ...inputs,
    padTop: given.padTop ?? spanHeight >> 1,
    padLeft: given.padLeft ?? spanWidth >> 1,
    linesPerThread: 1,
  };
}

/** The variant whose text serves all windows. */
const anyWindow = {
  activation: "none",
  vector: 1,
  windowHeight: 0,
  windowWidth: 0,
  strideHeight: 0,
  strideWidth: 0,
} as const;

function callOf(params: DepthwiseConv2dParams) {
  const channels = params.inChannels * params.multiplier;
  const { batch, windowHeight, windowWidth } = params;
  return {
    params,
    reads: [
      testValues(batch * params.inHeight * params.inWidth * params.inChannels),
      testValues(windowHeight * windowWidth * channels, 2),
      testValues(channels, 3),
    ],
    writes: [
      new Float32Array(
        batch * params.outHeight * params.outWidth * params.yStride,
      ).fill(9),
    ],
  };
}

Deno.test("depthwiseConv2d() agrees with its reference over odd shapes, every variant", async () => {
  const session = await testSession();
  const small = (max: number) => fc.integer({ min: 1, max });
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        batch: small(2),
        inHeight: small(19),
        inWidth: small(19),
        inChannels: fc.constantFrom(1, 3, 4, 8, 36),
        multiplier: fc.constantFrom(1, 1, 3),
        windowHeight: fc.constantFrom(3, 3, 5, 1, 2, 4, 7),
        windowWidth: fc.constantFrom(3, 3, 5, 1, 2, 5, 7),
        yOffset: fc.constantFrom(0, 3, 4),
      }),
      fc.constantFrom([1, 1], [2, 2], [1, 1], [2, 2], [3, 3], [1, 2]),
      fc.constantFrom([1, 1], [1, 1], [1, 1], [2, 2], [2, 1]),
      fc.constantFrom("none", "relu", "relu6"),
      fc.boolean(),
      small(9),
      async (given, stride, dilation, activation, texels, linesPerThread) => {
        const shape = paramsOf({
          ...given,
          strideHeight: stride[0],
          strideWidth: stride[1],
          dilationHeight: dilation[0],
          dilationWidth: dilation[1],
        });
        const { params, variant } = depthwiseConv2dCall(shape, {
          activation,
          texels,
        });
        const call = callOf({ ...params, linesPerThread });
        await checkKernel(session, depthwiseConv2d, {
          ...call,
          variant: {
            ...variant,
            ...texels && {
              asTexels: variant.vector === 4
                ? "x weights bias y"
                : "x weights bias",
            },
          },
        });
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("depthwiseConv2d() gives the same with and without unrolled windows", async () => {
  const session = await testSession();
  for (const [window, stride] of [[3, 1], [3, 2], [5, 1], [5, 2], [9, 1]]) {
    const shape = paramsOf({
      batch: 2,
      inHeight: 17,
      inWidth: 11,
      inChannels: 4,
      windowHeight: window,
      windowWidth: window,
      strideHeight: stride,
      strideWidth: stride,
    });
    const options = { activation: "none", texels: true } as const;
    const { params, variant } = depthwiseConv2dCall(shape, options);
    strictEqual(variant.windowHeight, window);
    const call = callOf(params);
    await checkKernel(session, depthwiseConv2d, { ...call, variant });
    await checkKernel(session, depthwiseConv2d, {
      ...call,
      variant: { ...anyWindow, vector: 4, asTexels: "x weights bias" },
    });
  }
});

Deno.test("depthwiseConv2d() gives the bias where windows lie beside the image", async () => {
  const session = await testSession();
  const shape = paramsOf({
    inHeight: 2,
    inWidth: 2,
    inChannels: 4,
    windowHeight: 3,
    windowWidth: 3,
    padTop: 5,
    padLeft: 5,
    ...{ outHeight: 10, outWidth: 10 },
  });
  for (const texels of [false, true]) {
    const options = { activation: "none", texels } as const;
    const { params, variant } = depthwiseConv2dCall(shape, options);
    const call = callOf(params);
    await checkKernel(session, depthwiseConv2d, { ...call, variant });
  }
});

Deno.test("depthwiseConv2d() covers more rows than workgroups may lie along y", async () => {
  const session = await testSession();
  const params = paramsOf({ batch: 140_000, inWidth: 2 });
  await checkKernel(session, depthwiseConv2d, {
    ...callOf(params),
    variant: anyWindow,
  });
});

Deno.test("the reference of depthwiseConv2d() gives TensorFlow's numbers for a dilated window with two filters a channel", () => {
  const params = paramsOf({
    inHeight: 4,
    inWidth: 5,
    inChannels: 2,
    multiplier: 2,
    windowHeight: 2,
    windowWidth: 3,
    dilationHeight: 2,
    dilationWidth: 2,
    padTop: 1,
    padLeft: 2,
  });
  const y = new Float32Array(4 * 5 * 4);
  depthwiseConv2d.reference({
    params,
    variant: anyWindow,
    reads: [
      Float32Array.from({ length: 40 }, (_, i) => i % 7 - 3),
      Float32Array.from({ length: 24 }, (_, i) => i % 5 - 2),
      new Float32Array(4),
    ],
    writes: [y],
  });
  // tf.nn.depthwise_conv2d(x, filter, [1, 1, 1, 1], "SAME", dilations=[2, 2])
  assertAllClose(y, tensorFlowDilated);
});

// deno-fmt-ignore
const tensorFlowDilated = [
  6, 3, 1, 0, 0, 1, 3, 6, 1, -1, 0, -4, 1, 2, 6, -6, -1, -3, -2, 8,
  -8, 8, -5, -7, -1, 6, 5, 4, 12, 3, -5, 5, 6, -7, 4, 8, -3, 3, 1, -4,
  -8, -9, 3, -1, 6, -4, -1, 3, -8, 7, -5, -6, -4, 1, 3, -3, 8, 4, -7, 6,
  6, -6, 1, -1, -2, 8, -5, -3, -9, -9, 3, -1, 8, -2, -3, -1, -6, 6, 2, 1,
];

Deno.test("depthwiseConv2dCall() unrolls undilated windows of as many places as there is room for", () => {
  const isUnrolled = (
    given: Partial<DepthwiseConv2dParams>,
    texels = false,
  ) => {
    const shape = paramsOf({ inChannels: 4, ...given });
    const { variant } = depthwiseConv2dCall(shape, {
      activation: "none",
      texels,
    });
    return variant.windowHeight > 0;
  };
  const five = { windowHeight: 5, windowWidth: 5 };
  const nine = { windowHeight: 9, windowWidth: 9 };
  strictEqual(isUnrolled(five), true);
  strictEqual(isUnrolled({ ...five, strideHeight: 2 }), true);
  strictEqual(isUnrolled({ ...five, strideHeight: 5, strideWidth: 5 }), false);
  strictEqual(isUnrolled({ ...five, dilationWidth: 2 }), false);
  strictEqual(isUnrolled(nine), false);
  strictEqual(isUnrolled(nine, true), true);
  strictEqual(isUnrolled({ ...nine, windowHeight: 10 }, true), false);
});
