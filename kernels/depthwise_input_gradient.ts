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
  type ParamType,
} from "./kernel.ts";
import { fitTexels, loadFunctions } from "./texels.ts";
import { blockOf, unroll } from "./unroll.ts";
import {
  elementAlias,
  elementOf,
  type VectorWidth,
  vectorWidth,
} from "./vector.ts";
import {
  forEachTap,
  inputPixels,
  outputPixels,
  windowParams,
  type WindowShape,
} from "./window.ts";

/** A depthwise convolution; the uniforms of {@linkcode depthwiseInputGradient}. */
export type DepthwiseShape = WindowShape & {
  /** Channels of the input. */
  inChannels: number;
  /** Filters of each channel: output channel `c * multiplier + m`. */
  multiplier: number;
};

/** A {@linkcode DepthwiseShape} as fields of a uniform struct. */
export const depthwiseParams: {
  readonly [K in keyof DepthwiseShape]: ParamType;
} = { ...windowParams, inChannels: "u32", multiplier: "u32" };

/** What specialises {@linkcode depthwiseInputGradient}. */
export type DepthwiseInputGradientVariant = {
  /** Of the shape. */
  strideHeight: number;
  /** Of the shape. */
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

const workgroupSize = 64;

/** Pixels of a line that a thread computes, at most. */
const cellsPerThread = 16;

/** Taps that a thread keeps in registers, at most. */
const mostTaps = 25;

/** Multiplications and additions of a depthwise convolution or of either of its gradients. */
export function depthwiseFlops(shape: DepthwiseShape): number {
  return 2 * outputPixels(shape) * shape.windowHeight * shape.windowWidth *
    shape.inChannels * shape.multiplier;
}

/** Values of a depthwise convolution's input, output and weights, each once. */
export function depthwiseValues(shape: DepthwiseShape): number {
  const { inChannels, multiplier, windowHeight, windowWidth } = shape;
  return inChannels * (inputPixels(shape) +
    multiplier * (outputPixels(shape) + windowHeight * windowWidth));
}

/** The widest vectors that a shape allows. */
export function depthwiseVector(
  { inChannels, multiplier }: DepthwiseShape,
): VectorWidth {
  return multiplier === 1 ? vectorWidth(inChannels) : 1;
}

/** Whether the slopes and, for the other gradient, the images can be read as texels. */
export function haveTexels(shape: DepthwiseShape): boolean {
  const { inChannels, multiplier } = shape;
  return fitTexels(inputPixels(shape) * inChannels) &&
    fitTexels(outputPixels(shape) * inChannels * multiplier);
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
    shape.multiplier === 1 && rowTaps * columnTaps <= mostTaps;
  return {
    strideHeight,
    strideWidth,
    rowTaps: walks ? rowTaps : 0,
    columnTaps: walks ? columnTaps : 0,
    vector: depthwiseVector(shape),
    texels: texels && haveTexels(shape),
  };
}

/**
 * dX of `Y = depthwise(X, weights)`. dy: `(batch, outHeight, outWidth,
 * inChannels * multiplier)`, weights: `(windowHeight, windowWidth, inChannels,
 * multiplier)`, dx: `(batch, inHeight, inWidth, inChannels)`.
 */
export const depthwiseInputGradient: Kernel<
  DepthwiseShape,
  DepthwiseInputGradientVariant
> = {
  name: "depthwise_input_gradient",
  params: depthwiseParams,
  reads: ({ vector, texels }) => ({
    dy: elementOf(vector, { texels }),
    weights: elementOf(vector),
  }),
  writes: ({ vector }) => ({ dx: elementOf(vector) }),
  workgroup: () => [workgroupSize, 1, 1],
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
      workgroupSize,
    );
  },
  cost: (shape) => ({
    flops: depthwiseFlops(shape),
    bytes: 4 * depthwiseValues(shape),
  }),
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

/** A small depthwise convolution with a stride, for self-tests. */
export const depthwiseExample: DepthwiseShape = {
  batch: 1,
  inHeight: 3,
  inWidth: 5,
  outHeight: 2,
  outWidth: 3,
  windowHeight: 3,
  windowWidth: 3,
  strideHeight: 2,
  strideWidth: 2,
  dilationHeight: 1,
  dilationWidth: 1,
  padTop: 1,
  padLeft: 1,
  inChannels: 2,
  multiplier: 2,
};
