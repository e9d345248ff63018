import { ok, strictEqual } from "@std/assert";
import fc from "fast-check";
import { interpolation } from "./_resize.ts";
import { resizeBilinear, resizeScale } from "./resize_bilinear.ts";
import {
  assertAllClose,
  checkKernel,
  testSession,
  testValues,
} from "./testing.ts";

interface Case {
  readonly batch: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly channels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly alignCorners?: boolean;
  readonly yOffset?: number;
}

function callOf({ alignCorners = false, yOffset = 0, ...sizes }: Case) {
  const { batch, inHeight, inWidth, channels, outHeight, outWidth } = sizes;
  const yStride = channels + 2 * yOffset;
  return {
    params: {
      ...sizes,
      heightScale: resizeScale({ inSize: inHeight, outSize: outHeight }, {
        alignCorners,
      }),
      widthScale: resizeScale({ inSize: inWidth, outSize: outWidth }, {
        alignCorners,
      }),
      yStride,
      yOffset,
    },
    reads: [testValues(batch * inHeight * inWidth * channels)],
    writes: [
      new Float32Array(batch * outHeight * outWidth * yStride).fill(9),
    ],
  };
}

Deno.test("resizeBilinear() agrees with its reference over odd shapes", async () => {
  const session = await testSession();
  const size = fc.integer({ min: 1, max: 33 });
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        batch: fc.integer({ min: 1, max: 3 }),
        inHeight: size,
        inWidth: size,
        channels: fc.integer({ min: 1, max: 5 }),
        outHeight: size,
        outWidth: size,
        alignCorners: fc.boolean(),
        yOffset: fc.nat(3),
      }),
      fc.boolean(),
      (given, halfPixelCenters) =>
        checkKernel(session, resizeBilinear, {
          ...callOf(given),
          variant: { halfPixelCenters },
        }),
    ),
    { numRuns: 40 },
  );
});

Deno.test("resizeBilinear() to the same size is a copy", async () => {
  const session = await testSession();
  const call = callOf({
    batch: 1,
    inHeight: 17,
    inWidth: 9,
    channels: 3,
    outHeight: 17,
    outWidth: 9,
  });
  for (const halfPixelCenters of [false, true]) {
    const [writes] = [[new Float32Array(17 * 9 * 3)]];
    resizeBilinear.reference({
      ...call,
      variant: { halfPixelCenters },
      writes,
    });
    assertAllClose(writes[0], call.reads[0], { absolute: 0, relative: 0 });
    await checkKernel(session, resizeBilinear, {
      ...call,
      variant: { halfPixelCenters },
    }, { absolute: 0, relative: 0 });
  }
});

Deno.test("the reference of resizeBilinear() gives TensorFlow's numbers under all attributes", () => {
  for (const { alignCorners, halfPixelCenters, expected } of tensorFlowRows) {
    const call = callOf({
      batch: 1,
      inHeight: 1,
      inWidth: 5,
      channels: 1,
      outHeight: 1,
      outWidth: 8,
      alignCorners,
    });
    const writes = [new Float32Array(8)];
    resizeBilinear.reference({
      ...call,
      variant: { halfPixelCenters },
      reads: [new Float32Array([10, 20, 40, 80, 160])],
      writes,
    });
    assertAllClose(writes[0], expected, { absolute: 0, relative: 1e-7 });
  }
});

// tf.raw_ops.ResizeBilinear(images, size, align_corners, half_pixel_centers)
const tensorFlowRows = [
  {
    alignCorners: false,
    halfPixelCenters: false,
    expected: [10.0, 16.25, 25.0, 37.5, 60.0, 90.0, 140.0, 160.0],
  },
  {
    alignCorners: true,
    halfPixelCenters: false,
    expected: [
      10.0,
      15.714286,
      22.857143,
      34.285717,
      51.428574,
      74.28572,
      114.285736,
      160.0,
    ],
  },
  {
    alignCorners: false,
    halfPixelCenters: true,
    expected: [10.0, 14.375, 21.25, 33.75, 52.5, 77.5, 125.0, 160.0],
  },
];

Deno.test("interpolation() stays inside the image for any sizes and rules", () => {
  const size = fc.integer({ min: 1, max: 3000 });
  const flag = fc.boolean();
  fc.assert(
    fc.property(size, size, flag, flag, (inSize, outSize, corners, centers) => {
      const rules = {
        alignCorners: corners,
        halfPixelCenters: centers && !corners,
      };
      const scale = resizeScale({ inSize, outSize }, rules);
      for (const index of [0, outSize >> 1, outSize - 1]) {
        const place = { scale, size: inSize, ...rules };
        const { lower, upper, lerp } = interpolation(index, place);
        ok(lower >= 0 && lower <= upper && upper < inSize);
        // A centre just before the first pixel rounds up to 1 in float32, in TensorFlow too.
        ok(lerp >= 0 && lerp <= 1);
      }
    }),
  );
});

Deno.test("resizeScale() aligns corners only where there are two of them", () => {
  const corners = { alignCorners: true };
  strictEqual(resizeScale({ inSize: 5, outSize: 9 }, corners), 0.5);
  strictEqual(resizeScale({ inSize: 5, outSize: 1 }, corners), 5);
});
