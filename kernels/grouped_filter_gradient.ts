/**
 * The gradient of the filter of a convolution in groups.
 *
 * @module
 */
import source from "./grouped_filter_gradient.wgsl" with { type: "text" };
import {
  channelsOfGroup,
  divisorOf,
  forEachProduct,
  groupedCost,
  groupedExample,
  groupedLoads,
  groupedParams,
  type GroupedShape,
} from "./grouped_conv2d.ts";
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
import {
  elementAlias,
  elementOf,
  type VectorWidth,
  vectorWidth,
} from "./vector.ts";
import { windowFitsTexels } from "./window.ts";

const params = {
  ...groupedParams,
  /** Parts that the sum over pixels is split into. */
  splits: "u32",
  /** Lines (rows of output pixels, through the batch) of a part. */
  linesPerSplit: "u32",
} as const;

export type GroupedFilterGradientVariant = {
  /** Input channels per load: 4 needs those of a group in fours. */
  loads: VectorWidth;
  /** Output channels per load: 4 needs those of a group in fours. */
  vector: VectorWidth;
  /** Loads of x that a thread owns: a divisor of a group's places and loads. */
  rows: number;
  /** Loads of dy that a thread owns: a divisor of a group's. */
  columns: number;
  /** Whether x and dy are read as texels where they are loaded in fours. */
  texels: boolean;
};

/** Loads of x that a thread owns, at most; times those of dy they fill its registers. */
const maxRows = 3;

/** Loads of dy that a thread owns, at most. */
const maxColumns = 2;

/** Output pixels that a thread takes at a time: more of them save visits to sums on the stack. */
function pixelsAtOnce({ texels }: GroupedFilterGradientVariant): number {
  return texels ? 4 : 1;
}

const workgroupSize = 32;

/** Output pixels of a part, at least. */
const minPixels = 64;

/**
 * Parameters and variant for a convolution in groups. `partials` needs room for
 * `splits` filters; with more than one, `sumRowsCall` adds them up.
 */
export function groupedFilterGradientCall(
  shape: GroupedShape,
  { texels = false }: {
    /** Whether texels are read where they can be [false]. */
    readonly texels?: boolean;
  } = {},
): {
  params: ParamsOf<typeof params>;
  variant: GroupedFilterGradientVariant;
} {
  const [inputs, outputs] = channelsOfGroup(shape);
  const [loads, vector] = [vectorWidth(inputs), vectorWidth(outputs)];
  const variant = {
    loads,
    vector,
    rows: divisorOf(
      shape.windowHeight * shape.windowWidth * inputs / loads,
      maxRows,
    ),
    columns: divisorOf(outputs / vector, maxColumns),
    texels: texels && windowFitsTexels(shape, shape),
  };
  const { splits, perSplit } = splitSum(shape.batch * shape.outHeight, {
    threads: threadsPerSplit(shape, variant),
    values: filterValues(shape),
    min: ceilDivide(minPixels, shape.outWidth),
    texels,
  });
  return { params: { ...shape, splits, linesPerSplit: perSplit }, variant };
}

function filterValues(shape: GroupedShape): number {
  const [inputs] = channelsOfGroup(shape);
  return shape.windowHeight * shape.windowWidth * inputs * shape.outChannels;
}

function threadsPerSplit(
  shape: GroupedShape,
  { loads, vector, rows, columns }: GroupedFilterGradientVariant,
): number {
  return filterValues(shape) / (loads * rows * vector * columns);
}

/**
 * The filter's gradient of `Y = groupedConv2d(X, filter)` in parts. x: `(batch,
 * inHeight, inWidth, inChannels)`, dy: `(batch, outHeight, outWidth,
 * outChannels)`, partials: `(splits, windowHeight, windowWidth, inChannels /
 * groups, outChannels)`.
 */
export const groupedFilterGradient: Kernel<
  typeof params,
  GroupedFilterGradientVariant
> = {
  name: "grouped_filter_gradient",
  params,
  reads,
  writes: ({ vector }) => ({ partials: elementOf(vector) }),
  workgroup: () => [workgroupSize, 1, 1],
  constants: (variant) => ({
    ROWS: variant.rows,
    COLUMNS: variant.columns,
    CHANNELS_PER_LOAD: variant.loads,
    VECTOR: variant.vector,
    PIXELS: pixelsAtOnce(variant),
  }),
  source: (variant) =>
    [
      linearIndex,
      elementAlias(variant.vector),
      groupedLoads(variant.loads),
      loadFunctions(reads(variant)),
      unroll(blockOf(source), {
        g: variant.rows,
        k: variant.loads,
        c: variant.columns,
        p: pixelsAtOnce(variant),
      }),
    ].join("\n"),
  groups: (params, variant) =>
    linearGroups(
      params.splits * threadsPerSplit(params, variant),
      workgroupSize,
    ),
  cost: (params) => groupedCost(params, { parts: params.splits }),
  reference({ params, reads: [x, dy], writes: [partials] }) {
    const { outChannels, outWidth } = params;
    const size = filterValues(params);
    const sums = new Float64Array(params.splits * size);
    forEachProduct(params, (at) => {
      const line = Math.floor(at.y / outChannels / outWidth);
      const split = Math.floor(line / params.linesPerSplit);
      sums[split * size + at.weight] += x[at.x] * dy[at.y];
    });
    partials.set(sums);
  },
  example: () => ({
    params: { ...groupedExample, splits: 2, linesPerSplit: 1 },
    variant: { loads: 1, vector: 1, rows: 3, columns: 1, texels: false },
    reads: [
      Float32Array.from({ length: 3 * 5 * 4 }, (_, i) => Math.cos(i)),
      Float32Array.from({ length: 2 * 3 * 6 }, (_, i) => Math.sin(i)),
    ],
    writes: [new Float32Array(2 * 9 * 2 * 6)],
  }),
};

function reads(
  { loads, vector, texels }: GroupedFilterGradientVariant,
): Bindings {
  return {
    x: elementOf(loads, { texels }),
    dy: elementOf(vector, { texels }),
  };
}
