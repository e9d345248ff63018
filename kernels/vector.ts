/**
 * Kernels that work on one channel or on four neighbouring ones at once.
 *
 * @module
 */
import { ceilDivide, maxGroupsPerDimension } from "./kernel.ts";
import type { ElementType } from "./texels.ts";

/** Channels that one load or store moves. */
export type VectorWidth = 1 | 4;

/**
 * 4 if every one of these counts and offsets of channels is a multiple of 4,
 * else 1.
 *
 * @example
 * ```ts
 * import { strictEqual } from "@std/assert";
 * strictEqual(vectorWidth(64, 256, 32), 4);
 * strictEqual(vectorWidth(64, 256, 30), 1);
 * ```
 */
export function vectorWidth(...channels: readonly number[]): VectorWidth {
  return channels.every((count) => count % 4 === 0) ? 4 : 1;
}

/** The element type of a buffer read or written by `vector` channels at once; fours can be `texels`. */
export function elementOf(
  vector: VectorWidth,
  { texels = false }: { readonly texels?: boolean | undefined } = {},
): ElementType {
  if (vector === 1) return "f32";
  return texels ? "texels" : "vec4f";
}

/**
 * `withTexels` of kernels that can write y as texels where they store fours,
 * and choose by themselves how they read.
 */
export function withTexelStores<
  V extends { readonly vector: VectorWidth; readonly texelStores?: boolean },
>(variant: V, bindings: readonly string[]): V | undefined {
  return variant.vector === 4 && bindings.every((name) => name === "y")
    ? { ...variant, texelStores: true }
    : undefined;
}

/** Where kernels write that may write a range of the channels of a tensor. */
export const destinationParams = {
  /** Channels of a pixel of the destination. */
  yStride: "u32",
  /** The first of its channels that is written. */
  yOffset: "u32",
} as const;

/** The line that tells a kernel's text what an `element` is. */
export function elementAlias(vector: VectorWidth): string {
  return `alias element = ${elementOf(vector)};\n`;
}

/** Threads along channels and rows of the kernels that go row by row. */
export const rowWorkgroup = [8, 8, 1] as const;

/**
 * Rows one thread handles, so that what it loads for its channels is loaded
 * once and not for each row.
 */
const rowsPerThread = 8;

/**
 * Workgroups that cover `channels` elements of `rows` rows; threads stride
 * over rows until none is left, so that any number of rows is covered.
 */
export function rowGroups(
  channels: number,
  rows: number,
): readonly [number, number, number] {
  return [
    Math.max(1, ceilDivide(channels, rowWorkgroup[0])),
    groupsAtMost(rows, rowWorkgroup[1] * rowsPerThread),
    1,
  ];
}

/** Workgroups for `count` things by `each`, capped: threads stride over the rest. */
export function groupsAtMost(count: number, each: number): number {
  return Math.max(1, Math.min(maxGroupsPerDimension, ceilDivide(count, each)));
}
