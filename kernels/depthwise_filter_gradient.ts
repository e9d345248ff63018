/**
 * The gradient of a depthwise convolution's weights.
 *
 * @module
 */
import { canWalk } from "./depthwise_conv2d.ts";
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
import { blockOf, unroll } from "./unroll.ts";
import { elementAlias, elementOf, type VectorWidth } from "./vector.ts";
import { convolutionCost, forEachTap } from "./window.ts";

const params = {
  ...depthwiseParams,
  /** Parts that the sum over pixels is split into. */
  splits: "u32",
  /** Lines (rows of output pixels, through the batch) of a part, or strips of columns. */
  tilesPerSplit: "u32",
} as const;

export type DepthwiseFilterGradientVariant = {
  /** 4 needs `multiplier` 1 and channels in fours. */
  vector: VectorWidth;
  /** Of the shape: each column has a register. */
  windowWidth: number;
  /** Of the shape where a thread owns all of the window, 0 where it owns a row. */
  windowHeight: number;
  /** Rows from one such window to the next, or 0. */
  strideHeight: number;
  /** Columns from one such window to the next, or 0. */
  strideWidth: number;
  /** Whether windows move by the dilation, so that they share pixels, where a thread owns a row. */
  rolling: boolean;
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
  const { windowHeight, windowWidth, strideHeight, strideWidth } = shape;
  const isWhole = texels && shape.multiplier === 1 &&
    canWalk(shape, { texels: false });
  const variant = {
    vector,
    windowWidth,
    ...isWhole ? { windowHeight, strideHeight, strideWidth, rolling: false } : {
      ...{ windowHeight: 0, strideHeight: 0, strideWidth: 0 },
      rolling: strideWidth === shape.dilationWidth,
    },
  };
  const { count, pixels } = tilesOf(shape, variant);
  const { splits, perSplit } = splitSum(count, {
    threads: (isWhole ? 1 : windowHeight) * channelsOf(shape) / vector,
    values: weightsOf(shape),
    min: ceilDivide(minPixels, pixels),
    texels,
  });
  return { params: { ...shape, splits, tilesPerSplit: perSplit }, variant };
}

/** What parts have whole numbers of: strips of columns, or lines; and output pixels of each. */
function tilesOf(
  { batch, outHeight, outWidth }: DepthwiseShape,
  variant: DepthwiseFilterGradientVariant,
): { count: number; pixels: number } {
  if (variant.windowHeight === 0) {
    return { count: batch * outHeight, pixels: outWidth };
  }
  const width = pixelsOf(variant);
  return {
    count: batch * ceilDivide(outWidth, width),
    pixels: outHeight * width,
  };
}

/** Columns of a strip: more save loads. */
function pixelsOf(
  { windowHeight, windowWidth, strideWidth }: DepthwiseFilterGradientVariant,
): number {
  return windowHeight * windowWidth > 9 || strideWidth > 1 ? 2 : 4;
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
  reads({ vector }) {
    const type = elementOf(vector);
    return { x: type, dy: type };
  },
  writes: ({ vector }) => ({ partials: elementOf(vector) }),
  texelBindings: () => ["x", "dy", "partials"],
  constants: (variant) => ({
    VECTOR: variant.vector,
    ...variant.windowHeight === 0
      ? { WINDOW_WIDTH: variant.windowWidth, ROLLING: variant.rolling }
      : {
        WINDOW_HEIGHT: variant.windowHeight,
        STRIDE_HEIGHT: variant.strideHeight,
        STRIDE_WIDTH: variant.strideWidth,
        NEW_LINES: newLines(variant),
        PIXELS: pixelsOf(variant),
      },
  }),
  source: (variant) =>
    [
      elementAlias(variant.vector),
      linearIndex,
      blockOf(source),
      variant.windowHeight === 0
        ? unroll(blockOf(source, "rows"), { r: variant.windowWidth })
        : walkingSource(variant),
    ].join("\n"),
  groups: (params, { vector, windowHeight }) =>
    linearGroups(
      params.splits * (windowHeight === 0 ? params.windowHeight : 1) *
        channelsOf(params) / vector,
    ),
  cost: (params) =>
    convolutionCost(params, {
      ...depthwiseChannels(params),
      parts: params.splits,
    }),
  reference({ params, variant, reads: [x, dy], writes: [partials] }) {
    const { inChannels, multiplier } = params;
    const channels = channelsOf(params);
    const size = weightsOf(params);
    const sums = new Float64Array(params.splits * size);
    forEachTap(params, ({ input, output, place }) => {
      const tile = tileOf(output, { params, variant });
      const start = Math.floor(tile / params.tilesPerSplit) * size;
      for (let k = 0; k < channels; k++) {
        sums[start + place * channels + k] += dy[output * channels + k] *
          x[input * inChannels + Math.floor(k / multiplier)];
      }
    });
    partials.set(sums);
  },
  example: () => ({
    params: {
      ...depthwiseExample,
      multiplier: 1,
      splits: 2,
      tilesPerSplit: 1,
    },
    variant: {
      vector: 1,
      windowWidth: 3,
      windowHeight: 3,
      strideHeight: 2,
      strideWidth: 2,
      rolling: false,
    },
    reads: [
      Float32Array.from({ length: 3 * 5 * 2 }, (_, i) => Math.cos(i)),
      Float32Array.from({ length: 2 * 3 * 2 }, (_, i) => Math.sin(i)),
    ],
    writes: [new Float32Array(2 * 9 * 2)],
  }),
};

/** The line, or the strip of columns, of an output pixel. */
function tileOf(
  output: number,
  { params, variant }: {
    readonly params: DepthwiseShape;
    readonly variant: DepthwiseFilterGradientVariant;
  },
): number {
  const line = Math.floor(output / params.outWidth);
  if (variant.windowHeight === 0) return line;
  const image = Math.floor(line / params.outHeight);
  const pixels = pixelsOf(variant);
  return image * ceilDivide(params.outWidth, pixels) +
    Math.floor(output % params.outWidth / pixels);
}

/** Lines of x in a window that are not in the one above. */
function newLines(
  { windowHeight, strideHeight }: DepthwiseFilterGradientVariant,
): number {
  return Math.min(windowHeight, strideHeight);
}

function walkingSource(variant: DepthwiseFilterGradientVariant): string {
  const { windowHeight, windowWidth, strideHeight, strideWidth } = variant;
  const pixels = pixelsOf(variant);
  const columns = (pixels - 1) * strideWidth + windowWidth;
  const kept = windowHeight - newLines(variant);
  const text = unroll(blockOf(source, "walking"), {
    c: columns,
    i: newLines(variant),
    k: windowHeight,
    l: windowWidth,
    o: kept,
    p: pixels,
  });
  const pixelOf = (row: number, column: number) =>
    row < kept ? `kept${row}_${column}` : `x${row - kept}_${column}`;
  const sums: string[] = [];
  const handedOn: string[] = [];
  for (let row = 0; row < windowHeight; row++) {
    for (let tap = 0; tap < windowWidth; tap++) {
      const terms = Array.from(
        { length: pixels },
        (_, at) => `${pixelOf(row, at * strideWidth + tap)} * slope${at}`,
      );
      sums.push(`sum${row}_${tap} += ${terms.join(" + ")};`);
    }
    for (let column = 0; row < kept && column < columns; column++) {
      handedOn.push(
        `kept${row}_${column} = ${pixelOf(row + strideHeight, column)};`,
      );
    }
  }
  return text.replace("//@sums", sums.join("\n"))
    .replace("//@handed on", handedOn.join("\n"));
}
