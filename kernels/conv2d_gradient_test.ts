import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import fc from "fast-check";
import {
  conv2d,
  conv2dCall,
  conv2dTiles,
  packBias,
  packFilter,
} from "./conv2d.ts";
import {
  conv2dFilterGradient,
  conv2dFilterGradientCall,
} from "./conv2d_filter_gradient.ts";
import {
  conv2dInputGradient,
  conv2dInputGradientVariant,
  type ConvolutionShape,
  mirroredConvolution,
  phaseConvolutions,
} from "./conv2d_input_gradient.ts";
import {
  checkGradient,
  referenceOf,
  windowShapes,
} from "./gradient_testing.ts";
import { interleave } from "./interleave.ts";
import { sumRows, sumRowsCalls } from "./sum_rows.ts";
import {
  assertAllClose,
  checkKernel,
  runKernel,
  selfTest,
  testSession,
  testValues,
} from "./testing.ts";

const shapes: fc.Arbitrary<ConvolutionShape> = fc.tuple(
  windowShapes,
  fc.constantFrom(1, 3, 4, 5, 8, 16, 20),
  fc.constantFrom(1, 3, 4, 8, 10, 16, 20, 36),
).map(([window, inChannels, outChannels]) => ({
  ...window,
  inChannels,
  outChannels,
}));

function tensorsOf(shape: ConvolutionShape) {
  const { batch, inChannels, outChannels } = shape;
  return {
    x: testValues(batch * shape.inHeight * shape.inWidth * inChannels),
    dy: testValues(batch * shape.outHeight * shape.outWidth * outChannels, 2),
    filter: testValues(
      shape.windowHeight * shape.windowWidth * inChannels * outChannels,
      3,
    ),
  };
}

function inputGradientCall(shape: ConvolutionShape) {
  const { x, dy, filter } = tensorsOf(shape);
  return {
    params: shape,
    variant: conv2dInputGradientVariant(shape),
    reads: [dy, filter],
    writes: [new Float32Array(x.length).fill(9)],
  };
}

function filterGradientCall(
  shape: ConvolutionShape,
  { texels = false } = {},
) {
  const { x, dy, filter } = tensorsOf(shape);
  const call = conv2dFilterGradientCall(shape, { texels });
  const variant = { ...call.variant, asTexels: texels ? "x dy" : "" };
  const { params } = call;
  const partials = new Float32Array(params.splits * filter.length).fill(9);
  return { params, variant, reads: [x, dy], writes: [partials] };
}

const smallCases: Readonly<Record<string, ConvolutionShape>> = {
  "a stride of 2 and pads on one side": {
    ...{ batch: 2, inHeight: 4, inWidth: 5, outHeight: 2, outWidth: 3 },
    ...{ windowHeight: 3, windowWidth: 3, strideHeight: 2, strideWidth: 2 },
    ...{ dilationHeight: 1, dilationWidth: 1, padTop: 0, padLeft: 1 },
    ...{ inChannels: 2, outChannels: 3 },
  },
  "a dilation of 2": {
    ...{ batch: 1, inHeight: 5, inWidth: 6, outHeight: 3, outWidth: 4 },
    ...{ windowHeight: 2, windowWidth: 2, strideHeight: 1, strideWidth: 1 },
    ...{ dilationHeight: 2, dilationWidth: 2, padTop: 0, padLeft: 0 },
    ...{ inChannels: 3, outChannels: 4 },
  },
  "a 1x1 window with a stride of 2, which skips pixels": {
    ...{ batch: 1, inHeight: 5, inWidth: 4, outHeight: 3, outWidth: 2 },
    ...{ windowHeight: 1, windowWidth: 1, strideHeight: 2, strideWidth: 2 },
    ...{ dilationHeight: 1, dilationWidth: 1, padTop: 0, padLeft: 0 },
    ...{ inChannels: 4, outChannels: 2 },
  },
};

