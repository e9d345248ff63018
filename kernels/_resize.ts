import { ceilDivide } from "./kernel.ts";

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
function mix([a, b]: readonly number[], lerp: number): number {
  return Math.fround(a + Math.fround(Math.fround(b - a) * lerp));
}

/** Threads along width and height. */
export const resizeWorkgroup = [8, 8, 1] as const;

export function resizeGroups(
  images: number,
  { outHeight, outWidth }: Readonly<Record<"outHeight" | "outWidth", number>>,
): readonly [number, number, number] {
  const [x, y] = resizeWorkgroup;
  return [ceilDivide(outWidth, x), ceilDivide(outHeight, y), images];
}

/** Resizes an image of `channels` values a pixel, and hands each value to `store`; `scale` is in input pixels per output pixel. */
export function resizeReference(
  image: ArrayLike<number>,
  { rows, columns, channels, outHeight, outWidth, ...options }: {
    readonly rows: { readonly size: number; readonly scale: number };
    readonly columns: { readonly size: number; readonly scale: number };
    readonly channels: number;
    readonly outHeight: number;
    readonly outWidth: number;
    readonly halfPixelCenters: boolean;
    store(value: number, pixel: number, channel: number): void;
  },
): void {
  const { halfPixelCenters, store } = options;
  for (let i = 0; i < outHeight; i++) {
    const down = interpolation(i, { ...rows, halfPixelCenters });
    for (let j = 0; j < outWidth; j++) {
      const across = interpolation(j, { ...columns, halfPixelCenters });
      for (let c = 0; c < channels; c++) {
        const [above, below] = [down.lower, down.upper].map((line) =>
          mix([
            image[(line * columns.size + across.lower) * channels + c],
            image[(line * columns.size + across.upper) * channels + c],
          ], across.lerp)
        );
        store(mix([above, below], down.lerp), i * outWidth + j, c);
      }
    }
  }
}
