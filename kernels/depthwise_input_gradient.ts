/**
 * The gradient of a depthwise convolution's input.
 *
 * @module
 */
import { canWalk, fewLines, linesWalked } from "./depthwise_conv2d.ts";
import source from "./depthwise_input_gradient.wgsl" with { type: "text" };
import {
  ceilDivide,
  type Kernel,
  linearGroups,
  linearIndex,
  linearWorkgroup,
  type ParamsOf,
} from "./kernel.ts";
import { blockOf, unroll } from "./unroll.ts";
import {
  elementAlias,
  elementOf,
  groupsAtMost,
  type VectorWidth,
  vectorWidth,
} from "./vector.ts";
import {
  convolutionCost,
  forEachTap,
  inputPixels,
  type WindowChannels,
  windowExample,
  windowParams,
} from "./window.ts";

/** A depthwise convolution as fields of a uniform struct. */
export const depthwiseParams = {
  ...windowParams,
  inChannels: "u32",
  /** Filters of each channel: output channel `c * multiplier + m`. */
  multiplier: "u32",
} as const;

export type DepthwiseShape = ParamsOf<typeof depthwiseParams>;

const params = {
  ...depthwiseParams,
  /** Rows of cells that a thread computes, where windows are unrolled. */
  linesPerThread: "u32",
} as const;

export type DepthwiseInputGradientVariant = {
  strideHeight: number;
  strideWidth: number;
  /** Rows of a window that is unrolled, 0 for the text that serves all. */
  windowHeight: number;
  /** Its columns, or 0. */
  windowWidth: number;
  /** 4 needs `multiplier` 1 and channels in fours. */
  vector: VectorWidth;
};

/** Pixels of a line that a thread computes where windows are not unrolled, at most. */
const cellsPerThread = 16;

/** The widest vectors that a shape allows. */
export function depthwiseVector(
  { inChannels, multiplier }: DepthwiseShape,
): VectorWidth {
  return multiplier === 1 ? vectorWidth(inChannels) : 1;
}

/** Channels on either side, and filters of each that is put in. */
export function depthwiseChannels(
  { inChannels, multiplier }: Pick<DepthwiseShape, "inChannels" | "multiplier">,
): WindowChannels & { readonly filters: number } {
  return {
    inChannels,
    outChannels: inChannels * multiplier,
    filters: multiplier,
  };
}

/** Parameters and variant for a shape; `texels` are for software adapters. */
export function depthwiseInputGradientCall(
  shape: DepthwiseShape,
  { texels = false }: { readonly texels?: boolean } = {},
): {
  params: ParamsOf<typeof params>;
  variant: DepthwiseInputGradientVariant;
} {
  const { strideHeight, strideWidth } = shape;
  const isUnrolled = shape.multiplier === 1 && canWalk(shape, { texels });
  const variant = {
    strideHeight,
    strideWidth,
    windowHeight: isUnrolled ? shape.windowHeight : 0,
    windowWidth: isUnrolled ? shape.windowWidth : 0,
    vector: depthwiseVector(shape),
  };
  const columns = shape.inChannels / variant.vector * shape.batch *
    stripsOf(shape, variant);
  const linesPerThread = texels
    ? linesWalked(cellRows(shape), columns)
    : fewLines;
  return { params: { ...shape, linesPerThread }, variant };
}

/** Rows of dx that meet the same lines of dy, those of the pad among them. */
function cellRows(shape: DepthwiseShape): number {
  return ceilDivide(shape.inHeight + shape.padTop, shape.strideHeight);
}

/** Threads along a line for each channel where windows are unrolled. */
function stripsOf(
  { inWidth, padLeft, strideWidth }: DepthwiseShape,
  variant: DepthwiseInputGradientVariant,
): number {
  return ceilDivide(inWidth + padLeft, strideWidth * cellsOf(variant));
}

/** Cells beside each other that a thread owns; more save loads, and cost compiling. */
function cellsOf(
  { windowHeight, windowWidth, strideWidth }: DepthwiseInputGradientVariant,
): number {
  if (strideWidth > 2) return 1;
  return windowHeight * windowWidth > 9 || strideWidth > 1 ? 2 : 4;
}

/**
 * dX of `Y = depthwise(X, weights)`. dy: `(batch, outHeight, outWidth,
 * inChannels * multiplier)`, weights: `(windowHeight, windowWidth, inChannels,
 * multiplier)`, dx: `(batch, inHeight, inWidth, inChannels)`.
 */
export const depthwiseInputGradient: Kernel<
  typeof params,
  DepthwiseInputGradientVariant
