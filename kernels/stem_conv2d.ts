/**
 * The first convolution of a network, whose pictures have one to three channels.
 *
 * @module
 */
import {
  activate,
  activateSource,
  type Activation,
  activationCode,
} from "./activation.ts";
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
  type ParamsOf,
  roundUp,
} from "./kernel.ts";
import source from "./stem_conv2d.wgsl" with { type: "text" };
import { maxStemChannels } from "./stem_pixels.ts";
import { fitTexels } from "./texels.ts";
import { blockOf, unroll } from "./unroll.ts";
import { destinationParams } from "./vector.ts";
import {
  convolutionCost,
  forEachTap,
  storeRows,
  type WindowShape,
} from "./window.ts";

const params = {
  batch: "u32",
  /** Rows and columns of x, the border included. */
  laidHeight: "u32",
  laidWidth: "u32",
  outHeight: "u32",
  outWidth: "u32",
  outChannels: "u32",
  strideHeight: "u32",
  strideWidth: "u32",
  /** Output channels in tiles of 16, rounded up. */
  columnTiles: "u32",
  ...destinationParams,
} as const;

export type StemConv2dParams = ParamsOf<typeof params>;

export type StemConv2dVariant = {
  activation: Activation;
  /** Of a pixel: 1 to 3. */
  channels: number;
  windowHeight: number;
  windowWidth: number;
  /** Neighbouring output pixels of a thread; 1 where it keeps the filter. */
  pixels: number;
  /** Whether w holds f16, as `packHalves` packs them [false]. */
  halfWeights?: boolean;
};

/** Threads of a workgroup, side by side in a row of y: the lanes of llvmpipe. */
const lanes = 8;

/** Rows of y that a thread goes down: enough for what it loads once. */
const linesPerThread = 16;

/** Products of a pixel and a tile of channels up to which a thread keeps the filter: 14 KB of vectors of 8. */
const mostKept = 27 * columnsPerTile;

/** What is known of a convolution before it is laid out. */
export interface StemShape
  extends Omit<WindowShape, "inHeight" | "inWidth" | "padTop" | "padLeft"> {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly yStride: number;
  readonly yOffset: number;
}

/** Whether a dense convolution is for {@linkcode stemConv2d}. */
export function stemFits(shape: StemShape): boolean {
  const { inChannels, dilationHeight, dilationWidth } = shape;
  const { laidHeight, laidWidth } = laidSize(shape);
  const depth = shape.windowHeight * shape.windowWidth * inChannels;
  const filter = packedFilterLength({ depth, columns: shape.outChannels });
  return inChannels <= maxStemChannels &&
    dilationHeight === 1 && dilationWidth === 1 &&
    [shape.outChannels, shape.yStride, shape.yOffset]
      .every((count) => count % 4 === 0) &&
    fitTexels(shape.batch * laidHeight * laidWidth * 4) && fitTexels(filter);
}

/** Rows and columns of the pictures that it reads: from the first place of a window to the last. */
export function laidSize(
  shape: StemShape,
): { readonly laidHeight: number; readonly laidWidth: number } {
  const columns = roundUp(shape.outWidth, pixelsOf(shape));
  return {
    laidHeight: (shape.outHeight - 1) * shape.strideHeight +
      shape.windowHeight,
    laidWidth: (columns - 1) * shape.strideWidth + shape.windowWidth,
  };
}

/** As many as leave most lanes something to do. */
function pixelsOf(shape: StemShape): number {
  if (isKept(shape)) return 1;
  const busy = 0.75 * lanes;
  return [8, 4, 2].find((pixels) => shape.outWidth / pixels >= busy) ?? 1;
}

function isKept(
  { windowHeight, windowWidth, inChannels }: Pick<
    StemShape,
    "windowHeight" | "windowWidth" | "inChannels"
  >,
): boolean {
  return windowHeight * windowWidth * inChannels * columnsPerTile <= mostKept;
}

/** Parameters and variant of a convolution that {@linkcode stemFits}. */
export function stemConv2dCall(
  shape: StemShape,
  { activation, precision = "f32" }: {
    readonly activation: Activation;
    /** How the weights are stored [f32]. */
    readonly precision?: Precision;
  },
): { params: StemConv2dParams; variant: StemConv2dVariant } {
  const { batch, outHeight, outWidth, outChannels } = shape;
  const { strideHeight, strideWidth, yStride, yOffset } = shape;
  const { windowHeight, windowWidth, inChannels } = shape;
  return {
    params: {
      ...{ batch, ...laidSize(shape), outHeight, outWidth, outChannels },
      ...{ strideHeight, strideWidth, yStride, yOffset },
      columnTiles: ceilDivide(outChannels, columnsPerTile),
    },
    variant: {
      activation,
      channels: inChannels,
      windowHeight,
      windowWidth,
      pixels: pixelsOf(shape),
      ...precision === "f16" && { halfWeights: true },
    },
  };
}

