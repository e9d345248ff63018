/**
 * Convolution of channels in groups, bias and activation: for groups of any
 * size. Those that fill whole tiles are a variant of `conv2d`, and groups of one
 * input channel are `depthwise_conv2d`.
 *
 * @module
 */
import {
  activate,
  activateElementSource,
  type Activation,
  activationCode,
} from "./activation.ts";
import source from "./grouped_conv2d.wgsl" with { type: "text" };
import {
  ceilDivide,
  type Cost,
  type Kernel,
  linearGroups,
  linearIndex,
  linearWorkgroup,
  type ParamsOf,
} from "./kernel.ts";
import {
  type Bindings,
  fitTexels,
  loadFunctions,
  storeFunctions,
} from "./texels.ts";
import { blockOf, unroll } from "./unroll.ts";
import {
  destinationParams,
  elementAlias,
  elementOf,
  type VectorWidth,
  vectorWidth,
  withTexelStores,
} from "./vector.ts";
import {
  convolutionCost,
  forEachTap,
  inputPixels,
  outputPixels,
  storeRows,
  windowExample,
  windowParams,
} from "./window.ts";

/** A convolution in groups as fields of a uniform struct. */
export const groupedParams = {
  ...windowParams,
  /** Of all groups. */
  inChannels: "u32",
  /** Of all groups, in the groups' order. */
  outChannels: "u32",
  groups: "u32",
} as const;

export type GroupedShape = ParamsOf<typeof groupedParams>;

const params = { ...groupedParams, ...destinationParams } as const;

export type GroupedConv2dParams = ParamsOf<typeof params>;

export type GroupedConv2dVariant = {
  activation: Activation;
  /** Input channels per load: 4 needs those of a group in fours. */
  loads: VectorWidth;
  /** Output channels per load and store: 4 needs those of a group, `yStride` and `yOffset` in fours. */
  vector: VectorWidth;
  /** Loads of weights side by side that a thread owns: a divisor of a group's. */
  columns: number;
  /**
   * The text for windows three places wide, undilated, with this stride along a
   * line; "any" serves all.
   */
  unroll: "stride1" | "stride2" | "any";
  /** Whether x and weights are read as texels where they are loaded in fours. */
  texels: boolean;
  /** Whether y is written as texels: needs a vector of 4 [false]. */
  texelStores?: boolean;
};

/** Loads of weights side by side that a thread owns, at most. */
const maxColumns = 2;

/**
 * Neighbouring pixels of a line that a thread owns: 7 divides the lines of nets
 * for 224 pixels, and more sums than its two loads' would leave the registers.
 */
const pixels = 7;

/** Places of a line of a window whose text is unrolled. */
const unrolledPlaces = 3;

/** The largest divisor of `count` that is at most `most`. */
export function divisorOf(count: number, most: number): number {
  for (let divisor = most; divisor > 1; divisor--) {
    if (count % divisor === 0) return divisor;
  }
  return 1;
}

/** The fastest variant that a shape allows. */
export function groupedConv2dVariant(
  shape: GroupedConv2dParams,
  { activation, texels = false }: {
    readonly activation: Activation;
    /** Whether texels are read where they can be [false]. */
    readonly texels?: boolean;
  },
): GroupedConv2dVariant {
  const { groups, yStride, yOffset } = shape;
  const [inputs, outputs] = channelsOfGroup(shape);
  const vector = vectorWidth(outputs, yStride, yOffset);
  const weights = shape.windowHeight * shape.windowWidth * inputs * outputs *
    groups;
  return {
    activation,
    loads: vectorWidth(inputs),
    vector,
    columns: divisorOf(outputs / vector, maxColumns),
    unroll: unrollOf(shape),
    texels: texels && fitTexels(weights) &&
      fitTexels(inputPixels(shape) * shape.inChannels),
  };
}

function unrollOf(
  { windowWidth, strideWidth, dilationWidth }: GroupedShape,
): GroupedConv2dVariant["unroll"] {
  if (windowWidth !== unrolledPlaces || dilationWidth !== 1) return "any";
  if (strideWidth === 1) return "stride1";
  return strideWidth === 2 ? "stride2" : "any";
}

/** Where the operands of one product of a convolution in groups lie, and the sum it belongs to. */
export interface GroupedProduct {
  readonly x: number;
  readonly weight: number;
  readonly y: number;
}

/** Calls `visit` for each product of a convolution in groups. */
export function forEachProduct(
  shape: GroupedShape,
  visit: (at: GroupedProduct) => void,
): void {
  const { inChannels, outChannels } = shape;
  const [inputs, outputs] = channelsOfGroup(shape);
  forEachTap(shape, ({ input, output, place }) => {
    for (let k = 0; k < outChannels; k++) {
      const first = input * inChannels + Math.floor(k / outputs) * inputs;
      for (let c = 0; c < inputs; c++) {
        visit({
          x: first + c,
          weight: (place * inputs + c) * outChannels + k,
          y: output * outChannels + k,
        });
      }
    }
  });
}

