/**
 * The gradient of a depthwise convolution's input.
 *
 * @module
 */
import source from "./depthwise_input_gradient.wgsl" with { type: "text" };
import { ceilDivide, type Kernel, type ParamType } from "./kernel.ts";
import {
  elementAlias,
  elementOf,
  groupsAtMost,
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

/** What specialises the gradients of a depthwise convolution. */
export type DepthwiseInputGradientVariant = {
  /** 4 needs `multiplier` 1 and channels in fours. */
  vector: VectorWidth;
};

/** Threads along channels, width and rows: width by tiles of {@linkcode pixels}. */
const workgroup = [8, 4, 2] as const;

/** Pixels of a line that a thread computes; the WGSL names each. */
const pixels = 4;

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

/** The fastest variant that a shape allows. */
export function depthwiseInputGradientVariant(
  { inChannels, multiplier }: DepthwiseShape,
): DepthwiseInputGradientVariant {
  return { vector: multiplier === 1 ? vectorWidth(inChannels) : 1 };
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
  reads: ({ vector }) => ({
    dy: elementOf(vector),
    weights: elementOf(vector),
  }),
  writes: ({ vector }) => ({ dx: elementOf(vector) }),
  workgroup: () => workgroup,
  constants: ({ vector }) => ({ VECTOR: vector }),
  source: ({ vector }) => elementAlias(vector) + source,
  groups: (shape, { vector }) => [
    ceilDivide(shape.inChannels / vector, workgroup[0]),
    ceilDivide(
      shape.strideWidth * ceilDivide(shape.inWidth, shape.strideWidth * pixels),
      workgroup[1],
    ),
    groupsAtMost(shape.batch * shape.inHeight, workgroup[2]),
  ],
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
    variant: { vector: 1 },
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
