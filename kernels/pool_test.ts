import fc from "fast-check";
import { pool, type PoolParams } from "./pool.ts";
import {
  assertAllClose,
  checkKernel,
  testSession,
  testValues,
} from "./testing.ts";
import { vectorWidth } from "./vector.ts";

interface Case {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly window: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly yOffset?: number;
}

/** TensorFlow's SAME: every output pixel's window holds at least one of x. */
function same(size: number, [window, stride]: readonly [number, number]) {
  const out = Math.ceil(size / stride);
  return { out, pad: Math.max(0, (out - 1) * stride + window - size) >> 1 };
}

function callOf({ batch, height, width, channels, ...given }: Case) {
  const [windowHeight, windowWidth] = given.window;
  const [strideHeight, strideWidth] = given.stride;
  const down = same(height, [windowHeight, strideHeight]);
  const across = same(width, [windowWidth, strideWidth]);
  const yOffset = given.yOffset ?? 0;
  const params: PoolParams = {
    batch,
    inHeight: height,
    inWidth: width,
    channels,
    outHeight: down.out,
    outWidth: across.out,
    windowHeight,
    windowWidth,
    strideHeight,
    strideWidth,
    padTop: down.pad,
    padLeft: across.pad,
    yStride: channels + yOffset,
    yOffset,
  };
  return {
    params,
    reads: [testValues(batch * height * width * channels)],
    writes: [
      new Float32Array(batch * down.out * across.out * params.yStride).fill(9),
    ],
  };
}

Deno.test("pool() agrees with its reference over odd shapes", async () => {
  const session = await testSession();
  const small = (max: number) => fc.integer({ min: 1, max });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("max", "average"),
      fc.record({
        batch: small(2),
        height: small(9),
        width: small(19),
        channels: fc.constantFrom(1, 3, 4, 8, 36),
        window: fc.tuple(small(4), small(5)),
        stride: fc.tuple(small(3), small(3)),
        yOffset: fc.constantFrom(0, 3, 4),
      }),
      fc.boolean(),
      async (kind, given, wanted) => {
        const call = callOf(given);
        const { channels, yStride, yOffset } = call.params;
        const vector = vectorWidth(channels, yStride, yOffset);
        await checkKernel(session, pool, {
          ...call,
          variant: { kind, vector, ...wanted && { asTexels: "x" } },
        });
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("pool() reduces a whole image to one pixel", async () => {
  const session = await testSession();
  for (const kind of ["max", "average"] as const) {
    const call = callOf({
      batch: 2,
      height: 8,
      width: 8,
      channels: 12,
      window: [8, 8],
      stride: [8, 8],
    });
    for (const asTexels of ["", "x", "x y"]) {
      const variant = { kind, vector: 4, asTexels } as const;
      await checkKernel(session, pool, { ...call, variant });
    }
  }
});

Deno.test("pool() lets no padding win a maximum of negative values", async () => {
  const session = await testSession();
  const call = callOf({
    batch: 1,
    height: 3,
    width: 5,
    channels: 1,
    window: [3, 3],
    stride: [1, 1],
  });
  await checkKernel(session, pool, {
    ...call,
    reads: [call.reads[0].map((value) => value - 1e30)],
    variant: { kind: "max", vector: 1 },
  });
});

Deno.test("the reference of pool() leaves padding out of an average, as TensorFlow does", () => {
  const y = new Float32Array(9);
  pool.reference({ ...pool.example(), writes: [y] });
  // tf.nn.avg_pool2d of 1..9 as 3x3, window 3, stride 1, "SAME"
  assertAllClose(y, [3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7]);
});

Deno.test("the reference of pool() gives TensorFlow's numbers for a SAME average of stride 2", () => {
  const call = callOf({
    batch: 1,
    height: 4,
    width: 5,
    channels: 1,
    window: [3, 2],
    stride: [2, 2],
  });
  const y = new Float32Array(6);
  pool.reference({
    params: call.params,
    variant: { kind: "average", vector: 1 },
    reads: [Float32Array.from({ length: 20 }, (_, i) => i)],
    writes: [y],
  });
  // tf.nn.avg_pool2d of 0..19 as 4x5, window [3, 2], stride 2, "SAME"
  assertAllClose(y, [5.5, 7.5, 9.0, 13.0, 15.0, 16.5]);
});
