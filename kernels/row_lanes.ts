/**
 * Kernels in which neighbouring threads share a row, and add up what they have
 * found in an order that is always the same.
 *
 * @module
 */
import { ceilDivide, linearGroups } from "./kernel.ts";
import source from "./row_lanes.wgsl" with { type: "text" };
import { elementAlias, type VectorWidth, vectorWidth } from "./vector.ts";

/** Threads that share a row: a power of two. */
export type Lanes = 8 | 16 | 32 | 64 | 256;

/** Elements that a thread has of a row, at least, where it could be fewer threads. */
const minElements = 3;

/** From so many elements of a row on, a chain of additions would be too long for 64 threads. */
const longRow = 4096;

/** What the variants of these kernels have. */
export type RowVariant = {
  /** 4 needs columns in fours. */
  vector: VectorWidth;
  /** Threads that share a row. */
  lanes: Lanes;
  /** Threads of a workgroup, which has several rows where they are short. */
  threads: 16 | 64 | 256;
};

/**
 * The variant for rows of so many values; their length alone decides, so that a
 * batch changes no sum. Software has the lanes of its vectors and no more: a
 * workgroup of 64 threads takes it up to four times as long.
 */
export function rowVariant(
  columns: number,
  { isSoftware }: { readonly isSoftware: boolean },
): RowVariant {
  const vector = vectorWidth(columns);
  const elements = columns / vector;
  if (elements >= longRow) return { vector, lanes: 256, threads: 256 };
  if (isSoftware) return { vector, lanes: 8, threads: 16 };
  const most = elements / minElements;
  const lanes = most >= 64 ? 64 : most >= 32 ? 32 : most >= 16 ? 16 : 8;
  return { vector, lanes, threads: 64 };
}

export function rowWorkgroupOf(
  { threads }: RowVariant,
): readonly [number, number, number] {
  return [threads, 1, 1];
}

/** Workgroups for so many rows. */
export function rowGroupsOf(
  rows: number,
  variant: RowVariant,
): readonly [number, number, number] {
  return linearGroups(ceilDivide(rows, variant.threads / variant.lanes), 1);
}

/** Constants of these kernels' WGSL. */
export function rowConstants(
  { vector, lanes }: RowVariant,
): Readonly<Record<string, number>> {
  return { VECTOR: vector, LANES: lanes };
}

/** WGSL of `element`, of what is in one, of a thread's place, and of sums over a row. */
export function rowSource({ vector }: RowVariant): string {
  const [first, total] = vector === 4
    ? ["value.x", "(value.x + value.y) + (value.z + value.w)"]
    : ["value", "value"];
  return [
    elementAlias(vector),
    `fn first_of(value: element) -> f32 { return ${first}; }`,
    "",
    `fn total_of(value: element) -> f32 { return ${total}; }`,
    "",
    source,
  ].join("\n");
}
