import { deepStrictEqual } from "@std/assert";
import fc from "fast-check";
import {
  checkGradient,
  referenceOf,
  windowShapes,
} from "./gradient_testing.ts";
import { activate } from "./activation.ts";
import { pool } from "./pool.ts";
import {
  poolGradient,
  type PoolGradientParams,
  type PoolGradientVariant,
  poolGradientVariant,
} from "./pool_gradient.ts";
import {
  checkKernel,
  runKernel,
  selfTest,
  testSession,
  testValues,
} from "./testing.ts";
import { inputPixels, outputPixels } from "./window.ts";

/** The pool's output, that its gradient reads. */
function poolOf(
  params: PoolGradientParams,
  { kind, x }: { kind: PoolGradientVariant["kind"]; x: Float32Array },
): Float32Array {
  const y = new Float32Array(outputPixels(params) * params.channels);
  pool.reference({
    params: { ...params, yStride: params.channels, yOffset: 0 },
    variant: { kind, vector: 1 },
    reads: [x],
    writes: [y],
  });
  return y;
}

function callOf(
  params: PoolGradientParams,
  { kind, x, texels = false, activation }: {
    kind: PoolGradientVariant["kind"];
    x: Float32Array;
    texels?: boolean;
    activation?: PoolGradientVariant["activation"];
  },
) {
  const y = poolOf(params, { kind, x });
  const dy = testValues(y.length, 2);
  const plain = poolGradientVariant(params, { kind, activation });
  const names = texels ? Object.keys(poolGradient.reads(plain)) : [];
  const variant = { ...plain, asTexels: names.join(" ") };
  return {
    params,
    variant,
    reads: [dy, x, y].slice(0, Object.keys(poolGradient.reads(variant)).length),
    writes: [new Float32Array(x.length).fill(9)],
  };
}

/** Windows that hold a pixel each, as TensorFlow's SAME and VALID see to. */
const shapes = fc.tuple(windowShapes, fc.constantFrom(1, 3, 4, 8)).map((
  [shape, channels],
) => ({ ...shape, channels, dilationHeight: 1, dilationWidth: 1 })).map((
  shape,
) => ({
  ...shape,
  padTop: Math.min(shape.padTop, shape.windowHeight - 1),
  padLeft: Math.min(shape.padLeft, shape.windowWidth - 1),
  outHeight: Math.min(
    shape.outHeight,
    Math.ceil(shape.inHeight / shape.strideHeight),
  ),
  outWidth: Math.min(
    shape.outWidth,
    Math.ceil(shape.inWidth / shape.strideWidth),
  ),
}));

Deno.test("poolGradient() agrees with its reference over odd shapes, strides, pads and many ties", async () => {
  const session = await testSession();
  await fc.assert(
    fc.asyncProperty(
      shapes,
      fc.constantFrom("max" as const, "average" as const),
      fc.integer({ min: 1, max: 20 }),
      fc.boolean(),
      fc.constantFrom(undefined, "relu" as const, "relu6" as const),
      (shape, kind, levels, texels, made) => {
        const activation = kind === "max" ? made : undefined;
        const x = testValues(inputPixels(shape) * shape.channels)
          .map((value) => Math.round(value * levels))
          .map(activate(activation ?? "none"));
        return checkKernel(
          session,
          poolGradient,
          callOf(shape, { kind, x, texels, activation }),
        );
      },
    ),
    { numRuns: 80 },
  );
});

const small: PoolGradientParams = {
  ...{ batch: 2, inHeight: 5, inWidth: 4, outHeight: 3, outWidth: 2 },
  ...{ windowHeight: 3, windowWidth: 3, strideHeight: 2, strideWidth: 2 },
  ...{ dilationHeight: 1, dilationWidth: 1, padTop: 1, padLeft: 0 },
  channels: 3,
};

for (const kind of ["max", "average"] as const) {
  Deno.test(`poolGradient() of the ${kind} is the slope of pool()`, () => {
    // Values that stay apart when they are moved: a maximum has no slope at a tie.
    const x = Float32Array.from(
      { length: inputPixels(small) * small.channels },
      (_, index) => index * 37 % 121 / 8,
    );
    const call = callOf(small, { kind, x });
    const [dx] = referenceOf(poolGradient, call);
    checkGradient({
      forward: () => poolOf(small, { kind, x }),
      slope: call.reads[0],
      gradients: { x: { input: x, gradient: dx } },
    });
  });
}

Deno.test("poolGradient() gives a tie's slope to the first pixel of the window", async () => {
  const params = {
    ...small,
    ...{ batch: 1, inHeight: 2, inWidth: 2, outHeight: 1, outWidth: 1 },
    ...{ windowHeight: 2, windowWidth: 2, padTop: 0, channels: 1 },
  };
  const reads = [
    new Float32Array([7]),
    new Float32Array([0, 3, 3, 3]),
    new Float32Array([3]),
  ];
  for (const disjoint of [true, false]) {
    const [dx] = await runKernel(await testSession(), poolGradient, {
      params,
      variant: { kind: "max", vector: 1, disjoint },
      reads: disjoint ? reads.slice(0, 2) : reads,
      writes: [new Float32Array(4)],
    });
    deepStrictEqual([...dx], [0, 7, 0, 0]);
  }
});

Deno.test("poolGradient() passes its self-test", async () => {
  await selfTest(await testSession(), poolGradient);
});
