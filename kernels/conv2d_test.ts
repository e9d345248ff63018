import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import fc from "fast-check";
import {
  conv2d,
  conv2dCall,
  type Conv2dShape,
  type Conv2dTile,
  conv2dTiles,
  type Conv2dVariant,
  depthPerStep,
  packBias,
  packFilter,
  pointwise,
  tileBlock,
  tileWorkgroup,
} from "./conv2d.ts";
import {
  checkKernel,
  runKernel,
  selfTest,
  testSession,
  testValues,
} from "./testing.ts";
import type { Activation } from "./activation.ts";

/** A SAME or VALID convolution as the geometry room would resolve it. */
async function check(
  shape: Omit<Conv2dShape, "outHeight" | "outWidth">,
  { batch, activation, residual = false, tile, padBottom, padRight }: {
    batch: number;
    activation: Activation;
    residual?: boolean;
    tile: Conv2dTile;
    padBottom: number;
    padRight: number;
  },
): Promise<void> {
  const span = (window: number, dilation: number) =>
    (window - 1) * dilation + 1;
  const outHeight = Math.floor(
    (shape.inHeight + shape.padTop + padBottom -
      span(shape.windowHeight, shape.dilationHeight)) / shape.strideHeight,
  ) + 1;
  const outWidth = Math.floor(
    (shape.inWidth + shape.padLeft + padRight -
      span(shape.windowWidth, shape.dilationWidth)) / shape.strideWidth,
  ) + 1;
  if (outHeight < 1 || outWidth < 1) return;
  const { params, variant } = conv2dCall(
    { ...shape, outHeight, outWidth },
    { batch, activation, residual, tile },
  );
  const columns = shape.outChannels;
  await checkKernel(await testSession(), conv2d, {
    params,
    variant,
    reads: [
      testValues(batch * shape.inHeight * shape.inWidth * shape.inChannels),
      packFilter(testValues(params.depth * columns, 2), {
        depth: params.depth,
        columns,
      }),
      packBias(testValues(columns, 3), columns),
      ...residual ? [testValues(params.rows * columns, 5)] : [],
    ],
    writes: [testValues(params.rows * shape.yStride, 4)],
  }, { absolute: 2e-5 });
}

Deno.test("conv2d() passes its self-test", async () => {
  await selfTest(await testSession(), conv2d);
});

Deno.test("conv2d() agrees with its reference over odd shapes, strides, dilations and offsets", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        inHeight: fc.integer({ min: 1, max: 12 }),
        inWidth: fc.integer({ min: 1, max: 12 }),
        inChannels: fc.constantFrom(1, 3, 4, 5, 8, 12),
        outChannels: fc.constantFrom(1, 3, 4, 16, 17, 20, 36),
        windowHeight: fc.integer({ min: 1, max: 4 }),
        windowWidth: fc.integer({ min: 1, max: 4 }),
        strideHeight: fc.integer({ min: 1, max: 3 }),
        strideWidth: fc.integer({ min: 1, max: 3 }),
        dilationHeight: fc.integer({ min: 1, max: 2 }),
        dilationWidth: fc.integer({ min: 1, max: 2 }),
        padTop: fc.integer({ min: 0, max: 2 }),
        padLeft: fc.integer({ min: 0, max: 2 }),
      }),
      fc.record({
        batch: fc.integer({ min: 1, max: 3 }),
        activation: fc.constantFrom<Activation>("none", "relu", "relu6"),
        residual: fc.boolean(),
        tile: fc.constantFrom(...conv2dTiles),
        padBottom: fc.integer({ min: 0, max: 2 }),
        padRight: fc.integer({ min: 0, max: 2 }),
      }),
      fc.constantFrom(0, 3, 4),
      (shape, options, yOffset) =>
        check({
          ...shape,
          yOffset,
          yStride: yOffset + shape.outChannels + yOffset,
        }, options),
    ),
    { numRuns: 60 },
  );
});

