/**
 * Convolution, and matrix multiplication as its 1x1 case.
 *
 * @module
 */
import {
  activate,
  activateSource,
  type Activation,
  activationCode,
} from "./activation.ts";
import registersSource from "./conv2d.wgsl" with { type: "text" };
import {
  type Conv2dTile,
  depthPerStep,
  fitTile,
  plainTile,
  type StationaryTile,
  stationaryTile,
  tileBlock,
  tileWorkgroup,
  vectorsOf,
} from "./conv2d_tiles.ts";
import stationarySource from "./conv2d_stationary.wgsl" with { type: "text" };
import sharedSource from "./conv2d_shared.wgsl" with { type: "text" };
import {
  columnsPerTile,
  packBias,
  packedFilterLength,
  packFilter,
} from "./filter_tiles.ts";
import { type Precision, unpackHalves } from "./half.ts";
import {
  ceilDivide,
  type Kernel,
  type KernelCall,
  linearGroups,
  type ParamsOf,
} from "./kernel.ts";
import {
  type Bindings,
  fitTexels,
  loadFunctions,
  storeFunctions,
} from "./texels.ts";
import { blockOf, unroll } from "./unroll.ts";
import { destinationParams, elementOf } from "./vector.ts";
import { forEachTap, movingParams, storeRows } from "./window.ts";

export * from "./conv2d_tiles.ts";
export * from "./filter_tiles.ts";

const params = {
  inHeight: "u32",
  inWidth: "u32",
  inChannels: "u32",
  outHeight: "u32",
  outWidth: "u32",
  outChannels: "u32",
  ...movingParams,
  ...destinationParams,
  /** Output pixels of a part of the batch: N * OH * OW. */
  rows: "u32",
  /** Length of the reduction: KH * KW * C. */
  depth: "u32",
  /** Loads per pixel: C, or C / 4 with vector loads. */
  channelVectors: "u32",
  /** Output channels in tiles of 16, rounded up. */
  columnTiles: "u32",
  /** Parts of the batch, or groups of the channels, each with a filter of its own. */
  parts: "u32",
} as const;

export type Conv2dParams = ParamsOf<typeof params>;

/** What specialises {@linkcode conv2d}. Texels are read only with loads of 4. */
export type Conv2dVariant = (Conv2dTile | StationaryTile) & {
  readonly activation: Activation;
  /** Whether a tensor like y is added before the activation [false]. */
  readonly hasResidual?: boolean;
  /** Whether a window is a pixel, and pixels of the output are those of the input [false]. */
  readonly isPointwise?: boolean;
  /** Whether output channels fill the threads' tiles [false]. */
  readonly isWhole?: boolean;
  /** Input channels per load: 4 needs C to be a multiple of 4. */
  readonly loads: 1 | 4;
  /** Output channels per store: 4 needs their count, stride and offset to be multiples of 4. */
  readonly stores: 1 | 4;
  /** Whether stores of 4 go to texels [false]. */
  readonly texelStores?: boolean;
  /** Whether a batch without parts has more blocks of rows than workgroups along y [false]. */
  readonly spills?: boolean;
  /** Whether there are parts of the batch [false]. */
  readonly hasParts?: boolean;
  /** Whether the parts are groups of the channels, whose counts are those of one group [false]. */
  readonly hasGroups?: boolean;
  /** Whether w holds f16, as `packHalves` packs them [false]. */
  readonly halfWeights?: boolean;
};

/** The parameters that the others follow from. */
export type Conv2dShape = Omit<
  Conv2dParams,
  "rows" | "depth" | "channelVectors" | "columnTiles" | "parts"
>;