for (const [name, shape] of Object.entries(smallCases)) {
  Deno.test(`conv2d gradients are the slope of conv2d with ${name}`, () => {
    const { x, dy, filter } = tensorsOf(shape);
    const { batch, ...geometry } = shape;
    const { params, variant } = conv2dCall(
      { ...geometry, yStride: shape.outChannels, yOffset: 0 },
      { batch, activation: "none" },
    );
    const size = { depth: params.depth, columns: shape.outChannels };
    const [dx] = referenceOf(conv2dInputGradient, inputGradientCall(shape));
    const call = filterGradientCall(shape);
    deepStrictEqual(call.params.splits, 1);
    const [gradient] = referenceOf(conv2dFilterGradient, call);
    checkGradient({
      forward: () =>
        referenceOf(conv2d, {
          params,
          variant,
          reads: [
            x,
            packFilter(filter, size),
            packBias(undefined, shape.outChannels),
          ],
          writes: [new Float32Array(dy.length)],
        })[0],
      slope: dy,
      gradients: {
        x: { input: x, gradient: dx },
        filter: { input: filter, gradient },
      },
    });
  });
}

Deno.test("conv2dInputGradient() agrees with its reference over odd shapes, strides and dilations", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      shapes,
      (shape) =>
        checkKernel(session, conv2dInputGradient, inputGradientCall(shape), {
          absolute: 3e-5,
        }),
    ),
    { numRuns: 40 },
  );
});

Deno.test("mirroredConvolution() computes the gradient of the input, but for strides and wide pads", async () => {
  const session = await testSession();
  let count = 0;
  await fc.assert(
    fc.asyncProperty(
      shapes.map((shape) => ({ ...shape, strideHeight: 1, strideWidth: 1 })),
      fc.constantFrom(...conv2dTiles),
      async (shape, tile) => {
        const mirrored = mirroredConvolution(shape);
        const { dy, filter } = tensorsOf(shape);
        const [dx] = referenceOf(conv2dInputGradient, inputGradientCall(shape));
        if (!mirrored) return;
        count++;
        const { batch, inChannels } = shape;
        const { params, variant } = conv2dCall(mirrored, {
          batch,
          activation: "none",
          tile,
        });
        const weights = packFilter(filter, {
          depth: params.depth,
          columns: inChannels,
          isTransposed: true,
          places: shape.windowHeight * shape.windowWidth,
        });
        await checkKernel(session, {
          ...conv2d,
          reference: ({ writes: [y] }) => y.set(dx),
        }, {
          params,
          variant,
          reads: [dy, weights, packBias(undefined, inChannels)],
          writes: [new Float32Array(dx.length).fill(9)],
        }, { absolute: 3e-5 });
      },
    ),
    { numRuns: 40 },
  );
  ok(count > 10);
  const [shape] = fc.sample(shapes, 1);
  strictEqual(mirroredConvolution({ ...shape, strideWidth: 2 }), undefined);
  strictEqual(mirroredConvolution({ ...shape, padTop: 9 }), undefined);
});

