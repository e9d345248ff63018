/**
 * Long sums in parts: enough threads for a GPU, a fixed order, and short chains
 * of additions, whose error grows with their length.
 *
 * @module
 */
import { ceilDivide, linearGroups } from "./kernel.ts";
import type { VectorWidth } from "./vector.ts";

/** A sum over `count` terms in `splits` parts of `perSplit`; the last may be shorter. */
export interface Splits {
  readonly splits: number;
  readonly perSplit: number;
}

/** Threads that keep a GPU busy. */
const threadsOfGpu = 8192;

/** Threads that keep the cores of a software adapter busy: more parts are more to add up. */
const threadsOfSoftware = 2048;

/** Values that the partial sums of one kernel may take: 64 MiB. */
const maxPartials = 2 ** 24;

/**
 * How to split a sum over `count` terms that `threads` threads do side by side
 * and that leaves `values` values a part. A part has at least `min` terms, so
 * that it costs more than adding it to the others.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "@std/assert";
 * const sizes = { threads: 128, values: 512, min: 64 };
 * deepStrictEqual(splitSum(50_000, sizes), { splits: 64, perSplit: 782 });
 * deepStrictEqual(splitSum(50, sizes), { splits: 1, perSplit: 50 });
 * ```
 */
export function splitSum(
  count: number,
  { threads, values, min, texels = false }: {
    readonly threads: number;
    readonly values: number;
    readonly min: number;
    /** Whether this is for a software adapter, which reads texels [false]. */
    readonly texels?: boolean;
  },
): Splits {
  const most = Math.min(
    Math.floor(count / min),
    Math.floor(maxPartials / values),
    ceilDivide(texels ? threadsOfSoftware : threadsOfGpu, threads),
  );
  const perSplit = ceilDivide(count, Math.max(1, most));
  return { splits: ceilDivide(count, perSplit), perSplit };
}

/** Workgroups of kernels whose threads each have a channel, or four, of the rows of a part. */
export function splitGroups(
  { rows, channels, rowsPerSplit }: {
    readonly rows: number;
    readonly channels: number;
    readonly rowsPerSplit: number;
  },
  vector: VectorWidth,
): readonly [number, number, number] {
  return linearGroups(ceilDivide(rows, rowsPerSplit) * channels / vector);
}