/** A convolution of single pixels: a matrix product, of `height * width` [1] rows an image. */
export function pointwise(
  {
    height = 1,
    width = 1,
    inChannels,
    outChannels,
    yStride = outChannels,
    yOffset = 0,
  }:
    & { readonly height?: number; readonly width?: number }
    & Pick<Conv2dShape, "inChannels" | "outChannels">
    & Partial<Pick<Conv2dShape, "yStride" | "yOffset">>,
): Conv2dShape {
  return {
    inHeight: height,
    inWidth: width,
    inChannels,
    outHeight: height,
    outWidth: width,
    outChannels,
    windowHeight: 1,
    windowWidth: 1,
    strideHeight: 1,
    strideWidth: 1,
    dilationHeight: 1,
    dilationWidth: 1,
    padTop: 0,
    padLeft: 0,
    yStride,
    yOffset,
  };
}

export interface Conv2dOptions {
  /** Images of a part. */
  readonly batch: number;
  /** Parts of the batch, each with a filter of its own [1]. */
  readonly parts?: number;
  /**
   * Groups of the channels, for {@linkcode groupsFit}; `inChannels` and
   * `outChannels` of the shape are those of a group [1].
   */
  readonly groups?: number;
  readonly activation: Activation;
  /** Whether a fourth buffer is read, and added before the activation [false]. */
  readonly residual?: boolean;
  /** How the work is divided [{@linkcode plainTile}]. */
  readonly tile?: Conv2dTile;
  /** How the weights are stored [f32]. */
  readonly precision?: Precision;
}

/** Parameters and variant of a convolution over a batch. */
export function conv2dCall(
  shape: Conv2dShape,
  {
    batch,
    groups = 1,
    parts = groups,
    activation,
    residual = false,
    tile: wanted = plainTile,
    precision = "f32",
  }: Conv2dOptions,
): { params: Conv2dParams; variant: Conv2dVariant } {
  const loads = shape.inChannels % 4 === 0 ? 4 : 1;
  const vectorStores = [shape.outChannels, shape.yStride, shape.yOffset]
    .every((count) => count % 4 === 0);
  const depth = shape.windowHeight * shape.windowWidth * shape.inChannels;
  const rows = batch * shape.outHeight * shape.outWidth;
  const hasGroups = groups > 1;
  const canStay = parts === 1 && vectorStores && isPointwise(shape);
  const tile = hasGroups
    ? tileForGroups(shape, wanted)
    : wanted.family === "shared" || !wanted.texels
    ? wanted
    : (canStay ? stationaryTile({ ...shape, rows }) : undefined) ??
      fitTile(wanted, { ...shape, rows });
  const [, z] = blockGroups(rows, { parts: hasGroups ? 1 : parts, tile });
  const floats = batch * shape.inHeight * shape.inWidth * shape.inChannels;
  const filter = packedFilterLength({ depth, columns: shape.outChannels });
  const haveTexels = loads === 4 && fitTexels(parts * floats) &&
    fitTexels(parts * filter);
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
      ...withTexelsIf(haveTexels, tile),
      activation,
      loads,
      stores: vectorStores ? 4 : 1,
      ...residual && { hasResidual: true },
      ...!hasGroups && isPointwise(shape) && { isPointwise: true },
      ...isWhole(shape, tile) && { isWhole: true },
      ...precision === "f16" && { halfWeights: true },
      ...(parts === 1 || hasGroups) && z > 1 && { spills: true },
      ...parts > 1 && (hasGroups ? { hasGroups } : { hasParts: true }),
    },
  };
}

/** Whether output channels fill the threads' tiles. */
function isWhole(
  { outChannels }: Conv2dShape,
  tile: Conv2dTile | StationaryTile,
): boolean {
  const columns = tile.family === "shared"
    ? columnsPerTile
    : 4 * vectorsOf(tile);
  return outChannels % columns === 0;
}

/** The tile, or the one that reads buffers where texels are not to be had. */
function withTexelsIf(
  haveTexels: boolean,
  tile: Conv2dTile | StationaryTile,
): Conv2dTile | StationaryTile {
  if (haveTexels || tile.family === "shared") return tile;
  return tile.family === "registers" ? { ...tile, texels: false } : plainTile;
}