> = {
  name: "depthwise_input_gradient",
  params,
  reads({ vector }) {
    const type = elementOf(vector);
    return { dy: type, weights: type };
  },
  writes: ({ vector }) => ({ dx: elementOf(vector) }),
  texelBindings: () => ["dy", "weights", "dx"],
  workgroup: ({ windowHeight }) =>
    windowHeight > 0 ? walkingWorkgroup : linearWorkgroup,
  constants: (variant) => ({
    VECTOR: variant.vector,
    STRIDE_HEIGHT: variant.strideHeight,
    STRIDE_WIDTH: variant.strideWidth,
    ...variant.windowHeight > 0
      ? {
        CELLS: cellsOf(variant),
        ABOVE: before(variant.windowHeight, variant.strideHeight),
        BEHIND: before(variant.windowWidth, variant.strideWidth),
      }
      : { CELLS: cellsPerThread },
  }),
  source: (variant) =>
    [
      elementAlias(variant.vector),
      linearIndex,
      blockOf(source),
      variant.windowHeight > 0
        ? walkingSource(variant)
        : blockOf(source, "any"),
    ].join("\n"),
  groups(params, variant) {
    const channels = params.inChannels / variant.vector;
    if (variant.windowHeight > 0) {
      const [x, y] = walkingWorkgroup;
      const tiles = ceilDivide(cellRows(params), params.linesPerThread);
      return [
        ceilDivide(channels * stripsOf(params, variant), x),
        groupsAtMost(params.batch * tiles, y),
        1,
      ];
    }
    const cells = ceilDivide(params.inWidth, params.strideWidth);
    const strips = ceilDivide(cells, cellsPerThread) * params.strideWidth;
    return linearGroups(params.batch * params.inHeight * strips * channels);
  },
  cost: (shape) => convolutionCost(shape, depthwiseChannels(shape)),
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
    params: { ...depthwiseExample, multiplier: 1, linesPerThread: 1 },
    variant: {
      strideHeight: 2,
      strideWidth: 2,
      windowHeight: 3,
      windowWidth: 3,
      vector: 1,
    },
    reads: [
      Float32Array.from({ length: 2 * 3 * 2 }, (_, i) => Math.cos(i)),
      Float32Array.from({ length: 9 * 2 }, (_, i) => Math.sin(i)),
    ],
    writes: [new Float32Array(3 * 5 * 2)],
  }),
};

/** Threads along a line and along lines where they walk. */
const walkingWorkgroup = [32, 2, 1] as const;

/** Lines of dy that a row meets, or columns that a column meets, beside the one of its cell. */
function before(window: number, stride: number): number {
  return Math.floor((window - 1) / stride);
}

function walkingSource(variant: DepthwiseInputGradientVariant): string {
  const { windowHeight, windowWidth, strideHeight, strideWidth } = variant;
  const cells = cellsOf(variant);
  const columns = cells * strideWidth;
  const open = Math.max(0, windowHeight - strideHeight);
  const text = unroll(blockOf(source, "walking"), {
    c: columns,
    d: cells + before(windowWidth, strideWidth),
    k: windowHeight,
    l: windowWidth,
    o: open,
    s: strideHeight,
  });
  const sums: string[] = [];
  const handedOn: string[] = [];
  for (let row = 0; row < Math.max(windowHeight, strideHeight); row++) {
    for (let column = 0; column < columns; column++) {
      const terms = [
        row < open ? `open${row}_${column}` : "element(0.0)",
        ...row < windowHeight ? termsOf(variant, { row, column }) : [],
      ];
      sums.push(`let sum${row}_${column} = ${terms.join(" + ")};`);
      if (row < strideHeight) continue;
      handedOn.push(
        `open${row - strideHeight}_${column} = sum${row}_${column};`,
      );
    }
  }
  return text.replace("//@sums", sums.join("\n"))
    .replace("//@handed on", handedOn.join("\n"));
}

/** What a line of dy adds to a column of the row that is `row` below the first of its cell. */
function termsOf(
  { windowWidth, strideWidth }: DepthwiseInputGradientVariant,
  { row, column }: { readonly row: number; readonly column: number },
): string[] {
  const terms: string[] = [];
  for (let tap = column % strideWidth; tap < windowWidth; tap += strideWidth) {
    const slope = (column - tap) / strideWidth +
      before(windowWidth, strideWidth);
    terms.push(`dy${slope} * weight${row}_${tap}`);
  }
  return terms;
}

export const depthwiseExample: DepthwiseShape = {
  ...windowExample,
  inChannels: 2,
  multiplier: 2,
};
