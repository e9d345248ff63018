import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import fc from "fast-check";
import type { Activation } from "./activation.ts";
import {
  conv2d,
  conv2dCall,
  type Conv2dShape,
  type Conv2dTile,
  conv2dTiles,
  packBias,
  packFilter,
  plainTile,
} from "./conv2d.ts";
import { testSession, testValues } from "./testing.ts";
import { packWinogradFilter, type WinogradOutputs } from "./winograd.ts";
import type { BufferSpec, Program } from "./program.ts";
import { winogradFits, winogradSteps } from "./winograd_steps.ts";

/** What a case consists of beside its shape. */
interface CaseOptions {
  readonly batch: number;
  readonly outputs: WinogradOutputs;
  readonly activation?: Activation;
  readonly tile?: Conv2dTile;
}

/** A convolution by single steps, as the geometry room would resolve it. */
function shapeOf(
  given:
    & Pick<
      Conv2dShape,
      "inHeight" | "inWidth" | "inChannels" | "outChannels"
    >
    & {
      readonly window: readonly [height: number, width: number];
      readonly isSame: boolean;
      readonly yOffset?: number;
    },
): Conv2dShape {
  const { window: [windowHeight, windowWidth], isSame, yOffset = 0, ...size } =
    given;
  const [down, across] = isSame ? [windowHeight - 1, windowWidth - 1] : [0, 0];
  return {
    ...size,
    outHeight: size.inHeight + down - windowHeight + 1,
    outWidth: size.inWidth + across - windowWidth + 1,
    windowHeight,
    windowWidth,
    strideHeight: 1,
    strideWidth: 1,
    dilationHeight: 1,
    dilationWidth: 1,
    padTop: Math.floor(down / 2),
    padLeft: Math.floor(across / 2),
    yStride: yOffset + size.outChannels + yOffset,
    yOffset,
  };
}

/** Images like those after a ReLU, a filter of their scale, a bias, and what was at the output before. */
function valuesOf(shape: Conv2dShape, batch: number) {
  const depth = shape.windowHeight * shape.windowWidth * shape.inChannels;
  const pixels = batch * shape.outHeight * shape.outWidth;
  return {
    x: testValues(batch * shape.inHeight * shape.inWidth * shape.inChannels)
      .map((value) => Math.max(0, value)),
    filter: testValues(depth * shape.outChannels, 2)
      .map((value) => value / Math.sqrt(depth)),
    bias: packBias(testValues(shape.outChannels, 3), shape.outChannels),
    y: testValues(pixels * shape.yStride, 4),
  };
}

/** Sets the buffers of each run apart: a session keeps those that have names. */
let runs = 0;

/** The convolution by its steps on the GPU. */
async function runSteps(
  shape: Conv2dShape,
  { batch, outputs, activation = "none", tile = plainTile }: CaseOptions,
  values: ReturnType<typeof valuesOf>,
): Promise<{ y: Float32Array; program: Program }> {
  const { inChannels: channels, outChannels: columns } = shape;
  const filter = packWinogradFilter(values.filter, {
    ...shape,
    ...{ outputs, channels, columns },
  });
  const label = `winograd test ${runs++}`;
  const constants = new Map(Object.entries({
    [`${label}: x`]: values.x,
    [`${label}: filter`]: filter,
    [`${label}: bias`]: values.bias,
    [`${label}: zeros`]: packBias(undefined, columns),
    [`${label}: y`]: values.y,
  }));
  const buffers: BufferSpec[] = [...constants].map((
    [name, { byteLength }],
  ) => ({
    name,
    bytes: byteLength,
  }));
  const steps = winogradSteps(shape, {
    ...{ batch, outputs, activation, tile },
    reads: [0, 1, 2],
    zeros: 3,
    y: 4,
    scratch: (floats) => buffers.push({ bytes: 4 * floats }) - 1,
    label,
  });
  const program = { label, buffers, steps };
  const session = await testSession();
  const handle = await session.load({ program, constants: new Map() });
  try {
    for (const [name, data] of constants) await session.write(name, data);
    await session.run(handle);
    const bytes = await session.read(`${label}: y`, values.y.byteLength);
    return { y: new Float32Array(bytes), program };
  } finally {
    await session.unload(handle);
  }
}