Deno.test("conv2d() agrees with its reference on whole and on cut blocks, whatever the tile", async () => {
  const sizes = [
    { inHeight: 16, inWidth: 17, inChannels: 20, outChannels: 132, window: 3 },
    { inHeight: 12, inWidth: 12, inChannels: 3, outChannels: 64, window: 3 },
    { inHeight: 16, inWidth: 16, inChannels: 32, outChannels: 128, window: 1 },
  ];
  for (const tile of conv2dTiles) {
    for (const { window, ...size } of sizes) {
      const pad = (window - 1) / 2;
      await check({
        ...pointwise(size),
        ...size,
        windowHeight: window,
        windowWidth: window,
        padTop: pad,
        padLeft: pad,
      }, {
        batch: 1,
        activation: "relu",
        tile,
        padBottom: pad,
        padRight: pad,
      });
    }
  }
});

Deno.test("conv2d() keeps weights of few channels for many pixels, and sums in the same order", async () => {
  const tile = conv2dTiles[0];
  const batch = 2;
  const shapes = [
    { inChannels: 4, outChannels: 12, yOffset: 4, residual: true },
    { inChannels: 24, outChannels: 12, yOffset: 0, residual: false },
  ];
  for (const { residual, ...size } of shapes) {
    const columns = size.outChannels;
    const shape = pointwise({
      ...{ ...size, height: 29, width: 23 },
      yStride: columns + 2 * size.yOffset,
    });
    const options = { batch, activation: "relu6", residual, tile } as const;
    const { params, variant } = conv2dCall(shape, options);
    strictEqual(variant.family, "stationary");
    const filter = { depth: size.inChannels, columns };
    const call = {
      params,
      reads: [
        testValues(params.rows * size.inChannels),
        packFilter(testValues(filter.depth * columns, 2), filter),
        packBias(testValues(columns, 3), columns),
        ...residual ? [testValues(params.rows * columns, 5)] : [],
      ],
      writes: [testValues(params.rows * shape.yStride, 4)],
    };
    const session = await testSession();
    await checkKernel(session, conv2d, { ...call, variant }, {
      absolute: 2e-5,
    });
    const others = { ...tile, ...common(variant) };
    const how = { ...call, variant: others };
    deepStrictEqual(
      await runKernel(session, conv2d, { ...call, variant }),
      await runKernel(session, conv2d, how),
    );
  }
});

/** What a variant says beside its tile. */
function common(
  { activation, loads, stores, hasResidual = false }: Conv2dVariant,
) {
  return { activation, loads, stores, hasResidual };
}

Deno.test("conv2d() fits tiles to few pixels and to channels that fill no tile, and stays right", async () => {
  const [tile] = conv2dTiles;
  const shapes = [
    { height: 49, inChannels: 8, outChannels: 40, tile: [7, 5] },
    { height: 32, inChannels: 8, outChannels: 24, tile: [4, 3] },
    { height: 392, inChannels: 68, outChannels: 16, tile: [7, undefined] },
    { height: 128, inChannels: 4, outChannels: 20, tile: [16, 5] },
    { height: 128, inChannels: 4, outChannels: 28, tile: [16, undefined] },
  ];
  for (const { tile: [rows, vectors], ...size } of shapes) {
    const shape = pointwise(size);
    const options = { batch: 1, activation: "relu6", tile } as const;
    const { variant } = conv2dCall(shape, options);
    if (variant.family !== "registers") throw new Error(variant.family);
    const { rows: fitted, vectors: divisor } = variant;
    deepStrictEqual([fitted, divisor], [rows, vectors]);
    await check(shape, { ...options, padBottom: 0, padRight: 0 });
  }
});

Deno.test("conv2d() keeps no weights where they are many or pixels are few", () => {
  const familyOf = (height: number, inChannels: number, outChannels: number) =>
    conv2dCall(pointwise({ height, inChannels, outChannels }), {
      ...{ batch: 1, activation: "none", tile: conv2dTiles[0] },
    }).variant.family;
  deepStrictEqual(
    [
      familyOf(512, 16, 96),
      familyOf(511, 16, 96),
      familyOf(512, 68, 96),
      familyOf(512, 16, 95),
    ],
    ["stationary", "registers", "registers", "registers"],
  );
});

