/**
 * The gradient of the input of a convolution in groups.
 *
 * @module
 */
import source from "./grouped_input_gradient.wgsl" with { type: "text" };
import {
  channelsOfGroup,
  divisorOf,
  forEachProduct,
  groupedCost,
  groupedExample,
  groupedParams,
  type GroupedShape,
} from "./grouped_conv2d.ts";
import {
  ceilDivide,
  type Kernel,
  linearGroups,
  linearIndex,
  linearWorkgroup,
} from "./kernel.ts";
import { type Bindings, fitTexels, loadFunctions } from "./texels.ts";
import { blockOf, unroll } from "./unroll.ts";
import {
  elementAlias,
  elementOf,
  type VectorWidth,
  vectorWidth,
} from "./vector.ts";
import { inputPixels, outputPixels } from "./window.ts";

export type GroupedInputGradientVariant = {
  /** Output channels per load: 4 needs those of a group in fours. */
  loads: VectorWidth;
  /** Input channels that a thread owns: a divisor of a group's. */
  columns: number;
  /** Whether dy and weights are read as texels where they are loaded in fours. */
  texels: boolean;
};

/** Input channels that a thread owns, at most. */
const maxColumns = 8;

/** Neighbouring pixels of a phase's line that a thread owns. */
const pixels = 7;

/** The fastest variant that a shape allows. */
export function groupedInputGradientVariant(
  shape: GroupedShape,
  { texels = false }: {
    /** Whether texels are read where they can be [false]. */
    readonly texels?: boolean;
  } = {},
): GroupedInputGradientVariant {
  const [inputs, outputs] = channelsOfGroup(shape);
  const places = shape.windowHeight * shape.windowWidth;
  return {
    loads: vectorWidth(outputs),
    columns: divisorOf(inputs, maxColumns),
    texels: texels && fitTexels(places * inputs * shape.outChannels) &&
      fitTexels(outputPixels(shape) * shape.outChannels),
  };
}

/**
 * dX of `Y = groupedConv2d(X, weights)`. dy: `(batch, outHeight, outWidth,
 * outChannels)`, weights: `(windowHeight, windowWidth, inChannels / groups,
 * outChannels)`, dx: `(batch, inHeight, inWidth, inChannels)`.
 */
export const groupedInputGradient: Kernel<
  typeof groupedParams,
  GroupedInputGradientVariant
> = {
  name: "grouped_input_gradient",
  params: groupedParams,
  reads,
  writes: () => ({ dx: "f32" }),
  constants: ({ loads, columns }) => ({
    CHANNELS_PER_LOAD: loads,
    COLUMNS: columns,
    PIXELS: pixels,
  }),
  source: (variant) =>
    [
      linearIndex,
      elementAlias(variant.loads),
      loadFunctions(reads(variant)),
      blockOf(source, variant.loads === 4 ? "vector_loads" : "scalar_loads"),
      unroll(blockOf(source), { p: pixels, c: variant.columns }),
    ].join("\n"),
  groups(shape, { columns }) {
    const { batch, strideHeight, strideWidth, inChannels } = shape;
    const lines = batch * ceilDivide(shape.inHeight, strideHeight);
    const cells = ceilDivide(shape.inWidth, strideWidth);
    const [x, y] = linearGroups(
      lines * ceilDivide(cells, pixels) * inChannels / columns,
      linearWorkgroup[0],
    );
    return [x, y, strideHeight * strideWidth];
  },
  cost: (shape) => groupedCost(shape),
  reference({ params, reads: [dy, weights], writes: [dx] }) {
    const sums = new Float64Array(inputPixels(params) * params.inChannels);
    forEachProduct(params, (at) => {
      sums[at.x] += dy[at.y] * weights[at.weight];
    });
    dx.set(sums);
  },
  example: () => ({
    params: groupedExample,
    variant: { loads: 1, columns: 2, texels: false },
    reads: [
      Float32Array.from({ length: 2 * 3 * 6 }, (_, i) => Math.cos(i)),
      Float32Array.from({ length: 9 * 2 * 6 }, (_, i) => Math.sin(i)),
    ],
    writes: [new Float32Array(3 * 5 * 4)],
  }),
};

function reads({ loads, texels }: GroupedInputGradientVariant): Bindings {
  return {
    dy: elementOf(loads, { texels }),
    weights: elementOf(loads, { texels }),
  };
}