/** `y = activation(conv(x, w) + bias)`; layouts are in `stem_conv2d.wgsl`. */
export const stemConv2d: Kernel<typeof params, StemConv2dVariant> = {
  name: "stem_conv2d",
  params,
  reads: ({ halfWeights }) => ({
    x: "vec4f",
    w: halfWeights ? "halves" : "vec4f",
    bias: "vec4f",
  }),
  writes: () => ({ y: "vec4f" }),
  texelBindings: () => ["x", "w", "bias", "y"],
  workgroup: () => [lanes, 1, 1],
  constants: (variant) => ({
    ACTIVATION: activationCode(variant.activation),
    CHANNELS: variant.channels,
    WINDOW_HEIGHT: variant.windowHeight,
    WINDOW_WIDTH: variant.windowWidth,
    LINES: linesPerThread,
    PIXELS: variant.pixels,
  }),
  source: (variant) =>
    [
      activateSource(variant.activation),
      blockOf(source, "store"),
      mainOf(variant),
    ].join("\n"),
  groups: ({ batch, outHeight, outWidth, columnTiles }, { pixels }) => [
    columnTiles * ceilDivide(outWidth, lanes * pixels),
    ceilDivide(outHeight, linesPerThread),
    batch,
  ],
  cost: (params, variant) =>
    convolutionCost(windowOf(params, variant), {
      inChannels: variant.channels,
      outChannels: params.outChannels,
      filters: params.outChannels,
    }),
  reference,
  example() {
    const { params, variant } = stemConv2dCall({
      ...{ batch: 1, inChannels: 3, outHeight: 2, outWidth: 3 },
      ...{ windowHeight: 2, windowWidth: 3, strideHeight: 2, strideWidth: 1 },
      ...{ dilationHeight: 1, dilationWidth: 1 },
      ...{ outChannels: 20, yStride: 24, yOffset: 4 },
    }, { activation: "relu" });
    const filter = Float32Array.from(
      { length: 18 * 20 },
      (_, index) => Math.sin(index),
    );
    return {
      params,
      variant,
      reads: [
        Float32Array.from({ length: 4 * 5 * 4 }, (_, at) => Math.cos(at)),
        packFilter(filter, { depth: 18, columns: 20 }),
        packBias(filter.subarray(0, 20), 20),
      ],
      writes: [new Float32Array(6 * 24)],
    };
  },
};

function mainOf(
  { channels, windowHeight, windowWidth, pixels }: StemConv2dVariant,
): string {
  const kept = isKept({ windowHeight, windowWidth, inChannels: channels });
  const vectors = columnsPerTile / 4;
  return unroll(blockOf(source, kept ? "whole" : "by_place"), {
    ...{ i: windowHeight, j: windowWidth, k: channels, r: pixels },
    ...{ c: vectors, g: vectors / 2, h: 2 },
  });
}

function windowOf(
  { laidHeight, laidWidth, ...params }: StemConv2dParams,
  { windowHeight, windowWidth }: StemConv2dVariant,
): WindowShape {
  return {
    ...params,
    ...{ inHeight: laidHeight, inWidth: laidWidth, padTop: 0, padLeft: 0 },
    ...{ windowHeight, windowWidth, dilationHeight: 1, dilationWidth: 1 },
  };
}

function reference(
  { params: p, variant, reads: [x, packed, bias], writes: [y] }: KernelCall<
    typeof params,
    StemConv2dVariant
  >,
): void {
  const { channels, windowHeight, windowWidth } = variant;
  const w = variant.halfWeights && packed instanceof Uint32Array
    ? unpackHalves(packed)
    : packed;
  const depth = windowHeight * windowWidth * channels;
  const columns = p.outChannels;
  const sums = Float64Array.from(
    { length: p.batch * p.outHeight * p.outWidth * columns },
    (_, at) => bias[at % columns],
  );
  forEachTap(windowOf(p, variant), ({ input, output, place }) => {
    for (let column = 0; column < columns; column++) {
      const tile = Math.floor(column / columnsPerTile);
      const lane = column % columnsPerTile;
      for (let channel = 0; channel < channels; channel++) {
        const row = tile * depth + place * channels + channel;
        sums[output * columns + column] += x[input * 4 + channel] *
          w[row * columnsPerTile + lane];
      }
    }
  });
  const values = sums.map(activate(variant.activation));
  storeRows(values, y, { ...p, channels: columns });
}
