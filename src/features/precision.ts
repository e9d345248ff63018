/**
 * What weights in f16 do to features: measured, on pictures that are there anyway.
 *
 * @module
 */
import { openSession } from "../gpu/mod.ts";
import type { RgbImage } from "../image/mod.ts";
import { type ExtractorOptions, openExtractor } from "./extractor.ts";
import type { FeatureModel } from "./model.ts";

/** How far rows of numbers are from others. */
export interface RowDifference {
  /** Cosine of the angle between a row and its other, the least of all. */
  readonly cosine: number;
  /** The largest difference, as a share of the largest number. */
  readonly relative: number;
}

/**
 * How far rows are from exact ones.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "@std/assert";
 * const exact = [Float32Array.of(4, 0)];
 * deepStrictEqual(
 *   differenceOf([Float32Array.of(5, 0)], exact),
 *   { cosine: 1, relative: 0.25 },
 * );
 * ```
 */
export function differenceOf(
  rows: readonly Float32Array[],
  exact: readonly Float32Array[],
): RowDifference {
  let cosine = 1;
  let [largest, most] = [0, 0];
  for (const [at, row] of rows.entries()) {
    let [product, own, other] = [0, 0, 0];
    for (const [index, value] of row.entries()) {
      const wanted = exact[at][index];
      product += value * wanted;
      own += value ** 2;
      other += wanted ** 2;
      largest = Math.max(largest, Math.abs(value - wanted));
      most = Math.max(most, Math.abs(wanted));
    }
    // Rows of zeros have no angle between them.
    if (own * other > 0) {
      cosine = Math.min(cosine, product / Math.sqrt(own * other));
    }
  }
  return { cosine, relative: most === 0 ? largest : largest / most };
}

/**
 * How far rows of pictures are from those that weights in f32 give, which are
 * computed on a session of their own, so that nothing of them stays.
 */
export async function differenceFromFull(
  model: FeatureModel,
  { images, rows, ...options }: ExtractorOptions & {
    readonly images: readonly RgbImage[];
    readonly rows: readonly Float32Array[];
  },
): Promise<RowDifference> {
  const session = await openSession();
  try {
    const full = { ...model, precision: "f32" } as const;
    const extractor = await openExtractor(session, full, options);
    return differenceOf(rows, await extractor.run(images));
  } finally {
    await session.close();
  }
}

/** The difference in a few words. */
export function differenceText({ cosine, relative }: RowDifference): string {
  return `cosine ${cosine.toFixed(6)} at least, ${
    (100 * relative).toPrecision(2)
  } % of the largest value at most`;
}
