/**
 * The gradient of a convolution's filter.
 *
 * @module
 */
import source from "./conv2d_filter_gradient.wgsl" with { type: "text" };
import {
  convolutionExample,
  convolutionParams,
  type ConvolutionShape,
  gradientLoads,
} from "./conv2d_input_gradient.ts";
import {
  ceilDivide,
  type Kernel,
  linearGroups,
  linearIndex,
  type ParamsOf,
} from "./kernel.ts";
import { splitSum } from "./splits.ts";
import { type Bindings, loadFunctions } from "./texels.ts";
import { blockOf, unroll } from "./unroll.ts";
import { elementOf, type VectorWidth, vectorWidth } from "./vector.ts";
import {
  convolutionCost,
  forEachTap,
  inputPixels,
  outputPixels,
  windowFitsTexels,
} from "./window.ts";

const params = {
  ...convolutionParams,
  /** Parts that the sum over pixels is split into. */
  splits: "u32",
  /** Lines (rows of output pixels, through the batch) of a part. */
  linesPerSplit: "u32",
} as const;

export type Conv2dFilterGradientVariant = {
  /** Input channels per load: 4 needs their count in fours. */
  inLoads: VectorWidth;
  /** Output channels per load: 4 needs their count in fours. */
  outLoads: VectorWidth;
  /** Whether x and dy are read as texels where they are loaded in fours. */
  texels: boolean;
};

/** Rows of the filter's matrix that one thread owns. */
const rowsPerThread = 8;

/** Output pixels that a thread takes at a time: more of them save visits to sums on the stack. */
function pixelsAtOnce({ texels }: Conv2dFilterGradientVariant): number {
  return texels ? 4 : 1;
}

/** Output channels that one thread owns. */
const columnsPerThread = 16;

const workgroupSize = 32;

/** Output pixels of a part, at least. */
const minPixels = 64;

/**
 * Parameters and variant for a convolution. `partials` needs room for `splits`
 * filters; with more than one, `sumRowsCall` adds them up.
 */
export function conv2dFilterGradientCall(
  shape: ConvolutionShape,
  { texels = false }: { readonly texels?: boolean } = {},
): {
  params: ParamsOf<typeof params>;
  variant: Conv2dFilterGradientVariant;
} {
  const joined = joinLines(shape);
  const { splits, perSplit } = splitSum(joined.batch * joined.outHeight, {
    threads: threadsPerSplit(shape),
    values: filterValues(shape),
    min: ceilDivide(minPixels, joined.outWidth),
    texels,
  });
  return {
    params: { ...joined, splits, linesPerSplit: perSplit },
    variant: {
      inLoads: vectorWidth(shape.inChannels),
      outLoads: vectorWidth(shape.outChannels),
      texels: texels && windowFitsTexels(shape, shape),
    },
  };
}

/** A 1x1 window that misses no pixel does not see where lines end: short ones make a longer one. */
function joinLines(shape: ConvolutionShape): ConvolutionShape {
  const pixels = outputPixels(shape);
  const isPointwise = shape.windowHeight * shape.windowWidth === 1 &&
    shape.strideHeight * shape.strideWidth === 1 &&
    pixels === inputPixels(shape);
  if (!isPointwise || pixels % minPixels !== 0) return shape;
  const [height, width] = [pixels / minPixels, minPixels];
  return {
    ...shape,
    ...{ batch: 1, inHeight: height, inWidth: width },
    ...{ outHeight: height, outWidth: width },
  };
}

function filterRows(shape: ConvolutionShape): number {
  return shape.windowHeight * shape.windowWidth * shape.inChannels;
}

function filterValues(shape: ConvolutionShape): number {
  return filterRows(shape) * shape.outChannels;
}

function threadsPerSplit(shape: ConvolutionShape): number {
  return ceilDivide(filterRows(shape), rowsPerThread) *
    ceilDivide(shape.outChannels, columnsPerThread);
}

/**
 * The filter's gradient of `Y = conv2d(X, filter)` in parts. x: `(batch,
 * inHeight, inWidth, inChannels)`, dy: `(batch, outHeight, outWidth,
 * outChannels)`, partials: `(splits, windowHeight, windowWidth, inChannels,
 * outChannels)`.
 */
export const conv2dFilterGradient: Kernel<
  typeof params,
  Conv2dFilterGradientVariant
> = {
  name: "conv2d_filter_gradient",
  params,
  reads,
  writes: () => ({ partials: "f32" }),
  workgroup: () => [workgroupSize, 1, 1],
  constants: (variant) => ({
    GROUPS: rowsPerThread / variant.inLoads,
    CHANNELS_PER_LOAD: variant.inLoads,
    PIXELS: pixelsAtOnce(variant),
  }),
  source: (variant) =>
    [
      linearIndex,
      gradientLoads(variant.inLoads),
      loadFunctions(reads(variant)),
      blockOf(
        source,
        variant.outLoads === 4 ? "vector_slopes" : "scalar_slopes",
      ),
      unroll(blockOf(source), {
        g: rowsPerThread / variant.inLoads,
        k: variant.inLoads,
        c: columnsPerThread / 4,
        p: pixelsAtOnce(variant),
      }),
    ].join("\n"),
  groups: (params) =>
    linearGroups(params.splits * threadsPerSplit(params), workgroupSize),
  cost: (params) =>
    convolutionCost(params, {
      ...params,
      filters: params.outChannels,
      parts: params.splits,
    }),
  reference({ params, reads: [x, dy], writes: [partials] }) {
    const { inChannels, outChannels } = params;
    const size = filterValues(params);
    const sums = new Float64Array(params.splits * size);
    forEachTap(params, ({ input, output, place }) => {
      const line = Math.floor(output / params.outWidth);
      const start = Math.floor(line / params.linesPerSplit) * size;
      for (let c = 0; c < inChannels; c++) {
        const row = start + (place * inChannels + c) * outChannels;
        for (let k = 0; k < outChannels; k++) {
          sums[row + k] += x[input * inChannels + c] *
            dy[output * outChannels + k];
        }
      }
    });
    partials.set(sums);
  },
  example: () => ({
    params: { ...convolutionExample, splits: 2, linesPerSplit: 1 },
    variant: { inLoads: 1, outLoads: 4, texels: true },
    reads: [
      Float32Array.from({ length: 3 * 5 * 3 }, (_, i) => Math.cos(i)),
      Float32Array.from({ length: 2 * 3 * 4 }, (_, i) => Math.sin(i)),
    ],
    writes: [new Float32Array(2 * 9 * 3 * 4)],
  }),
};

function reads(
  { inLoads, outLoads, texels }: Conv2dFilterGradientVariant,
): Bindings {
  return {
    x: elementOf(inLoads, { texels }),
    dy: elementOf(outLoads, { texels }),
  };
}
