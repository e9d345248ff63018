/**
 * Which rows of the data a batch is made of: the first ones, or the ones that a
 * table lists for each step, so that many training steps run in one submit.
 *
 * @module
 */
import direct from "./_row_direct.wgsl" with { type: "text" };
import gathered from "./_row_gathered.wgsl" with { type: "text" };
import type { Bindings, BufferData } from "./kernel.ts";

/** Uniforms of every kernel that works on a batch of rows. */
export type BatchParams = {
  /** Rows of a batch. */
  rows: number;
  /**
   * How far the step counter is ahead of the step that runs: 0 up to
   * `softmax_cross_entropy`, which advances it, and 1 after it.
   */
  ahead: number;
};

/** What specialises a kernel that works on a batch of rows. */
export type BatchVariant = {
  /** Take the rows that `batches` (steps, rows) lists for the step, instead of the first. */
  gathered: boolean;
};

/** The table of rows; the step counter comes apart, since one kernel writes it. */
export function batchBindings({ gathered }: BatchVariant): Bindings {
  return gathered ? { batches: "u32" } : {};
}

/** The WGSL functions `batch_start()` and `row_of(start, r)`. */
export function rowSource(variant: BatchVariant): string {
  return variant.gathered ? gathered : direct;
}

/** What `row_of` gives for each row of the batch. */
export function rowsOf(
  { rows, ahead }: BatchParams,
  { batches, counter }: {
    batches: BufferData | undefined;
    counter: BufferData | undefined;
  },
): number[] {
  return Array.from(
    { length: rows },
    (_, r) => batches && counter ? batches[(counter[0] - ahead) * rows + r] : r,
  );
}
