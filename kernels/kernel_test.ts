import { ok, strictEqual, throws } from "@std/assert";
import fc from "fast-check";
import {
  conv2d,
  conv2dCall,
  type Conv2dTile,
  conv2dTiles,
  pointwise,
} from "./conv2d.ts";
import {
  conv2dInputGradient,
  convolutionExample,
} from "./conv2d_input_gradient.ts";
import { packBias, packFilter } from "./filter_tiles.ts";
import { maxGroupsPerDimension } from "./kernel.ts";
import { mean } from "./mean.ts";
import { dispatch, kernelNamed, kernels } from "./mod.ts";
import { unary } from "./unary.ts";
import { checkKernel, testSession, testValues } from "./testing.ts";

/** A batch of pictures, or of what layers make of them. */
interface Pictures {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Up to half a gigabyte of f32, in which a line has up to a million. */
const pictures = fc.record({
  batch: fc.integer({ min: 1, max: 4096 }),
  height: fc.integer({ min: 1, max: 8192 }),
  width: fc.integer({ min: 1, max: 8192 }),
  channels: fc.integer({ min: 1, max: 4096 }).map((count) => 4 * count),
}).filter(({ batch, height, width, channels }) =>
  width * channels <= 2 ** 20 &&
  batch * height * width * channels <= 2 ** 27
);

/** Kernels whose rows are those of a batch; rows of others are pixels. */
const kernelsOfBatches = [
  "gather_rows",
  "dense",
  "dense_loss",
  "dense_update",
  "sigmoid_cross_entropy",
  "softmax_cross_entropy",
];

/** A value for every parameter that workgroups follow from; the others are 1. */
function paramsOf(
  name: string,
  { batch, height, width, channels }: Pictures,
): Record<string, number> {
  const pixels = batch * height * width;
  const known: Record<string, number> = {
    ...{ batch, inBatch: batch, outBatch: batch, count: batch },
    ...{ inHeight: height, outHeight: height },
    ...{ inWidth: width, outWidth: width },
    ...{ channels, inChannels: channels, outChannels: channels, d3: channels },
    ...{ columns: channels, depth: channels },
    // Filters of one group for so many channels would fit no memory.
    groups: channels / 4,
    size: pixels * channels,
    rows: kernelsOfBatches.includes(name) ? batch : pixels,
    outer: batch,
    inner: height * width * channels,
    tiles: Math.ceil(channels / 16),
    columnTiles: Math.ceil(channels / 16),
    splits: batch,
  };
  return Object.fromEntries(
    Object.keys(kernelNamed(name).params).map((key) => [key, known[key] ?? 1]),
  );
}

Deno.test("groups() of every kernel stay within what WebGPU allows, whatever the pictures", () => {
  const names = [...kernels.keys()];
  fc.assert(fc.property(pictures, (shape) => {
    for (const name of names) {
      const kernel = kernelNamed(name);
      const { variant } = kernel.example();
      const groups = kernel.groups(paramsOf(name, shape), variant);
      ok(
        groups.every((count) => count >= 1 && count <= maxGroupsPerDimension),
        `${name}: ${groups}`,
      );
    }
    for (const tile of conv2dTiles) {
      const [x, y, z] = conv2d.groups({
        ...conv2d.example().params,
        rows: shape.batch * shape.height * shape.width,
      }, { ...conv2d.example().variant, ...tile });
      ok(Math.max(x, y, z) <= maxGroupsPerDimension, `${x}, ${y}, ${z}`);
    }
  }));
});

Deno.test("dispatch() refuses what no adapter runs, by name", () => {
  const size = 64 * maxGroupsPerDimension ** 2 + 64;
  const call = {
    params: { rows: size, depth: 4 },
    variant: { bytes: false },
    reads: [0, 1, 2],
    writes: [3],
    label: "a batch",
  };
  throws(
    () => dispatch(kernelNamed("gather_rows"), call),
    /"a batch" needs \d+ workgroups of gather_rows in a row.*smaller batch/,
  );
});

/** More pixels than 65,535 workgroups of any of these tiles have. */
const side = 2100;

const spillingTiles: readonly Conv2dTile[] = [
  { family: "registers", texels: false, rows: 8 },
  { family: "shared", rows: 4, threads: 8 },
];

for (const tile of spillingTiles) {
  Deno.test(`conv2d() computes more pixels than a row of workgroups has (${tile.family})`, async () => {
    const size = { height: side, width: side, inChannels: 1, outChannels: 1 };
    const options = { batch: 1, activation: "none", tile } as const;
    const { params, variant } = conv2dCall(pointwise(size), options);
    strictEqual(conv2d.groups(params, variant)[2] > 1, true);
    await checkKernel(await testSession(), conv2d, {
      params,
      variant,
      reads: [
        testValues(side ** 2),
        packFilter([2], { depth: 1, columns: 1 }),
        packBias([1], 1),
      ],
      writes: [new Float32Array(side ** 2)],
    });
  });
}

Deno.test("conv2d_input_gradient() computes more pixels than a row of workgroups has, in each phase", async () => {
  const [height, width] = [side, 4010];
  const shape = {
    ...convolutionExample,
    ...{ inHeight: height, inWidth: width, inChannels: 1, outChannels: 1 },
    ...{ outHeight: height, outWidth: width / 2 },
    ...{ windowHeight: 1, windowWidth: 2, padTop: 0, padLeft: 0 },
    strideHeight: 1,
  };
  const variant = { loads: 1, columns: 16 } as const;
  strictEqual(conv2dInputGradient.groups(shape, variant)[2], 4);
  await checkKernel(await testSession(), conv2dInputGradient, {
    params: shape,
    variant,
    reads: [testValues(height * width / 2), new Float32Array([2, 3])],
    writes: [new Float32Array(height * width)],
  });
});

Deno.test("mean() computes more values than a row of workgroups has", async () => {
  const params = { outer: 2, reduce: 3, inner: 530_000 };
  strictEqual(mean.groups(params, { vector: 1 })[2], 2);
  await checkKernel(await testSession(), mean, {
    params,
    variant: { vector: 1 },
    reads: [testValues(params.outer * params.reduce * params.inner)],
    writes: [new Float32Array(params.outer * params.inner)],
  });
});

Deno.test("unary() computes more values than a row of workgroups has", async () => {
  const size = 64 * maxGroupsPerDimension + 100;
  const variant = { function: "relu6" } as const;
  strictEqual(unary.groups({ size }, variant)[1], 2);
  await checkKernel(await testSession(), unary, {
    params: { size },
    variant,
    reads: [testValues(size)],
    writes: [new Float32Array(size)],
  });
});