Deno.test("phaseConvolutions() compute the gradient of the input of strides of 2, place by place of the window", () => {
  let count = 0;
  fc.assert(
    fc.property(
      shapes.map((shape) => ({
        ...shape,
        ...{ dilationHeight: 1, dilationWidth: 1 },
        strideHeight: Math.min(shape.strideHeight, 2),
        strideWidth: Math.min(shape.strideWidth, 2),
      })),
      (shape) => {
        const phases = phaseConvolutions(shape);
        if (!phases) return;
        count++;
        const { batch, inChannels: channels } = shape;
        const { dy, filter } = tensorsOf(shape);
        const [expected] = referenceOf(
          conv2dInputGradient,
          inputGradientCall(shape),
        );
        const parts = phases.map(({ shape: phase, within }) => {
          const { params, variant } = conv2dCall(phase, {
            batch,
            activation: "none",
          });
          const places = phase.windowHeight * phase.windowWidth;
          const size = { depth: params.depth, columns: channels };
          const order = { isTransposed: true, places, within };
          const weights = packFilter(filter, { ...size, ...order });
          return referenceOf(conv2d, {
            params,
            variant,
            reads: [dy, weights, packBias(undefined, channels)],
            writes: [
              new Float32Array(
                batch * phase.outHeight * phase.outWidth * channels,
              ),
            ],
          })[0];
        });
        const [dx] = referenceOf(interleave, {
          params: {
            ...{ batch, height: shape.inHeight, width: shape.inWidth },
            ...{ channels, strideHeight: shape.strideHeight },
            strideWidth: shape.strideWidth,
          },
          variant: {
            ...{ strideHeight: 2, strideWidth: 2, vector: 1 },
            phases: phases.map(({ name }) => name).join(" "),
          },
          reads: parts,
          writes: [new Float32Array(expected.length).fill(9)],
        });
        assertAllClose(dx, expected, { absolute: 1e-5 });
      },
    ),
    { numRuns: 100 },
  );
  ok(count > 20);
  const [shape] = fc.sample(shapes, 1);
  strictEqual(phaseConvolutions({ ...shape, strideWidth: 3 }), undefined);
  strictEqual(
    phaseConvolutions({ ...shape, strideWidth: 2, padLeft: 9 }),
    undefined,
  );
});

Deno.test("conv2dFilterGradient() agrees with its reference over odd shapes, strides and splits", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      shapes,
      fc.integer({ min: 3, max: 99 }),
      fc.boolean(),
      async (shape, pixelsPerSplit, texels) => {
        const call = filterGradientCall(shape, { texels });
        const pixels = shape.batch * shape.outHeight * shape.outWidth;
        const splits = Math.ceil(pixels / pixelsPerSplit);
        await checkKernel(session, conv2dFilterGradient, {
          ...call,
          params: { ...call.params, splits, pixelsPerSplit },
          writes: [
            new Float32Array(call.writes[0].length * splits).fill(9),
          ],
        }, { absolute: 3e-5 });
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("conv2dFilterGradient() in parts adds up to the whole, with the same bytes every time", async () => {
  const session = await testSession();
  const shape = {
    ...{ batch: 8, inHeight: 28, inWidth: 28, outHeight: 28, outWidth: 28 },
    ...{ windowHeight: 3, windowWidth: 3, strideHeight: 1, strideWidth: 1 },
    ...{ dilationHeight: 1, dilationWidth: 1, padTop: 1, padLeft: 1 },
    ...{ inChannels: 4, outChannels: 8 },
  };
  const call = filterGradientCall(shape);
  const { splits } = call.params;
  deepStrictEqual(splits, 98);
  const [partials] = await runKernel(session, conv2dFilterGradient, call);
  const [again] = await runKernel(session, conv2dFilterGradient, call);
  deepStrictEqual(again, partials);
  const columns = partials.length / splits;
  const whole = { ...call.params, splits: 1, pixelsPerSplit: 8 * 28 ** 2 };
  const [gradient] = referenceOf(conv2dFilterGradient, {
    ...call,
    params: whole,
    writes: [new Float32Array(columns)],
  });
  const [{ params, variant }, ...others] = sumRowsCalls(splits, columns);
  deepStrictEqual(others, []);
  await checkKernel(session, {
    ...sumRows,
    reference: ({ writes: [y] }) => y.set(gradient),
  }, {
    params,
    variant,
    reads: [partials],
    writes: [new Float32Array(columns)],
  }, { absolute: 1e-4 });
});

Deno.test("conv2dInputGradient() and conv2dFilterGradient() pass their self-tests", async () => {
  const session = await testSession();
  await selfTest(session, conv2dInputGradient);
  await selfTest(session, conv2dFilterGradient);
});
