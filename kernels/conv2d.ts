/**
 * Convolution, and matrix multiplication as its 1x1 case.
 *
 * @module
 */
import {
  conv2dConstants,
  conv2dReads,
  conv2dSource,
  conv2dWrites,
} from "./_conv2d_source.ts";
import { activate, type Activation } from "./activation.ts";
import {
  ceilDivide,
  type Kernel,
  linearGroups,
  type ReferenceCall,
} from "./kernel.ts";
import {
  type Conv2dTile,
  plainTile,
  tileBlock,
  tileWorkgroup,
} from "./conv2d_tile.ts";
import {
  columnsPerTile,
  packBias,
  packedFilterLength,
  packFilter,
} from "./filter_tiles.ts";
import { type Precision, unpackHalves } from "./half.ts";
import { fitTexels } from "./texels.ts";

export * from "./conv2d_tile.ts";
export * from "./filter_tiles.ts";

/** Uniforms of {@linkcode conv2d}. */
export type Conv2dParams = {
  inHeight: number;
  inWidth: number;
  inChannels: number;
  outHeight: number;
  outWidth: number;
  outChannels: number;
  windowHeight: number;
  windowWidth: number;
  strideHeight: number;
  strideWidth: number;
  dilationHeight: number;
  dilationWidth: number;
  padTop: number;
  padLeft: number;
  /** Channels of the tensor that is written to. */
  yStride: number;
  /** Its first channel that is written. */
  yOffset: number;
  /** Output pixels of a part of the batch: N * OH * OW. */
  rows: number;
  /** Length of the reduction: KH * KW * C. */
  depth: number;
  /** Loads per pixel: C, or C / 4 with vector loads. */
  channelVectors: number;
  /** Output channels in tiles of 16, rounded up. */
  columnTiles: number;
  /** Parts of the batch, each with a filter of its own. */
  parts: number;
};

/** What specialises {@linkcode conv2d}. Texels are read only with loads of 4. */
export type Conv2dVariant = Conv2dTile & {
  readonly activation: Activation;
  /** Input channels per load: 4 needs C to be a multiple of 4. */
  readonly loads: 1 | 4;
  /** Output channels per store: 4 needs their count, stride and offset to be multiples of 4. */
  readonly stores: 1 | 4;
  /** Whether stores of 4 go to texels [false]. */
  readonly texelStores?: boolean;
  /** Whether a batch without parts has more blocks of rows than workgroups along y [false]. */
  readonly spills?: boolean;
  /** Whether there are parts [false]. */
  readonly hasParts?: boolean;
  /** Whether w holds f16, as `packHalves` packs them [false]. */
  readonly halfWeights?: boolean;
};

/** The parameters that the others follow from. */
export type Conv2dShape = Omit<
  Conv2dParams,
  "rows" | "depth" | "channelVectors" | "columnTiles" | "parts"
>;

/** What {@linkcode conv2dCall} needs beside the shape. */
export interface Conv2dOptions {
  /** Images of a part. */
  readonly batch: number;
  /** Parts of the batch, each with a filter of its own [1]. */
  readonly parts?: number;
  /** What happens to the sums. */
  readonly activation: Activation;
  /** How the work is divided [{@linkcode plainTile}]. */
  readonly tile?: Conv2dTile;
  /** How the weights are stored [f32]. */
  readonly precision?: Precision;
}

/** Parameters and variant of a convolution over a batch. */
export function conv2dCall(
  shape: Conv2dShape,
  { batch, parts = 1, activation, tile = plainTile, precision = "f32" }:
    Conv2dOptions,
): { params: Conv2dParams; variant: Conv2dVariant } {
  const loads = shape.inChannels % 4 === 0 ? 4 : 1;
  const vectorStores = [shape.outChannels, shape.yStride, shape.yOffset]
    .every((count) => count % 4 === 0);
  const depth = shape.windowHeight * shape.windowWidth * shape.inChannels;
  const floats = batch * shape.inHeight * shape.inWidth * shape.inChannels;
  const filter = packedFilterLength({ depth, columns: shape.outChannels });
  const haveTexels = loads === 4 && fitTexels(parts * floats) &&
    fitTexels(parts * filter);
  const rows = batch * shape.outHeight * shape.outWidth;
  const [, z] = blockGroups(rows, { parts, tile });
  return {
    params: {
      ...shape,
      rows,
      depth,
      channelVectors: shape.inChannels / loads,
      columnTiles: ceilDivide(shape.outChannels, columnsPerTile),
      parts,
    },
    variant: {
      ...tile.family === "registers"
        ? { ...tile, texels: tile.texels && haveTexels }
        : tile,
      activation,
      loads,
      stores: vectorStores ? 4 : 1,
      ...precision === "f16" && { halfWeights: true },
      ...(parts === 1 && z > 1) && { spills: true },
      ...parts > 1 && { hasParts: true },
    },
  };
}

