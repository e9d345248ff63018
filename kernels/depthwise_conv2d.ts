/**
 * Depthwise convolution, bias and activation.
 *
 * @module
 */
import element from "./_element.wgsl" with { type: "text" };
import { activate, type Activation, activationCode } from "./activation.ts";
import source from "./depthwise_conv2d.wgsl" with { type: "text" };
import { ceilDivide, type Kernel } from "./kernel.ts";
import { type Bindings, loadFunctions, storeFunctions } from "./texels.ts";
import { blockOf } from "./unroll.ts";
import {
  elementAlias,
  elementOf,
  groupsAtMost,
  type VectorWidth,
  withTexelStores,
} from "./vector.ts";

/** Uniforms of {@linkcode depthwiseConv2d}. */
export type DepthwiseConv2dParams = {
  batch: number;
  inHeight: number;
  inWidth: number;
  inChannels: number;
  outHeight: number;
  outWidth: number;
  /** Filters of each channel: output channel `c * multiplier + m`. */
  multiplier: number;
  windowHeight: number;
  windowWidth: number;
  strideHeight: number;
  strideWidth: number;
  dilationHeight: number;
  dilationWidth: number;
  padTop: number;
  padLeft: number;
  /** Channels of a pixel of the destination. */
  yStride: number;
  /** The destination's first channel. */
  yOffset: number;
};

/** What specialises {@linkcode depthwiseConv2d}. */
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
  params: Pick<
    DepthwiseConv2dParams,
    | "windowHeight"
    | "windowWidth"
    | "strideHeight"
    | "strideWidth"
    | "dilationHeight"
    | "dilationWidth"
  >,
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
  DepthwiseConv2dParams,
  DepthwiseConv2dVariant
> = {
  name: "depthwise_conv2d",
  params: {
    batch: "u32",
    inHeight: "u32",
    inWidth: "u32",
    inChannels: "u32",
    outHeight: "u32",
    outWidth: "u32",
    multiplier: "u32",
    windowHeight: "u32",
    windowWidth: "u32",
    strideHeight: "u32",
    strideWidth: "u32",
    dilationHeight: "u32",
    dilationWidth: "u32",
    padTop: "u32",
    padLeft: "u32",
    yStride: "u32",
    yOffset: "u32",
  },
  reads,
  writes,
  withTexels: withTexelStores,
  workgroup: () => workgroup,
  constants: ({ activation, vector, unroll }) => ({
    ACTIVATION: activationCode[activation],
    VECTOR: vector,
    PIXELS: pixels,
    ...(unroll !== "any" &&
      { LINES: lines, STRIDE: unroll === "stride1" ? 1 : 2 }),
  }),
  source: (variant) =>
    [
      elementAlias(variant.vector),
      element,
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
  cost(params) {
    const channels = params.inChannels * params.multiplier;
    const window = params.windowHeight * params.windowWidth;
    const outputs = params.batch * params.outHeight * params.outWidth *
      channels;
    const inputs = params.batch * params.inHeight * params.inWidth *
      params.inChannels;
    return {
      flops: outputs * window * 2,
      bytes: (inputs + outputs + channels * (window + 1)) * 4,
    };
  },
  reference({ params, variant, reads: [x, weights, bias], writes: [y] }) {
    const { inHeight, inWidth, inChannels, multiplier, windowWidth } = params;
    const channels = inChannels * multiplier;
    for (let row = 0; row < params.batch * params.outHeight; row++) {
      const image = Math.floor(row / params.outHeight);
      const i = row % params.outHeight;
      for (let j = 0; j < params.outWidth; j++) {
        for (let channel = 0; channel < channels; channel++) {
          let sum = bias[channel];
          for (let k = 0; k < params.windowHeight; k++) {
            const h = i * params.strideHeight + k * params.dilationHeight -
              params.padTop;
            if (h < 0 || h >= inHeight) continue;
            for (let l = 0; l < windowWidth; l++) {
              const w = j * params.strideWidth + l * params.dilationWidth -
                params.padLeft;
              if (w < 0 || w >= inWidth) continue;
              const c = Math.floor(channel / multiplier);
              sum +=
                x[((image * inHeight + h) * inWidth + w) * inChannels + c] *
                weights[(k * windowWidth + l) * channels + channel];
            }
          }
          y[
            (row * params.outWidth + j) * params.yStride + params.yOffset +
            channel
          ] = activate(sum, variant.activation);
        }
      }
    }
  },
  example: () => ({
    params: {
      batch: 1,
      inHeight: 3,
      inWidth: 3,
      inChannels: 1,
      outHeight: 2,
      outWidth: 2,
      multiplier: 2,
      windowHeight: 2,
      windowWidth: 2,
      strideHeight: 1,
      strideWidth: 1,
      dilationHeight: 1,
      dilationWidth: 1,
      padTop: 0,
      padLeft: 0,
      yStride: 2,
      yOffset: 0,
    },
    variant: { activation: "relu", vector: 1, unroll: "any", texels: false },
    reads: [
      Float32Array.from({ length: 9 }, (_, i) => i - 4),
      new Float32Array([1, -1, 2, -2, 3, -3, 4, -4]),
      new Float32Array([0.5, -0.5]),
    ],
    writes: [new Float32Array(8)],
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
