/**
 * The gradient of a convolution's input.
 *
 * @module
 */
import source from "./conv2d_input_gradient.wgsl" with { type: "text" };
import type { Conv2dShape } from "./conv2d.ts";
import {
  ceilDivide,
  type Kernel,
  linearGroups,
  type ParamsOf,
} from "./kernel.ts";
import type { PlacesWithin } from "./filter_tiles.ts";
import { phaseLength } from "./interleave.ts";
import { blockOf, unroll } from "./unroll.ts";
import { elementOf, type VectorWidth, vectorWidth } from "./vector.ts";
import {
  convolutionCost,
  forEachTap,
  inputPixels,
  windowExample,
  windowParams,
} from "./window.ts";

/** A convolution as fields of a uniform struct. */
export const convolutionParams = {
  ...windowParams,
  inChannels: "u32",
  outChannels: "u32",
} as const;

export type ConvolutionShape = ParamsOf<typeof convolutionParams>;

export type Conv2dInputGradientVariant = {
  /** Output channels per load: 4 needs their count in fours. */
  loads: VectorWidth;
  /** Input channels of one thread. */
  columns: 4 | 16;
};

/** Input pixels of one thread: as in `conv2d`, more are spilled. */
const rowsPerThread = 8;

const workgroup = [8, 4, 1] as const;

/** WGSL of the element that this and the filter's gradient load so many channels of, and what they do with it. */
export function gradientLoads(loads: VectorWidth): string {
  return blockOf(source, loads === 4 ? "vector_loads" : "scalar_loads");
}

/** The fastest variant that a shape allows. */
export function conv2dInputGradientVariant(
  shape: ConvolutionShape,
): Conv2dInputGradientVariant {
  return {
    loads: vectorWidth(shape.outChannels),
    columns: shape.inChannels <= 4 ? 4 : 16,
  };
}

/**
 * Without strides, the gradient of the input is itself a convolution: of the
 * slopes, with the filter turned around and its channels exchanged (`packFilter`
 * with `places`). Its shape, or undefined where there are strides or more padding
 * than a window's length.
 */
export function mirroredConvolution(
  shape: ConvolutionShape,
): Conv2dShape | undefined {
  const { dilationHeight, dilationWidth, windowHeight, windowWidth } = shape;
  const padTop = (windowHeight - 1) * dilationHeight - shape.padTop;
  const padLeft = (windowWidth - 1) * dilationWidth - shape.padLeft;
  if (shape.strideHeight !== 1 || shape.strideWidth !== 1) return undefined;
  if (padTop < 0 || padLeft < 0) return undefined;
  return {
    inHeight: shape.outHeight,
    inWidth: shape.outWidth,
    inChannels: shape.outChannels,
    outHeight: shape.inHeight,
    outWidth: shape.inWidth,
    outChannels: shape.inChannels,
    windowHeight,
    windowWidth,
    strideHeight: 1,
    strideWidth: 1,
    dilationHeight,
    dilationWidth,
    padTop,
    padLeft,
    yStride: shape.inChannels,
    yOffset: 0,
  };
}

/** The gradient of the input's pixels of one phase, as `interleave` has them. */
export interface PhaseConvolution {
  /** What rows and columns of these pixels leave by the strides, `row_column`. */
  readonly name: string;
  /** Of the slopes, with the filter's places of the phase turned around. */
  readonly shape: Conv2dShape;
  /** Where these places are in the filter. */
  readonly within: PlacesWithin;
}

/**
 * With strides of 2, pixels that leave the same remainder by them meet the same
 * places of the window: their gradient is a convolution with these alone. A phase
 * that meets none has a gradient of 0 and is left out; undefined for other
 * strides, dilations, or more padding than a phase's window has.
 */