/** Workgroups along y and z: blocks of rows and parts, or the blocks spilling over. */
function blockGroups(
  rows: number,
  { parts, tile }: { parts: number; tile: Conv2dTile },
): readonly [y: number, z: number] {
  const blocks = ceilDivide(rows, tileBlock(tile).rows);
  if (parts > 1) return [blocks, parts];
  const [y, z] = linearGroups(blocks, 1);
  return [y, z];
}

/** `y = activation(conv(x, w) + bias)`; layouts are in `conv2d.wgsl`. */
export const conv2d: Kernel<Conv2dParams, Conv2dVariant> = {
  name: "conv2d",
  params: {
    inHeight: "u32",
    inWidth: "u32",
    inChannels: "u32",
    outHeight: "u32",
    outWidth: "u32",
    outChannels: "u32",
    windowHeight: "u32",
    windowWidth: "u32",
    strideHeight: "u32",
    strideWidth: "u32",
    dilationHeight: "u32",
    dilationWidth: "u32",
    padTop: "u32",
    padLeft: "u32",
    yStride: "u32",
    yOffset: "u32",
    rows: "u32",
    depth: "u32",
    channelVectors: "u32",
    columnTiles: "u32",
    parts: "u32",
  },
  reads: conv2dReads,
  writes: conv2dWrites,
  withTexels: (variant, bindings) =>
    variant.stores === 4 && bindings.every((name) => name === "y")
      ? { ...variant, texelStores: true }
      : undefined,
  workgroup: tileWorkgroup,
  constants: conv2dConstants,
  source: conv2dSource,
  groups({ rows, columnTiles, parts }, variant) {
    const { columns } = tileBlock(variant);
    const [y, z] = blockGroups(rows, { parts, tile: variant });
    return [ceilDivide(columnTiles * columnsPerTile, columns), y, z];
  },
  cost: (params) => ({
    flops: 2 * params.parts * params.rows * params.depth * params.outChannels,
    bytes: 4 * params.parts * (params.rows * params.outChannels +
      params.depth * params.outChannels +
      params.rows / (params.outHeight * params.outWidth) * params.inHeight *
        params.inWidth * params.inChannels),
  }),
  reference,
  example() {
    const { params, variant } = conv2dCall({
      inHeight: 5,
      inWidth: 4,
      inChannels: 4,
      outHeight: 5,
      outWidth: 4,
      outChannels: 20,
      windowHeight: 3,
      windowWidth: 3,
      strideHeight: 1,
      strideWidth: 1,
      dilationHeight: 1,
      dilationWidth: 1,
      padTop: 1,
      padLeft: 1,
      yStride: 24,
      yOffset: 4,
    }, { batch: 1, activation: "relu" });
    const filter = Float32Array.from(
      { length: 36 * 20 },
      (_, index) => Math.sin(index),
    );
    return {
      params,
      variant,
      reads: [
        Float32Array.from({ length: 80 }, (_, index) => Math.cos(index)),
        packFilter(filter, { depth: 36, columns: 20 }),
        packBias(filter.subarray(0, 20), 20),
      ],
      writes: [new Float32Array(20 * 24)],
    };
  },
};

function reference(
  { params: p, variant, reads: [x, packed, bias], writes: [y] }: ReferenceCall<
    Conv2dParams,
    Conv2dVariant
  >,
): void {
  const w = variant.halfWeights && packed instanceof Uint32Array
    ? unpackHalves(packed)
    : packed;
  for (let row = 0; row < p.parts * p.rows; row++) {
    const pixels = windowPixels(row, p);
    const firstTile = Math.floor(row / p.rows) * p.columnTiles;
    for (let column = 0; column < p.outChannels; column++) {
      const tile = firstTile + Math.floor(column / columnsPerTile);
      let sum = bias[column];
      for (const [position, pixel] of pixels) {
        for (let channel = 0; channel < p.inChannels; channel++) {
          const depth = position * p.inChannels + channel;
          const weight = (tile * p.depth + depth) * columnsPerTile +
            column % columnsPerTile;
          sum += x[pixel * p.inChannels + channel] * w[weight];
        }
      }
      y[row * p.yStride + p.yOffset + column] = activate(
        sum,
        variant.activation,
      );
    }
  }
}

/** The input pixels that output pixel `row` reads, each with its window position. */
function windowPixels(row: number, p: Conv2dParams): [number, number][] {
  const area = p.outHeight * p.outWidth;
  const image = Math.floor(row / area);
  const top = Math.floor(row % area / p.outWidth) * p.strideHeight - p.padTop;
  const left = row % p.outWidth * p.strideWidth - p.padLeft;
  const pixels: [number, number][] = [];
  for (let i = 0; i < p.windowHeight; i++) {
    for (let j = 0; j < p.windowWidth; j++) {
      const y = top + i * p.dilationHeight;
      const x = left + j * p.dilationWidth;
      if (y < 0 || y >= p.inHeight || x < 0 || x >= p.inWidth) continue;
      pixels.push([
        i * p.windowWidth + j,
        (image * p.inHeight + y) * p.inWidth + x,
      ]);
    }
  }
  return pixels;
}