/** Whether rows of the input are those of the output. */
function isPointwise(shape: Conv2dShape): boolean {
  return shape.windowHeight === 1 && shape.windowWidth === 1 &&
    shape.strideHeight === 1 && shape.strideWidth === 1 &&
    shape.inHeight === shape.outHeight && shape.inWidth === shape.outWidth &&
    shape.padTop === 0 && shape.padLeft === 0;
}

/**
 * Whether groups of so many output channels are for {@linkcode conv2d}: they fill
 * whole tiles, and the least workgroup has channels of one group alone.
 */
export function groupsFit(outChannels: number): boolean {
  return outChannels % columnsPerTile === 0 &&
    outChannels >= tileBlock(plainTile).columns;
}

/** The tile, or where its workgroups would have channels of several groups one of the other family. */
function tileForGroups(
  { outChannels }: Conv2dShape,
  tile: Conv2dTile,
): Conv2dTile {
  return tile.family === "registers" ||
      outChannels % tileBlock(tile).columns === 0
    ? tile
    : plainTile;
}

/** Workgroups along y and z: blocks of rows and parts, or the blocks spilling over. */
function blockGroups(
  rows: number,
  { parts, tile }: { parts: number; tile: Conv2dTile | StationaryTile },
): readonly [y: number, z: number] {
  const blocks = ceilDivide(rows, tileBlock(tile).rows);
  if (parts > 1) return [blocks, parts];
  const [y, z] = linearGroups(blocks, 1);
  return [y, z];
}