/** The work of a convolution in groups, or of either of its gradients; of the filter's gradient in parts. */
export function groupedCost(
  shape: GroupedShape,
  { parts = 1 }: { readonly parts?: number } = {},
): Cost {
  const [, filters] = channelsOfGroup(shape);
  return convolutionCost(shape, { ...shape, filters, parts });
}

/** Two groups of two channels to three each, for self-tests. */
export const groupedExample: GroupedShape = {
  ...windowExample,
  inChannels: 4,
  outChannels: 6,
  groups: 2,
};

/** WGSL of what is loaded of x at once, and of its channels. */
export function groupedLoads(loads: VectorWidth): string {
  return blockOf(source, loads === 4 ? "vector_loads" : "scalar_loads");
}

/** Input and output channels of a group. */
export function channelsOfGroup(
  { inChannels, outChannels, groups }: Pick<
    GroupedShape,
    "inChannels" | "outChannels" | "groups"
  >,
): readonly [inputs: number, outputs: number] {
  return [inChannels / groups, outChannels / groups];
}

/**
 * Convolution in groups. x: `(batch, inHeight, inWidth, inChannels)`, weights:
 * `(windowHeight, windowWidth, inChannels / groups, outChannels)`, bias:
 * `(outChannels)`, y: `(batch, outHeight, outWidth, yStride)`, of which the
 * channels from `yOffset` on are written.
 */
export const groupedConv2d: Kernel<typeof params, GroupedConv2dVariant> = {
  name: "grouped_conv2d",
  params,
  reads,
  writes,
  texelBindings: () => ["bias"],
  withTexels: withTexelStores,
  constants: (variant) => ({
    ACTIVATION: activationCode(variant.activation),
    VECTOR: variant.vector,
    CHANNELS_PER_LOAD: variant.loads,
    COLUMNS: variant.columns,
    PIXELS: pixels,
    ...variant.unroll !== "any" &&
      { STRIDE: variant.unroll === "stride1" ? 1 : 2 },
  }),
  source(variant) {
    const { x, weights } = reads(variant);
    return [
      linearIndex,
      elementAlias(variant.vector),
      activateElementSource(variant.activation, variant.vector),
      loadFunctions({ x, weights }),
      storeFunctions(writes(variant)),
      groupedLoads(variant.loads),
      unroll(blockOf(source), {
        p: pixels,
        c: variant.columns,
        k: variant.loads,
        j: unrolledPlaces,
        any: variant.unroll === "any" ? 1 : 0,
        lines: variant.unroll === "any" ? 0 : 1,
      }),
    ].join("\n");
  },
  groups({ batch, outHeight, outWidth, outChannels }, variant) {
    const tiles = outChannels / variant.vector / variant.columns;
    const strips = ceilDivide(outWidth, pixels);
    return linearGroups(batch * outHeight * strips * tiles, linearWorkgroup[0]);
  },
  cost: (shape) => groupedCost(shape),
  reference({ params, variant, reads: [x, weights, bias], writes: [y] }) {
    const { outChannels } = params;
    const sums = Float64Array.from(
      { length: outputPixels(params) * outChannels },
      (_, at) => bias[at % outChannels],
    );
    forEachProduct(params, (at) => {
      sums[at.y] += x[at.x] * weights[at.weight];
    });
    const values = sums.map(activate(variant.activation));
    storeRows(values, y, { ...params, channels: outChannels });
  },
  example: () => ({
    params: { ...groupedExample, yStride: 8, yOffset: 1 },
    variant: {
      activation: "relu",
      loads: 1,
      vector: 1,
      columns: 1,
      unroll: "stride2",
      texels: false,
    },
    reads: [
      Float32Array.from({ length: 3 * 5 * 4 }, (_, i) => Math.cos(i)),
      Float32Array.from({ length: 9 * 2 * 6 }, (_, i) => Math.sin(i)),
      Float32Array.from({ length: 6 }, (_, i) => i / 4 - 1),
    ],
    writes: [new Float32Array(2 * 3 * 8)],
  }),
};

function reads(
  { loads, vector, texels }: GroupedConv2dVariant,
): Bindings {
  return {
    x: elementOf(loads, { texels }),
    weights: elementOf(vector, { texels }),
    bias: elementOf(vector),
  };
}

function writes({ vector, texelStores }: GroupedConv2dVariant): Bindings {
  return { y: elementOf(vector, { texels: texelStores }) };
}
