/**
 * The gradient of a depthwise convolution's input.
 *
 * @module
 */
import source from "./depthwise_input_gradient.wgsl" with { type: "text" };
import {
  ceilDivide,
  type Kernel,
  linearGroups,
  linearIndex,
  type ParamsOf,
} from "./kernel.ts";
import { loadFunctions } from "./texels.ts";
import { blockOf, unroll } from "./unroll.ts";
import {
  elementAlias,
  elementOf,
  type VectorWidth,
  vectorWidth,
} from "./vector.ts";
import {
  convolutionCost,
  forEachTap,
  inputPixels,
  type WindowChannels,
  windowExample,
  windowFitsTexels,
  windowParams,
} from "./window.ts";

/** A depthwise convolution as fields of a uniform struct. */
export const depthwiseParams = {
  ...windowParams,
  inChannels: "u32",
  /** Filters of each channel: output channel `c * multiplier + m`. */
  multiplier: "u32",
} as const;

export type DepthwiseShape = ParamsOf<typeof depthwiseParams>;

export type DepthwiseInputGradientVariant = {
  strideHeight: number;
  strideWidth: number;
  /** Rows of the window that a pixel meets, or 0 for the text that serves all shapes. */
  rowTaps: number;
  /** Columns of the window that a pixel meets, or 0. */
  columnTaps: number;
  /** 4 needs `multiplier` 1 and channels in fours. */
  vector: VectorWidth;
  /** Whether dy is read as texels where it is loaded in fours. */
  texels: boolean;
};

/** Pixels of a line that a thread computes, at most. */
const cellsPerThread = 16;

/** Taps that a thread keeps in registers, at most. */
const maxTaps = 25;

/** The widest vectors that a shape allows. */
export function depthwiseVector(
  { inChannels, multiplier }: DepthwiseShape,
): VectorWidth {
  return multiplier === 1 ? vectorWidth(inChannels) : 1;
}

/** Channels on either side, and filters of each that is put in. */
export function depthwiseChannels(
  { inChannels, multiplier }: Pick<DepthwiseShape, "inChannels" | "multiplier">,
): WindowChannels & { readonly filters: number } {
  return {
    inChannels,
    outChannels: inChannels * multiplier,
    filters: multiplier,
  };
}

/** The fastest variant that a shape allows; `texels` are for software adapters. */
export function depthwiseInputGradientVariant(
  shape: DepthwiseShape,
  { texels = false }: { readonly texels?: boolean } = {},
): DepthwiseInputGradientVariant {
  const { strideHeight, strideWidth, dilationHeight, dilationWidth } = shape;
  const rowTaps = ceilDivide(shape.windowHeight, strideHeight);
  const columnTaps = ceilDivide(shape.windowWidth, strideWidth);
  const walks = dilationHeight === 1 && dilationWidth === 1 &&
    shape.multiplier === 1 && rowTaps * columnTaps <= maxTaps;
  return {
    strideHeight,
    strideWidth,
    rowTaps: walks ? rowTaps : 0,
    columnTaps: walks ? columnTaps : 0,
    vector: depthwiseVector(shape),
    texels: texels && windowFitsTexels(shape, depthwiseChannels(shape)),
  };
}

/**
 * dX of `Y = depthwise(X, weights)`. dy: `(batch, outHeight, outWidth,
 * inChannels * multiplier)`, weights: `(windowHeight, windowWidth, inChannels,
 * multiplier)`, dx: `(batch, inHeight, inWidth, inChannels)`.
 */
export const depthwiseInputGradient: Kernel<
  typeof depthwiseParams,
  DepthwiseInputGradientVariant
> = {
  name: "depthwise_input_gradient",
  params: depthwiseParams,
  reads: ({ vector, texels }) => ({
    dy: elementOf(vector, { texels }),
    weights: elementOf(vector),
  }),
  writes: ({ vector }) => ({ dx: elementOf(vector) }),
  constants: ({ vector, strideHeight, strideWidth }) => ({
    VECTOR: vector,
    STRIDE_HEIGHT: strideHeight,
    STRIDE_WIDTH: strideWidth,
    CELLS: cellsPerThread,
  }),
  source: ({ vector, rowTaps, columnTaps, texels }) =>
    [
      elementAlias(vector),
      linearIndex,
      loadFunctions({ dy: elementOf(vector, { texels }) }),
      blockOf(source),
      rowTaps > 0
        ? unroll(blockOf(source, "walking"), { a: rowTaps, b: columnTaps })
        : blockOf(source, "any"),
    ].join("\n"),
  groups(shape, { vector }) {
    const cells = ceilDivide(shape.inWidth, shape.strideWidth);
    const strips = ceilDivide(cells, cellsPerThread) * shape.strideWidth;
    return linearGroups(
      shape.batch * shape.inHeight * strips * shape.inChannels / vector,
    );
  },
  cost: (shape) => convolutionCost(shape, depthwiseChannels(shape)),
  reference({ params, reads: [dy, weights], writes: [dx] }) {
    const { inChannels, multiplier } = params;
    const channels = inChannels * multiplier;
    const sums = new Float64Array(inputPixels(params) * inChannels);
    forEachTap(params, ({ input, output, place }) => {
      for (let k = 0; k < channels; k++) {
        sums[input * inChannels + Math.floor(k / multiplier)] +=
          dy[output * channels + k] * weights[place * channels + k];
      }
    });
    dx.set(sums);
  },
  example: () => ({
    params: depthwiseExample,
    variant: {
      strideHeight: 2,
      strideWidth: 2,
      rowTaps: 0,
      columnTaps: 0,
      vector: 1,
      texels: false,
    },
    reads: [
      Float32Array.from({ length: 2 * 3 * 4 }, (_, i) => Math.cos(i)),
      Float32Array.from({ length: 9 * 4 }, (_, i) => Math.sin(i)),
    ],
    writes: [new Float32Array(3 * 5 * 2)],
  }),
};

export const depthwiseExample: DepthwiseShape = {
  ...windowExample,
  inChannels: 2,
  multiplier: 2,
};
