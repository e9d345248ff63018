/**
 * TensorFlow's window and resize geometry, resolved to plain numbers here and
 * nowhere else: kernels never hear of SAME or VALID.
 *
 * @module
 */

/** Height and width, in pixels. */
export interface Size {
  /** Rows, in pixels. */
  readonly height: number;
  /** Columns, in pixels. */
  readonly width: number;
}

/** Rows and columns added around an image. */
export interface Pads {
  /** Rows above the first. */
  readonly top: number;
  /** Rows below the last. */
  readonly bottom: number;
  /** Columns before the first. */
  readonly left: number;
  /** Columns after the last. */
  readonly right: number;
}

/** How a window moves over an image; all sizes in pixels. */
export interface WindowGeometry {
  /** Size of the window, before it is dilated. */
  readonly window: Size;
  /** Steps from one window to the next. */
  readonly strides: Size;
  /** Steps from one pixel of a window to its next. */
  readonly dilations: Size;
}

/** TensorFlow's `padding` attribute; explicit pads are already resolved. */
export type Padding = "SAME" | "VALID" | Pads;

/**
 * The pads TensorFlow means.
 *
 * SAME gives `ceil(input / stride)` outputs, and where the sum of the pads is
 * odd the extra one goes to the bottom and the right (TensorFlow's
 * `GetWindowedOutputSizeVerbose`).
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { resolvePads } from "./geometry.ts";
 * const two = { height: 2, width: 2 };
 * const pads = resolvePads({ height: 224, width: 224 }, "SAME", {
 *   window: { height: 3, width: 3 },
 *   strides: two,
 *   dilations: { height: 1, width: 1 },
 * });
 * deepStrictEqual(pads, { top: 0, bottom: 1, left: 0, right: 1 });
 * ```
 */
export function resolvePads(
  input: Size,
  padding: Padding,
  geometry: WindowGeometry,
): Pads {
  if (padding === "VALID") return { top: 0, bottom: 0, left: 0, right: 0 };
  if (padding !== "SAME") return padding;
  const { window, strides, dilations } = geometry;
  const vertical = samePads(
    input.height,
    extent(window.height, dilations.height),
    strides.height,
  );
  const horizontal = samePads(
    input.width,
    extent(window.width, dilations.width),
    strides.width,
  );
  return {
    top: vertical.before,
    bottom: vertical.after,
    left: horizontal.before,
    right: horizontal.after,
  };
}

/**
 * Height and width of what a window makes of an image, with resolved pads.
 * Not positive where the window does not fit.
 */
export function windowedSize(
  input: Size,
  pads: Pads,
  geometry: WindowGeometry,
): Size {
  const { window, strides, dilations } = geometry;
  const height = input.height + pads.top + pads.bottom -
    extent(window.height, dilations.height);
  const width = input.width + pads.left + pads.right -
    extent(window.width, dilations.width);
  return {
    height: Math.floor(height / strides.height) + 1,
    width: Math.floor(width / strides.width) + 1,
  };
}

/** Pixels from a window's first to its last, both included. */
function extent(window: number, dilation: number): number {
  return (window - 1) * dilation + 1;
}

function samePads(
  input: number,
  window: number,
  stride: number,
): { before: number; after: number } {
  const outputs = Math.ceil(input / stride);
  const total = Math.max(0, (outputs - 1) * stride + window - input);
  const before = Math.floor(total / 2);
  return { before, after: total - before };
}

/** The flags of TensorFlow's ResizeBilinear; both false is TensorFlow 1's way. */
export interface ResizeFlags {
  /** Corner pixels' centers coincide: the scale is `(in - 1) / (out - 1)`. */
  readonly alignCorners: boolean;
  /** Pixels are areas: the source of `x` is `(x + 0.5) * scale - 0.5`. */
  readonly halfPixelCenters: boolean;
}

/** Input pixels a step of one output pixel moves by (`CalculateResizeScale`), in f32. */
export function resizeScale(
  input: number,
  output: number,
  flags: ResizeFlags,
): number {
  return flags.alignCorners && output > 1
    ? Math.fround((input - 1) / (output - 1))
    : Math.fround(input / output);
}

/** The two source pixels of an output pixel and the weight of the upper one. */
export interface BilinearSource {
  /** Index of the pixel at or before the position. */
  readonly lower: number;
  /** Index of the pixel after it; the last one at the edge. */
  readonly upper: number;
  /** 0 takes all of `lower`, 1 all of `upper`. */
  readonly weight: number;
}

/**
 * Where output pixel `index` of `output` comes from along one axis of `input`
 * pixels (`compute_interpolation_weights` of TensorFlow, in f32 as there).
 */
export function bilinearSource(
  index: number,
  sizes: { readonly input: number; readonly output: number } & ResizeFlags,
): BilinearSource {
  const scale = resizeScale(sizes.input, sizes.output, sizes);
  const position = sizes.halfPixelCenters
    ? Math.fround(Math.fround(Math.fround(index + 0.5) * scale) - 0.5)
    : Math.fround(index * scale);
  const floor = Math.floor(position);
  return {
    lower: Math.max(floor, 0),
    upper: Math.min(Math.ceil(position), sizes.input - 1),
    weight: Math.fround(position - floor),
  };
}
