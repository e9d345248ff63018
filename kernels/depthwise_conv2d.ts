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
import { blockOf, unroll } from "./unroll.ts";
import {
  destinationParams,
  elementAlias,
  elementOf,
  groupsAtMost,
  type VectorWidth,
  vectorWidth,
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
  /** Rows of y that a thread computes, where windows are unrolled. */
  linesPerThread: "u32",
} as const;

export type DepthwiseConv2dParams = ParamsOf<typeof params>;

export type DepthwiseConv2dVariant = {
  activation: Activation;
  /** 4 needs `multiplier` 1 and channels, `yStride`, `yOffset` in fours. */
  vector: VectorWidth;
  /** Rows of a window that is unrolled, 0 for the text that serves all. */
  windowHeight: number;
  /** Its columns, or 0. */
  windowWidth: number;
  /** Rows from one such window to the next, or 0. */
  strideHeight: number;
  /** Columns from one such window to the next, or 0. */
  strideWidth: number;
};

/** Parameters and variant of a depthwise convolution; `texels` are for software adapters. */
export function depthwiseConv2dCall(
  shape: Omit<DepthwiseConv2dParams, "linesPerThread">,
  { activation, texels = false }: {
    readonly activation: Activation;
    readonly texels?: boolean;
  },
): { params: DepthwiseConv2dParams; variant: DepthwiseConv2dVariant } {
  const { inChannels, multiplier, yStride, yOffset } = shape;
  const vector = multiplier === 1
    ? vectorWidth(inChannels, yStride, yOffset)
    : 1;
  const { windowHeight, windowWidth, strideHeight, strideWidth } = shape;
  const variant = {
    activation,
    vector,
    ...canWalk(shape, { texels })
      ? { windowHeight, windowWidth, strideHeight, strideWidth }
      : { windowHeight: 0, windowWidth: 0, strideHeight: 0, strideWidth: 0 },
  };
  const columns = inChannels * multiplier / vector *
    ceilDivide(shape.outWidth, pixelsOf(variant)) * shape.batch;
  const linesPerThread = texels
    ? linesWalked(shape.outHeight, columns)
    : fewLines;
  return { params: { ...shape, linesPerThread }, variant };
}

/** Whether threads can walk over the lines of an image, with all weights of a window in registers. */
export function canWalk(
  shape: ParamsOf<typeof movingParams>,
  { texels }: {
    /** Whether this is software, whose stack has room for more of them. */
    readonly texels: boolean;
  },
): boolean {
  return shape.dilationHeight === 1 && shape.dilationWidth === 1 &&
    shape.windowHeight * shape.windowWidth <= (texels ? 81 : 25) &&
    shape.strideHeight * shape.strideWidth <= 16;
}

/** Lines that a thread walks on software, of so many in so many columns: few are read twice, and threads keep some cores busy. */
export function linesWalked(lines: number, columns: number): number {
  const tiles = ceilDivide(minThreads, columns);
  return Math.max(fewLines, ceilDivide(lines, tiles));
}

/** Lines that a thread walks on a GPU, which wants many; 7 divides the heights of nets for 224 pixels. */
export const fewLines = 7;

/** Threads that keep some cores busy to the end. */
const minThreads = 2048;

/** Threads along a line, of which each owns some pixels of a channel, and along lines. */
const workgroup = [32, 2, 1] as const;