/** The worst difference from the direct sums in f64, as a share of their range. */
async function errorOf(
  shape: Conv2dShape,
  options: CaseOptions,
): Promise<number> {
  const { batch, activation = "none" } = options;
  const values = valuesOf(shape, batch);
  const { params, variant } = conv2dCall(shape, { batch, activation });
  const expected = values.y.slice();
  const size = { depth: params.depth, columns: shape.outChannels };
  conv2d.reference({
    params,
    variant,
    reads: [values.x, packFilter(values.filter, size), values.bias],
    writes: [expected],
  });
  const { y } = await runSteps(shape, options, values);
  const range = expected.reduce(
    (most, value) => Math.max(most, Math.abs(value)),
    0,
  );
  return y.reduce(
    (worst, value, at) => Math.max(worst, Math.abs(value - expected[at])),
    0,
  ) / range;
}

/** Allowed of the range: what two and four outputs a tile may cost. */
const allowed: Record<WinogradOutputs, number> = { 2: 1e-5, 4: 5e-5 };

Deno.test("winogradSteps() compute the convolution over odd shapes, paddings, activations and channels of a concat", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        inHeight: fc.integer({ min: 7, max: 19 }),
        inWidth: fc.integer({ min: 7, max: 19 }),
        inChannels: fc.constantFrom(4, 8, 20),
        outChannels: fc.constantFrom(4, 16, 20),
        window: fc.constantFrom<[number, number]>(
          ...([[3, 3], [1, 7], [7, 1], [1, 3], [3, 1], [5, 5], [2, 4]] as const)
            .map(([height, width]): [number, number] => [height, width]),
        ),
        isSame: fc.boolean(),
        yOffset: fc.constantFrom(0, 4),
      }),
      fc.record({
        batch: fc.integer({ min: 1, max: 3 }),
        outputs: fc.constantFrom<WinogradOutputs>(2, 4),
        activation: fc.constantFrom<Activation>("none", "relu", "relu6"),
        tile: fc.constantFrom(...conv2dTiles),
      }),
      async (given, options) => {
        const shape = shapeOf(given);
        ok(winogradFits(shape, options.outputs));
        const error = await errorOf(shape, options);
        ok(error <= allowed[options.outputs], `${error} of the range`);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("winogradSteps() stay within their bounds on deep layers of real networks", async () => {
  const deep = { inHeight: 9, inWidth: 9, isSame: true, outChannels: 16 };
  for (const window of [[3, 3], [1, 7], [7, 1], [5, 5]] as const) {
    for (const outputs of [2, 4] as const) {
      const shape = shapeOf({ ...deep, window, inChannels: 448 });
      const error = await errorOf(shape, { batch: 1, outputs });
      ok(error <= allowed[outputs], `${window}, ${outputs}: ${error}`);
    }
  }
});

Deno.test("winogradSteps() compute few images at a time, and an image in one way whatever the batch", async () => {
  const shape = shapeOf({
    inHeight: 150,
    inWidth: 150,
    inChannels: 4,
    outChannels: 64,
    window: [3, 3],
    isSame: true,
  });
  const options = { batch: 5, outputs: 4 } as const;
  const values = valuesOf(shape, options.batch);
  const { y, program } = await runSteps(shape, options, values);
  strictEqual(program.steps.length, 3 * 3);
  for (const { bytes, name } of program.buffers) {
    ok(name !== undefined || bytes <= 32 * 2 ** 20);
  }
  const last = options.batch - 1;
  const alone = {
    ...values,
    x: values.x.subarray(last * values.x.length / options.batch),
    y: values.y.subarray(last * values.y.length / options.batch),
  };
  const single = await runSteps(shape, { ...options, batch: 1 }, alone);
  deepStrictEqual(
    single.y,
    y.subarray(last * values.y.length / options.batch),
  );
});

Deno.test("winogradFits() wants single steps, channels in fours, windows of two to seven places and images of a sane size", () => {
  const shape = shapeOf({
    inHeight: 8,
    inWidth: 8,
    inChannels: 8,
    outChannels: 8,
    window: [3, 3],
    isSame: true,
  });
  const cases: readonly (readonly [Partial<Conv2dShape>, boolean])[] = [
    [{}, true],
    [{ strideWidth: 2 }, false],
    [{ dilationHeight: 2 }, false],
    [{ inChannels: 3 }, false],
    [{ outChannels: 6 }, false],
    [{ yOffset: 2 }, false],
    [{ windowHeight: 1, windowWidth: 1 }, false],
    [{ windowHeight: 1, windowWidth: 8 }, false],
    [{ windowHeight: 7, windowWidth: 7 }, false],
    [{ windowHeight: 1, windowWidth: 7 }, true],
    [{ outHeight: 4000, outWidth: 4000 }, false],
  ];
  for (const [change, fits] of cases) {
    strictEqual(winogradFits({ ...shape, ...change }, 4), fits);
  }
});