export function phaseConvolutions(
  shape: ConvolutionShape,
): readonly PhaseConvolution[] | undefined {
  const { strideHeight, strideWidth, windowHeight, windowWidth } = shape;
  const isDense = shape.dilationHeight === 1 && shape.dilationWidth === 1;
  if (!isDense || Math.max(strideHeight, strideWidth) !== 2) return undefined;
  const rows = phasesOf(shape.inHeight, {
    ...{ stride: strideHeight, window: windowHeight, pad: shape.padTop },
  });
  const columns = phasesOf(shape.inWidth, {
    ...{ stride: strideWidth, window: windowWidth, pad: shape.padLeft },
  });
  if (!rows || !columns) return undefined;
  return rows.flatMap((row) =>
    columns.map((column) => ({
      name: `${row.phase}_${column.phase}`,
      shape: {
        ...unmoved,
        inHeight: shape.outHeight,
        inWidth: shape.outWidth,
        inChannels: shape.outChannels,
        outHeight: row.length,
        outWidth: column.length,
        outChannels: shape.inChannels,
        windowHeight: row.places,
        windowWidth: column.places,
        padTop: row.pad,
        padLeft: column.pad,
        yStride: shape.inChannels,
      },
      within: {
        first: row.first * windowWidth + column.first,
        perLine: column.places,
        step: strideWidth,
        lineStep: strideHeight * windowWidth,
      },
    }))
  );
}

const unmoved = {
  ...{ strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1 },
  yOffset: 0,
} as const;

/** The phases along an axis of so many pixels that meet a place of the window. */
function phasesOf(
  size: number,
  { stride, window, pad }: { stride: number; window: number; pad: number },
) {
  const phases = Array.from({ length: stride }, (_, phase) => {
    const first = (phase + pad) % stride;
    const places = phaseLength(window, { phase: first, stride });
    const length = phaseLength(size, { phase, stride });
    // What the first output that a pixel meets is ahead of its cell.
    const ahead = (phase + pad - first) / stride;
    return { phase, first, places, length, pad: places - 1 - ahead };
  }).filter(({ places, length }) => places > 0 && length > 0);
  return phases.every(({ pad }) => pad >= 0) ? phases : undefined;
}

/**
 * dX of `Y = conv2d(X, w)`. dy: `(batch, outHeight, outWidth,
 * outChannels)`, w: `(windowHeight, windowWidth, inChannels, outChannels)`
 * as TensorFlow stores it, dx: `(batch, inHeight, inWidth, inChannels)`.
 */
export const conv2dInputGradient: Kernel<
  typeof convolutionParams,
  Conv2dInputGradientVariant
> = {
  name: "conv2d_input_gradient",
  params: convolutionParams,
  reads: ({ loads }) => ({ dy: elementOf(loads), w: elementOf(loads) }),
  writes: () => ({ dx: "f32" }),
  texelBindings: () => ["dy", "w"],
  workgroup: () => workgroup,
  constants: ({ loads, columns }) => ({
    ROWS: rowsPerThread,
    COLUMNS: columns,
    CHANNELS_PER_LOAD: loads,
  }),
  source: ({ loads, columns }) =>
    gradientLoads(loads) +
    unroll(blockOf(source), {
      r: rowsPerThread,
      q: columns / 4,
      k: 4,
    }),
  groups(shape, { columns }) {
    const { strideHeight, strideWidth } = shape;
    const cells = shape.batch * ceilDivide(shape.inHeight, strideHeight) *
      ceilDivide(shape.inWidth, strideWidth);
    const [x, z] = linearGroups(cells, rowsPerThread * workgroup[0]);
    return [
      x,
      ceilDivide(ceilDivide(shape.inChannels, columns), workgroup[1]),
      z * strideHeight * strideWidth,
    ];
  },
  cost: (shape) =>
    convolutionCost(shape, { ...shape, filters: shape.outChannels }),
  reference({ params, reads: [dy, w], writes: [dx] }) {
    const { inChannels, outChannels } = params;
    const sums = new Float64Array(inputPixels(params) * inChannels);
    forEachTap(params, ({ input, output, place }) => {
      for (let c = 0; c < inChannels; c++) {
        const weight = (place * inChannels + c) * outChannels;
        for (let k = 0; k < outChannels; k++) {
          sums[input * inChannels + c] += dy[output * outChannels + k] *
            w[weight + k];
        }
      }
    });
    dx.set(sums);
  },
  example: () => ({
    params: convolutionExample,
    variant: { loads: 4, columns: 4 },
    reads: [
      Float32Array.from({ length: 2 * 3 * 4 }, (_, i) => Math.cos(i)),
      Float32Array.from({ length: 9 * 3 * 4 }, (_, i) => Math.sin(i)),
    ],
    writes: [new Float32Array(3 * 5 * 3)],
  }),
};

export const convolutionExample: ConvolutionShape = {
  ...windowExample,
  inChannels: 3,
  outChannels: 4,
};