/** Neighbouring pixels of a row that a thread computes. More save loads, and cost compiling. */
function pixelsOf(
  { windowHeight, windowWidth, strideWidth }: DepthwiseConv2dVariant,
): number {
  return windowHeight * windowWidth > 9 || strideWidth > 1 ? 2 : 4;
}

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
  reads({ vector }) {
    const type = elementOf(vector);
    return { x: type, weights: type, bias: type };
  },
  writes: ({ vector }) => ({ y: elementOf(vector) }),
  texelBindings: () => ["x", "weights", "bias", "y"],
  workgroup: () => workgroup,
  constants: (variant) => ({
    ACTIVATION: activationCode(variant.activation),
    VECTOR: variant.vector,
    PIXELS: pixelsOf(variant),
    ...(isUnrolled(variant) && {
      WINDOW_HEIGHT: variant.windowHeight,
      STRIDE_HEIGHT: variant.strideHeight,
      STRIDE_WIDTH: variant.strideWidth,
      NEW_LINES: newLines(variant),
      OPEN: openWindows(variant),
    }),
  }),
  source: (variant) =>
    [
      elementAlias(variant.vector),
      activateElementSource(variant.activation, variant.vector),
      blockOf(source),
      isUnrolled(variant)
        ? walkingSource(variant)
        : unroll(blockOf(source, "any"), { p: pixelsOf(variant) }),
    ].join("\n"),
  groups(params, variant) {
    const channels = params.inChannels * params.multiplier / variant.vector;
    const strips = ceilDivide(params.outWidth, pixelsOf(variant));
    const lines = isUnrolled(variant) ? params.linesPerThread : 1;
    return [
      ceilDivide(channels * strips, workgroup[0]),
      groupsAtMost(
        params.batch * ceilDivide(params.outHeight, lines),
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
      linesPerThread: 1,
    },
    variant: {
      activation: "relu",
      vector: 1,
      windowHeight: 3,
      windowWidth: 3,
      strideHeight: 2,
      strideWidth: 2,
    },
    reads: [
      Float32Array.from({ length: 3 * 5 }, (_, i) => Math.cos(i)),
      Float32Array.from({ length: 9 * 2 }, (_, i) => Math.sin(i)),
      new Float32Array([0.5, -0.5]),
    ],
    writes: [new Float32Array(2 * 3 * 3)],
  }),
};

function isUnrolled({ windowHeight }: DepthwiseConv2dVariant): boolean {
  return windowHeight > 0;
}

/** Lines of x that a row of y needs and the one before it does not. */
function newLines(
  { windowHeight, strideHeight }: DepthwiseConv2dVariant,
): number {
  return Math.min(windowHeight, strideHeight);
}

/** Windows of a column that have begun and not ended when a row of y is done. */
function openWindows(
  { windowHeight, strideHeight }: DepthwiseConv2dVariant,
): number {
  return ceilDivide(windowHeight, strideHeight) - 1;
}

function walkingSource(variant: DepthwiseConv2dVariant): string {
  const { windowHeight, windowWidth, strideWidth } = variant;
  const pixels = pixelsOf(variant);
  const open = openWindows(variant);
  const text = unroll(blockOf(source, "walking"), {
    c: (pixels - 1) * strideWidth + windowWidth,
    i: newLines(variant),
    k: windowHeight,
    l: windowWidth,
    o: open,
    p: pixels,
  });
  const sums: string[] = [];
  const handedOn: string[] = [];
  for (let window = 0; window <= open; window++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const from = window < open ? `open${window}_${pixel}` : "start";
      const terms = termsOf(variant, { window, pixel });
      sums.push(`let sum${window}_${pixel} = ${[from, ...terms].join(" + ")};`);
      if (window === 0) continue;
      handedOn.push(`open${window - 1}_${pixel} = sum${window}_${pixel};`);
    }
  }
  return text.replace("//@sums", sums.join("\n"))
    .replace("//@handed on", handedOn.join("\n"));
}

/** What the new lines add to a window that ends `window` rows of y later. */
function termsOf(
  variant: DepthwiseConv2dVariant,
  { window, pixel }: { readonly window: number; readonly pixel: number },
): string[] {
  const { windowHeight, windowWidth, strideHeight, strideWidth } = variant;
  const lines = newLines(variant);
  const terms: string[] = [];
  for (let line = 0; line < lines; line++) {
    const row = windowHeight - lines + line - window * strideHeight;
    for (let column = 0; row >= 0 && column < windowWidth; column++) {
      const at = pixel * strideWidth + column;
      terms.push(`x${line}_${at} * weight${row}_${column}`);
    }
  }
  return terms;
}
