/**
 * Depthwise convolution, bias and activation.
 *
 * @module
 */
import {
  activate,
  activateElementSource,
  type Activation,
  activationCode,
} from "./activation.ts";
import source from "./depthwise_conv2d.wgsl" with { type: "text" };
import { ceilDivide, type Kernel, type ParamsOf } from "./kernel.ts";
import { type Bindings, loadFunctions, storeFunctions } from "./texels.ts";
import { blockOf } from "./unroll.ts";
import {
  destinationParams,
  elementAlias,
  elementOf,
  groupsAtMost,
  type VectorWidth,
  withTexelStores,
} from "./vector.ts";
import {
  convolutionCost,
  forEachTap,
  movingParams,
  outputPixels,
  storeRows,
  windowExample,
} from "./window.ts";

const params = {
  batch: "u32",
  inHeight: "u32",
  inWidth: "u32",
  inChannels: "u32",
  outHeight: "u32",
  outWidth: "u32",
  /** Filters of each channel: output channel `c * multiplier + m`. */
  multiplier: "u32",
  ...movingParams,
  ...destinationParams,
} as const;

export type DepthwiseConv2dParams = ParamsOf<typeof params>;

export type DepthwiseConv2dVariant = {
  activation: Activation;
  /** 4 needs `multiplier` 1 and channels, `yStride`, `yOffset` in fours. */
  vector: VectorWidth;
  /**
   * The text for undilated windows of 3x3 with this stride both ways; "any"
   * serves all. See {@linkcode depthwiseUnroll}.
   */
  unroll: "stride1" | "stride2" | "any";
  /** Whether x is read as texels: needs a vector of 4. */
  texels: boolean;
  /** Whether y is written as texels: needs a vector of 4 [false]. */
  texelStores?: boolean;
};

/** The fastest `unroll` that these parameters allow. */
export function depthwiseUnroll(
  params: Omit<ParamsOf<typeof movingParams>, "padTop" | "padLeft">,
): DepthwiseConv2dVariant["unroll"] {
  const { strideHeight, strideWidth } = params;
  const plain = params.windowHeight === 3 && params.windowWidth === 3 &&
    params.dilationHeight === 1 && params.dilationWidth === 1 &&
    strideHeight === strideWidth;
  if (plain && strideWidth === 1) return "stride1";
  return plain && strideWidth === 2 ? "stride2" : "any";
}

/** Threads along a line, of which each owns {@linkcode pixels} of a channel, and along lines. */
const workgroup = [32, 2, 1] as const;

/** Neighbouring pixels of a row that a thread computes; the WGSL names each. */
const pixels = 4;

/**
 * Lines a thread walks down in windows of 3x3. More save loads and cost
 * threads; 7 divides the heights of nets for 224 pixels.
 */
const lines = 7;

/**
 * Depthwise convolution. x: `(batch, inHeight, inWidth, inChannels)`, weights:
 * `(windowHeight, windowWidth, inChannels, multiplier)` as TensorFlow stores
 * it, bias: `(inChannels * multiplier)`, y: `(batch, outHeight, outWidth,
 * yStride)`, of which the channels from `yOffset` on are written.
 */
export const depthwiseConv2d: Kernel<
  typeof params,
  DepthwiseConv2dVariant
> = {
  name: "depthwise_conv2d",
  params,
  reads,
  writes,
  withTexels: withTexelStores,
  workgroup: () => workgroup,
  constants: ({ activation, vector, unroll }) => ({
    ACTIVATION: activationCode(activation),
    VECTOR: vector,
    PIXELS: pixels,
    ...(unroll !== "any" &&
      { LINES: lines, STRIDE: unroll === "stride1" ? 1 : 2 }),
  }),
  source: (variant) =>
    [
      elementAlias(variant.vector),
      activateElementSource(variant.activation, variant.vector),
      loadFunctions({ x: reads(variant).x }),
      storeFunctions(writes(variant)),
      blockOf(source),
      blockOf(source, variant.unroll === "any" ? "any" : "walking"),
    ].join("\n"),
  groups(params, { vector, unroll }) {
    const channels = params.inChannels * params.multiplier / vector;
    const linesEach = unroll === "any" ? 1 : lines;
    return [
      ceilDivide(channels * ceilDivide(params.outWidth, pixels), workgroup[0]),
      groupsAtMost(
        params.batch * ceilDivide(params.outHeight, linesEach),
        workgroup[1],
      ),
      1,
    ];
  },
  cost: (params) =>
    convolutionCost(params, {
      ...params,
      outChannels: params.inChannels * params.multiplier,
      filters: params.multiplier,
    }),
  reference({ params, variant, reads: [x, weights, bias], writes: [y] }) {
    const { inChannels, multiplier } = params;
    const channels = inChannels * multiplier;
    const sums = Float64Array.from(
      { length: outputPixels(params) * channels },
      (_, at) => bias[at % channels],
    );
    forEachTap(params, ({ input, output, place }) => {
      for (let channel = 0; channel < channels; channel++) {
        sums[output * channels + channel] +=
          x[input * inChannels + Math.floor(channel / multiplier)] *
          weights[place * channels + channel];
      }
    });
    const values = sums.map(activate(variant.activation));
    storeRows(values, y, { ...params, channels });
  },
  example: () => ({
    params: {
      ...windowExample,
      inChannels: 1,
      multiplier: 2,
      yStride: 3,
      yOffset: 1,
    },
    variant: { activation: "relu", vector: 1, unroll: "any", texels: false },
    reads: [
      Float32Array.from({ length: 3 * 5 }, (_, i) => Math.cos(i)),
      Float32Array.from({ length: 9 * 2 }, (_, i) => Math.sin(i)),
      new Float32Array([0.5, -0.5]),
    ],
    writes: [new Float32Array(2 * 3 * 3)],
  }),
};

function reads({ vector, texels }: DepthwiseConv2dVariant) {
  return {
    x: elementOf(vector, { texels }),
    weights: elementOf(vector),
    bias: elementOf(vector),
  } satisfies Bindings;
}

function writes(
  { vector, texelStores }: DepthwiseConv2dVariant,
): Bindings {
  return { y: elementOf(vector, { texels: texelStores }) };
}