/** `y = activation(conv(x, w) + bias)`; layouts are in `conv2d.wgsl`. */
export const conv2d: Kernel<typeof params, Conv2dVariant> = {
  name: "conv2d",
  params,
  reads,
  writes,
  texelBindings: ({ hasResidual }) =>
    hasResidual ? ["bias", "residual"] : ["bias"],
  withTexels: (variant, bindings) =>
    variant.stores === 4 && bindings.every((name) => name === "y")
      ? { ...variant, texelStores: true }
      : undefined,
  workgroup: tileWorkgroup,
  constants,
  source,
  groups({ rows, outChannels, columnTiles, parts }, variant) {
    const { columns } = tileBlock(variant);
    const behind = variant.hasGroups ? 1 : parts;
    const [y, z] = blockGroups(rows, { parts: behind, tile: variant });
    const wide = variant.hasGroups
      ? parts * columnTiles * columnsPerTile
      : outChannels;
    return [ceilDivide(wide, columns), y, z];
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
      ...pointwise({
        height: 5,
        width: 4,
        inChannels: 4,
        outChannels: 20,
        yStride: 24,
        yOffset: 4,
      }),
      ...{ windowHeight: 3, windowWidth: 3, padTop: 1, padLeft: 1 },
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

function reads(variant: Conv2dVariant): Bindings {
  const texels = variant.family !== "shared" && variant.texels;
  return {
    x: texels ? "texels" : variant.loads === 4 ? "vec4f" : "f32",
    w: variant.halfWeights
      ? texels ? "half texels" : "halves"
      : texels
      ? "texels"
      : "vec4f",
    bias: "vec4f",
    ...variant.hasResidual && { residual: elementOf(variant.stores) },
  };
}

function writes({ stores, texelStores }: Conv2dVariant): Bindings {
  return { y: elementOf(stores, { texels: texelStores }) };
}

function constants(
  variant: Conv2dVariant,
): Record<string, number | boolean> {
  const { activation, loads, rows } = variant;
  const common = {
    ACTIVATION: activationCode(activation),
    CHANNELS_PER_LOAD: loads,
    SPILLS: variant.spills ?? false,
    PARTS: variant.hasParts ?? false,
    ...variant.hasResidual && { GROUPS: variant.hasGroups ?? false },
  };
  switch (variant.family) {
    case "registers":
      return { ...common, ROWS: rows, VECTORS: vectorsOf(variant) };
    case "stationary":
      return {
        ...common,
        ...{ ROWS: rows, DEPTH: variant.depth, VECTORS: variant.vectors },
      };
    case "shared":
      return {
        ...common,
        BLOCK: tileBlock(variant).rows,
        STEP: depthPerStep(variant),
        THREADS: variant.threads ** 2,
      };
    default:
      return variant satisfies never;
  }
}

function source(variant: Conv2dVariant): string {
  const { x, w } = reads(variant);
  return [
    blockOf(
      registersSource,
      variant.loads === 4 ? "vector_loads" : "scalar_loads",
    ),
    loadFunctions({ x, w }),
    storeFunctions(writes(variant)),
    ...blocksOf(variant).map((name) => blockOf(registersSource, name)),
    activateSource(variant.activation),
    familySource(variant),
  ].join("\n");
}

/** How a thread stores, and adds a residual. */
function blocksOf(
  { family, isWhole, hasGroups, hasResidual, stores }: Conv2dVariant,
): string[] {
  const kind = stores === 4 ? "vector" : "scalar";
  return [
    isWhole || hasGroups || family === "stationary"
      ? `whole_${kind}_stores`
      : `${kind}_stores`,
    ...hasResidual ? ["residual", `${kind}_residual`] : [],
  ];
}

function familySource(variant: Conv2dVariant): string {
  const { loads, rows } = variant;
  const either = (is = false) => [is ? 1 : 0, is ? 0 : 1];
  const [grouped, dense] = either(variant.hasGroups);
  const [summed, alone] = either(variant.hasResidual);
  const [single, padded] = either(variant.isPointwise);
  const lines = { grouped, dense, summed, alone, single, padded };
  switch (variant.family) {
    case "registers":
      return unroll(blockOf(registersSource), {
        r: rows,
        c: vectorsOf(variant),
        k: loads,
        ...lines,
      });
    case "stationary":
      return unroll(stationarySource, {
        k: variant.depth,
        l: loads,
        c: variant.vectors,
        ...lines,
      });
    case "shared": {
      const step = depthPerStep(variant);
      const vectors = tileBlock(variant).rows * step / 4;
      const terms = loads === 4 ? "vector_terms" : "scalar_terms";
      const main = unroll(blockOf(sharedSource), {
        l: vectors / variant.threads ** 2,
        r: rows,
        c: rows / 4,
        s: step / 4,
        k: 4,
        ...lines,
      });
      return blockOf(sharedSource, terms) + main;
    }
    default:
      return variant satisfies never;
  }
}

function reference(
  { params: p, variant, reads: [x, packed, bias, residual], writes: [y] }:
    KernelCall<
      typeof params,
      Conv2dVariant
    >,
): void {
  const w = variant.halfWeights && packed instanceof Uint32Array
    ? unpackHalves(packed)
    : packed;
  const [parts, groups] = variant.hasGroups ? [1, p.parts] : [p.parts, 1];
  const channels = groups * p.outChannels;
  const sums = Float64Array.from(
    { length: parts * p.rows * channels },
    (_, at) => bias[at % channels] + (variant.hasResidual ? residual[at] : 0),
  );
  const batch = parts * p.rows / (p.outHeight * p.outWidth);
  forEachTap({ ...p, batch }, ({ input, output, place }) => {
    const firstTile = Math.floor(output / p.rows) * p.columnTiles;
    for (let column = 0; column < channels; column++) {
      const tile = firstTile + Math.floor(column / columnsPerTile);
      const lane = column % columnsPerTile;
      const group = Math.floor(column / p.outChannels);
      const from = (input * groups + group) * p.inChannels;
      for (let channel = 0; channel < p.inChannels; channel++) {
        const depth = place * p.inChannels + channel;
        const weight = (tile * p.depth + depth) * columnsPerTile + lane;
        sums[output * channels + column] += x[from + channel] * w[weight];
      }
    }
  });
  const values = sums.map(activate(variant.activation));
  storeRows(values, y, { ...p, channels });
}