Deno.test("conv2d() gives each part of a batch its own filter, whatever the tile", async () => {
  const shape: Conv2dShape = {
    ...pointwise({
      height: 9,
      width: 5,
      inChannels: 8,
      outChannels: 20,
      yStride: 24,
      yOffset: 4,
    }),
    windowHeight: 3,
    padTop: 1,
  };
  const [parts, batch] = [3, 2];
  for (const tile of conv2dTiles) {
    const { params, variant } = conv2dCall(shape, {
      batch,
      parts,
      activation: "relu",
      tile,
    });
    const filter = { depth: params.depth, columns: shape.outChannels };
    const packed = Array.from(
      { length: parts },
      (_, part) =>
        packFilter(testValues(filter.depth * filter.columns, part), filter),
    );
    await checkKernel(await testSession(), conv2d, {
      params,
      variant,
      reads: [
        testValues(parts * batch * 9 * 5 * 8),
        Float32Array.from(packed.flatMap((values) => [...values])),
        packBias(testValues(filter.columns, 3), filter.columns),
      ],
      writes: [testValues(parts * params.rows * shape.yStride, 4)],
    }, { absolute: 2e-5 });
  }
});

Deno.test("conv2d() gives each group of channels its own filter, whatever the tile", async () => {
  const groups = 2;
  for (const tile of conv2dTiles) {
    const outChannels = Math.max(64, tileBlock(tile).columns);
    for (const [inChannels, yOffset] of [[8, 4], [3, 3]]) {
      const shape: Conv2dShape = {
        ...pointwise({
          height: 4,
          width: 3,
          inChannels,
          outChannels,
          yStride: groups * outChannels + 4,
          yOffset,
        }),
        windowHeight: 3,
        padTop: 1,
      };
      const { params, variant } = conv2dCall(shape, {
        batch: 2,
        groups,
        activation: "relu",
        residual: true,
        tile,
      });
      const columns = groups * outChannels;
      const filter = { depth: params.depth, columns };
      await checkKernel(await testSession(), conv2d, {
        params,
        variant,
        reads: [
          testValues(2 * 4 * 3 * groups * inChannels),
          packFilter(testValues(filter.depth * columns, 2), filter),
          packBias(testValues(columns, 3), columns),
          testValues(params.rows * columns, 5),
        ],
        writes: [testValues(params.rows * shape.yStride, 4)],
      }, { absolute: 2e-5 });
    }
  }
});

Deno.test("conv2d() shares no block between groups that do not fill it", () => {
  const tile = { family: "shared", rows: 8, threads: 16 } as const;
  const familyOf = (outChannels: number) =>
    conv2dCall(pointwise({ inChannels: 4, outChannels }), {
      ...{ batch: 1, groups: 2, activation: "none", tile },
    }).variant.family;
  const families = ["registers", "shared", "registers"];
  deepStrictEqual([64, 128, 192].map(familyOf), families);
});

Deno.test("conv2d() keeps every tile within the limits that any WebGPU adapter has", () => {
  for (const tile of conv2dTiles) {
    const [x, y] = tileWorkgroup(tile);
    strictEqual(x % 8, 0);
    ok(x * y <= 256);
    if (tile.family === "registers") continue;
    const block = tileBlock(tile);
    const floats = depthPerStep(tile) * (block.rows + block.columns);
    ok(4 * floats <= 16384);
    // Every thread has as much to load as any other.
    strictEqual(depthPerStep(tile) * block.rows / 4 % (x * y), 0);
  }
});

Deno.test("conv2d() reads texels only where input and weights can be read in fours", () => {
  const tile: Conv2dTile = { family: "registers", texels: true, rows: 16 };
  const options = { batch: 1, activation: "none", tile } as const;
  const texelsOf = (inChannels: number) => {
    const { variant } = conv2dCall(
      pointwise({ height: 4, width: 4, inChannels, outChannels: 8 }),
      options,
    );
    return variant.family === "registers" && variant.texels;
  };
  deepStrictEqual([3, 4].map(texelsOf), [false, true]);
});
