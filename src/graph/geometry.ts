/**
 * TensorFlow's window geometry, resolved to plain numbers here and
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

/** PyTorch's `ceil_mode`: pads so wide below and on the right that the last window that begins inside fits. */
export function ceilPads(
  image: Size,
  pads: Pads,
  geometry: WindowGeometry,
): Pads {
  const { window, strides } = geometry;
  const more = (
    [size, before, after]: readonly [number, number, number],
    [extent, stride]: readonly [number, number],
  ) => {
    const last = Math.ceil((size + before + after - extent) / stride) * stride;
    // A window must begin inside the image or its padding before it.
    const start = last >= size + before ? last - stride : last;
    return Math.max(after, start + extent - size - before);
  };
  return {
    ...pads,
    bottom: more([image.height, pads.top, pads.bottom], [
      window.height,
      strides.height,
    ]),
    right: more([image.width, pads.left, pads.right], [
      window.width,
      strides.width,
    ]),
  };
}

/** PyTorch's adaptive pools: where each of `count` windows over so many pixels starts and ends. */
export function adaptiveSpans(
  pixels: number,
  count: number,
): (readonly [start: number, end: number])[] {
  return Array.from({ length: count }, (_, at) => [
    Math.floor(at * pixels / count),
    Math.ceil((at + 1) * pixels / count),
  ]);
}
