import { deepStrictEqual, strictEqual } from "@std/assert";
import fc from "fast-check";
import { resizeScale } from "./_resize.ts";
import { packImages, resizeImages } from "./resize_images.ts";
import {
  assertAllClose,
  checkKernel,
  runKernel,
  testSession,
} from "./testing.ts";

interface Size {
  readonly height: number;
  readonly width: number;
}

/** Noise, since on noise a position that is slightly off shows at once. */
function photo({ height, width }: Size, row = 0) {
  const rgb = Uint8Array.from(
    { length: height * width * 3 },
    (_, i) => Math.imul(i, 2654435761) >>> 24,
  );
  return { rgb, height, width, row };
}

function callOf(sizes: readonly Size[], out: Size) {
  const { pixels, table } = packImages(sizes.map(photo));
  return {
    params: {
      count: sizes.length,
      outHeight: out.height,
      outWidth: out.width,
    },
    reads: [pixels, table],
    writes: [new Float32Array(sizes.length * out.height * out.width * 3)],
  };
}

const plain = { halfPixelCenters: false, alignCorners: false };
const variants = [
  plain,
  { ...plain, asTexels: "pixels table" },
  { halfPixelCenters: true, alignCorners: false },
  { halfPixelCenters: false, alignCorners: true },
];

Deno.test("resizeImages() agrees with its reference for photos of several sizes at once", async () => {
  const session = await testSession();
  const size = fc.record({
    height: fc.integer({ min: 1, max: 40 }),
    width: fc.integer({ min: 1, max: 40 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(size, { minLength: 1, maxLength: 4 }),
      size,
      fc.constantFrom(...variants),
      async (sizes, out, variant) => {
        await checkKernel(session, resizeImages, {
          ...callOf(sizes, out),
          variant,
        }, { absolute: 1e-4 });
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("resizeImages() places pixels as float32 does, at the sizes of real photos", async () => {
  const session = await testSession();
  for (const variant of variants) {
    for (const [size, side] of photoSizes) {
      await checkKernel(session, resizeImages, {
        ...callOf([size], { height: side, width: side }),
        variant,
      }, { absolute: 1e-4 });
    }
  }
});

Deno.test("resizeImages() gives TensorFlow's numbers at the sizes of real photos", async () => {
  const session = await testSession();
  for (const [index, [size, side]] of photoSizes.entries()) {
    const call = callOf([size], { height: side, width: side });
    const [[y], [fromTexels]] = [
      await runKernel(session, resizeImages, { ...call, variant: plain }),
      await runKernel(session, resizeImages, {
        ...call,
        variant: { ...plain, asTexels: "pixels table" },
      }),
    ];
    deepStrictEqual(fromTexels, y);
    // tf.raw_ops.ResizeBilinear(images, size), every 11003rd number from the last
    const sampled = [0, 1, 2, 3].map((n) => y[y.length - 1 - n * 11003]);
    assertAllClose(sampled, tensorFlowSamples[index], { absolute: 1e-4 });
  }
});

Deno.test("resizeImages() writes only the rows that its entries name", async () => {
  const session = await testSession();
  const { pixels, table } = packImages([
    photo({ height: 2, width: 3 }, 2),
    { rgb: new Uint8Array(), height: 0, width: 0, row: 0 },
    photo({ height: 5, width: 1 }, 1),
  ]);
  const [y] = await runKernel(session, resizeImages, {
    params: { count: 2, outHeight: 2, outWidth: 2 },
    variant: plain,
    reads: [pixels, table],
    writes: [new Float32Array(3 * 12).fill(-1)],
  });
  deepStrictEqual([...y.slice(0, 24)], Array(24).fill(-1));
  strictEqual(y.slice(24).some((value) => value < 0), false);
});

Deno.test("resizeScale() is TensorFlow's, in float32", () => {
  const scale = (inSize: number, outSize: number, alignCorners = false) =>
    resizeScale({ inSize, outSize }, { alignCorners });
  strictEqual(scale(500, 299), Math.fround(500 / 299));
  strictEqual(scale(500, 299, true), Math.fround(499 / 298));
  strictEqual(scale(500, 1, true), 500);
});

/** Photos' sizes and the side of the square they become. */
const photoSizes: readonly (readonly [Size, number])[] = [
  [{ height: 375, width: 500 }, 299],
  [{ height: 224, width: 224 }, 299],
  [{ height: 1200, width: 1600 }, 299],
  [{ height: 2000, width: 3000 }, 128],
  [{ height: 1, width: 7 }, 224],
];

const tensorFlowSamples: readonly (readonly number[])[] = [
  [149.23965, 218.65555, 57.05635, 151.23727],
  [205.0, 95.916336, 163.15416, 94.18627],
  [24.484497, 142.86017, 161.07312, 171.22855],
  [145.08594, 179.0, 98.0, 74.1875],
  [92.0, 92.125, 92.25, 92.0],
];
