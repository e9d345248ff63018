/**
 * What a file of weights gives: tensors by name.
 *
 * @module
 */

/** The types of a file's values; all can be had as f32. */
export type WeightType =
  | "bool"
  | "u8"
  | "i8"
  | "i16"
  | "u16"
  | "i32"
  | "u32"
  | "i64"
  | "u64"
  | "f16"
  | "bf16"
  | "f32"
  | "f64";

/** One tensor of a file. */
export interface WeightTensor {
  /** Sizes of the axes in the file's own order, outermost first; empty for a scalar. */
  readonly shape: readonly number[];
  /** How the file keeps the values. */
  readonly type: WeightType;
  /**
   * The values as f32, row-major in the order of `shape`, whatever their order
   * in memory was: converted anew by each call, or a view of the file, which
   * nobody may write to.
   */
  values(): Float32Array;
}

/** A file's tensors by name. */
export interface WeightFile {
  /**
   * Who wrote it, which tells the order of the axes: `torch` has convolutions as
   * [out, in, height, width] and dense layers as [out, in], `keras` as [height,
   * width, in, out] and [in, out], `safetensors` what its writer had.
   */
  readonly format: "safetensors" | "torch" | "keras";
  /**
   * In the file's order. Prefixes that all names share and that say nothing of
   * the network (`module.`, `model.`, `_orig_mod.`, ...) are off.
   */
  readonly tensors: ReadonlyMap<string, WeightTensor>;
  /** Texts that stand beside the tensors, such as a safetensors file's `format: pt`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What was taken off or left out on the way to the tensors, as sentences for the user; most files have none. */
  readonly notes: readonly string[];
}
