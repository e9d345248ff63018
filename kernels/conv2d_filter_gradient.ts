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
  roundUp,
} from "./kernel.ts";
import { splitSum } from "./splits.ts";
import { blockOf, unroll } from "./unroll.ts";
import { elementOf, type VectorWidth, vectorWidth } from "./vector.ts";
import { convolutionCost, forEachTap, outputPixels } from "./window.ts";

const params = {
  ...convolutionParams,
  /** Parts that the sum over pixels is split into. */
  splits: "u32",
  /** Output pixels (through the batch) of a part. */
  pixelsPerSplit: "u32",
} as const;

export type Conv2dFilterGradientVariant = {
  /** Input channels per load: 4 needs their count in fours. */
  inLoads: VectorWidth;
  /** Output channels per load: 4 needs their count in fours. */
  outLoads: VectorWidth;
  /** Output pixels that a thread takes at a time: more of them save visits to sums on the stack. */
  pixels: 1 | 4;
  /** Rows of the filter's matrix that one thread owns, a multiple of `inLoads`. */
  rows: number;
  /** Output channels that one thread owns. */
  columns: 8 | 16;
  /** Whether they are of one place of the window: needs input channels in multiples of them. */
  together: boolean;
};

const workgroupSize = 32;

/** Output pixels of a part, at least. */
const minPixels = 64;

/** And at most: llvmpipe ends a loop after 65,535 turns. */
const maxPixels = 60_000;

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
  const variant = variantFor(shape, texels);
  const pixels = outputPixels(shape);
  const { perSplit } = splitSum(pixels, {
    threads: threadsPerSplit(shape, variant),
    values: filterRows(shape) * shape.outChannels,
    min: minPixels,
    texels,
  });
  const pixelsPerSplit = Math.min(
    maxPixels,
    roundUp(perSplit, variant.pixels),
  );
  const splits = ceilDivide(pixels, pixelsPerSplit);
  return { params: { ...shape, splits, pixelsPerSplit }, variant };
}

function variantFor(
  shape: ConvolutionShape,
  texels: boolean,
): Conv2dFilterGradientVariant {
  const { inChannels, outChannels } = shape;
  const inLoads = vectorWidth(inChannels);
  const rows = rowsPerThread(shape, texels);
  return {
    inLoads,
    outLoads: vectorWidth(outChannels),
    pixels: texels ? 4 : 1,
    rows,
    columns: outChannels <= 8 ? 8 : 16,
    together: inLoads === 4 && inChannels % rows === 0,
  };
}

/** As many as leave few over in the last thread's. */
function rowsPerThread(shape: ConvolutionShape, texels: boolean): number {
  const { inChannels } = shape;
  if (inChannels % 4 === 0) return texels && inChannels % 16 === 0 ? 16 : 8;
  const rows = filterRows(shape);
  const waste = (most: number) => ceilDivide(rows, most) * most;
  return [8, 7, 5].reduce((best, most) =>
    waste(most) < waste(best) ? most : best
  );
}

function filterRows(shape: ConvolutionShape): number {
  return shape.windowHeight * shape.windowWidth * shape.inChannels;
}

function threadsPerSplit(
  shape: ConvolutionShape,
  { rows, columns }: Conv2dFilterGradientVariant,
): number {
  return ceilDivide(filterRows(shape), rows) *
    ceilDivide(shape.outChannels, columns);
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
  reads: ({ inLoads, outLoads }) => ({
    x: elementOf(inLoads),
    dy: elementOf(outLoads),
  }),
  writes: ({ outLoads }) => ({ partials: elementOf(outLoads) }),
  texelBindings: () => ["x", "dy", "partials"],
  workgroup: () => [workgroupSize, 1, 1],
  constants: (variant) => ({
    GROUPS: variant.rows / variant.inLoads,
    COLUMNS: variant.columns,
    CHANNELS_PER_LOAD: variant.inLoads,
    PIXELS: variant.pixels,
  }),
  source: (variant) =>
    [
      linearIndex,
      gradientLoads(variant.inLoads),
      blockOf(
        source,
        variant.outLoads === 4 ? "vector_slopes" : "scalar_slopes",
      ),
      unroll(blockOf(source), {
        g: variant.rows / variant.inLoads,
        k: variant.inLoads,
        c: variant.columns / 4,
        p: variant.pixels,
        t: variant.together ? 1 : variant.rows / variant.inLoads,
        together: variant.together ? 1 : 0,
        apart: variant.together ? 0 : 1,
      }),
    ].join("\n"),
  groups: (params, variant) =>
    linearGroups(
      params.splits * threadsPerSplit(params, variant),
      workgroupSize,
    ),
  cost: (params) =>
    convolutionCost(params, {
      ...params,
      filters: params.outChannels,
      parts: params.splits,
    }),
  reference({ params, reads: [x, dy], writes: [partials] }) {
    const { inChannels, outChannels } = params;
    const size = filterRows(params) * outChannels;
    const sums = new Float64Array(params.splits * size);
    forEachTap(params, ({ input, output, place }) => {
      const start = Math.floor(output / params.pixelsPerSplit) * size;
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
    params: { ...convolutionExample, splits: 2, pixelsPerSplit: 4 },
    variant: {
      ...{ inLoads: 1, outLoads: 4, pixels: 4 },
      ...{ rows: 7, columns: 8, together: false },
    },
    reads: [
      Float32Array.from({ length: 3 * 5 * 3 }, (_, i) => Math.cos(i)),
      Float32Array.from({ length: 2 * 3 * 4 }, (_, i) => Math.sin(i)),
    ],
    writes: [new Float32Array(2 * 9 * 3 * 4)],
  }),
};
