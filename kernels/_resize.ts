/** The flags of TensorFlow's ResizeBilinear; both false is TensorFlow 1's way. */
export interface ResizeRules {
  /** Pixels are areas: the source of `x` is `(x + 0.5) * scale - 0.5`. */
  readonly halfPixelCenters: boolean;
  /** Corner pixels' centers coincide: the scale is `(in - 1) / (out - 1)`. */
  readonly alignCorners: boolean;
}

/**
 * Input pixels per output pixel along one axis, in float32 as TensorFlow
 * computes it (`CalculateResizeScale`).
 */
export function resizeScale(
  { inSize, outSize }: { readonly inSize: number; readonly outSize: number },
  { alignCorners }: Pick<ResizeRules, "alignCorners">,
): number {
  return alignCorners && outSize > 1
    ? Math.fround((inSize - 1) / (outSize - 1))
    : Math.fround(inSize / outSize);
}

/** Input pixels between which an output pixel lies, and where, as `_resize.wgsl`. */
export function interpolation(
  index: number,
  { scale, size, halfPixelCenters }: {
    readonly scale: number;
    readonly size: number;
    readonly halfPixelCenters: boolean;
  },
): { lower: number; upper: number; lerp: number } {
  const { fround, floor, ceil, max, min } = Math;
  const position = halfPixelCenters
    ? fround(fround((index + 0.5) * scale) - 0.5)
    : fround(index * scale);
  const below = floor(position);
  const upper = min(max(ceil(position), 0), size - 1);
  const lower = min(max(below, 0), upper);
  return { lower, upper, lerp: fround(position - below) };
}

/** `a + (b - a) * lerp`, each step rounded to float32. */
export function mix([a, b]: readonly number[], lerp: number): number {
  return Math.fround(a + Math.fround(Math.fround(b - a) * lerp));
}
