/**
 * The gradient of a depthwise convolution's weights.
 *
 * @module
 */
import source from "./depthwise_filter_gradient.wgsl" with { type: "text" };
import {
  depthwiseChannels,
  depthwiseExample,
  depthwiseParams,
  type DepthwiseShape,
  depthwiseVector,
} from "./depthwise_input_gradient.ts";
import {
  ceilDivide,
  type Kernel,
  linearGroups,
  linearIndex,
  type ParamsOf,
} from "./kernel.ts";
import { splitSum } from "./splits.ts";
import { type Bindings, loadFunctions } from "./texels.ts";
import { unroll } from "./unroll.ts";
import { elementAlias, elementOf, type VectorWidth } from "./vector.ts";
import { convolutionCost, forEachTap, windowFitsTexels } from "./window.ts";

const params = {
  ...depthwiseParams,
  /** Parts that the sum over pixels is split into. */
  splits: "u32",
  /** Lines (rows of output pixels, through the batch) of a part. */
  linesPerSplit: "u32",
} as const;

export type DepthwiseFilterGradientVariant = {
  /** 4 needs `multiplier` 1 and channels in fours. */
  vector: VectorWidth;
  /** Of the shape: each column has a register. */
  windowWidth: number;
  /** Whether windows move by the dilation, so that they share pixels. */
  rolling: boolean;
  /** Whether x and dy are read as texels where they are loaded in fours. */
  texels: boolean;
};

/** Output pixels of a part, at least. */
const minPixels = 64;

/**
 * Parameters and variant for a depthwise convolution. `partials` needs room for
 * `splits` times the weights; with more than one, `sumRowsCalls` adds them up.
 */
export function depthwiseFilterGradientCall(
  shape: DepthwiseShape,
  { texels = false }: { readonly texels?: boolean } = {},
): {
  params: ParamsOf<typeof params>;
  variant: DepthwiseFilterGradientVariant;
} {
  const vector = depthwiseVector(shape);
  const { windowWidth, strideWidth, dilationWidth } = shape;
  const { splits, perSplit } = splitSum(shape.batch * shape.outHeight, {
    threads: shape.windowHeight * channelsOf(shape) / vector,
    values: weightsOf(shape),
    min: ceilDivide(minPixels, shape.outWidth),
    texels,
  });
  return {
    params: { ...shape, splits, linesPerSplit: perSplit },
    variant: {
      vector,
      windowWidth,
      rolling: strideWidth === dilationWidth,
      texels: texels && windowFitsTexels(shape, depthwiseChannels(shape)),
    },
  };
}

function channelsOf({ inChannels, multiplier }: DepthwiseShape): number {
  return inChannels * multiplier;
}

function weightsOf(shape: DepthwiseShape): number {
  return shape.windowHeight * shape.windowWidth * channelsOf(shape);
}

/**
 * The weights' gradient of `Y = depthwise(X, weights)` in parts. x: `(batch,
 * inHeight, inWidth, inChannels)`, dy: `(batch, outHeight, outWidth, inChannels
 * * multiplier)`, partials: `(splits, windowHeight, windowWidth, inChannels,
 * multiplier)`.
 */
export const depthwiseFilterGradient: Kernel<
  typeof params,
  DepthwiseFilterGradientVariant
> = {
  name: "depthwise_filter_gradient",
  params,
  reads,
  writes: ({ vector }) => ({ partials: elementOf(vector) }),
  constants: ({ vector, windowWidth, rolling }) => ({
    VECTOR: vector,
    WINDOW_WIDTH: windowWidth,
    ROLLING: rolling,
  }),
  source: (variant) =>
    [
      elementAlias(variant.vector),
      linearIndex,
      loadFunctions(reads(variant)),
      unroll(source, { r: variant.windowWidth }),
    ].join("\n"),
  groups: (params, { vector }) =>
    linearGroups(
      params.splits * params.windowHeight * channelsOf(params) / vector,
    ),
  cost: (params) =>
    convolutionCost(params, {
      ...depthwiseChannels(params),
      parts: params.splits,
    }),
  reference({ params, reads: [x, dy], writes: [partials] }) {
    const { inChannels, multiplier } = params;
    const channels = channelsOf(params);
    const size = weightsOf(params);
    const sums = new Float64Array(params.splits * size);
    forEachTap(params, ({ input, output, place }) => {
      const line = Math.floor(output / params.outWidth);
      const start = Math.floor(line / params.linesPerSplit) * size;
      for (let k = 0; k < channels; k++) {
        sums[start + place * channels + k] += dy[output * channels + k] *
          x[input * inChannels + Math.floor(k / multiplier)];
      }
    });
    partials.set(sums);
  },
  example: () => ({
    params: { ...depthwiseExample, splits: 2, linesPerSplit: 1 },
    variant: { vector: 1, windowWidth: 3, rolling: false, texels: false },
    reads: [
      Float32Array.from({ length: 3 * 5 * 2 }, (_, i) => Math.cos(i)),
      Float32Array.from({ length: 2 * 3 * 4 }, (_, i) => Math.sin(i)),
    ],
    writes: [new Float32Array(2 * 9 * 4)],
  }),
};

function reads({ vector, texels }: DepthwiseFilterGradientVariant): Bindings {
  const type = elementOf(vector, { texels });
  return { x: type, dy: type };
}
