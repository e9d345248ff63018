/**
 * What every file of ops gives.
 *
 * @module
 */
import type { Known } from "../graph/known/mod.ts";
import type { OnnxBuilder } from "./builder.ts";
import type { OnnxNode } from "./model.ts";
import type { Value } from "./value.ts";

/** A node, and the version of ONNX's ops that it is written in. */
export interface Versioned extends OnnxNode {
  readonly opset: number;
}

/** What a node makes of values that are known before the graph runs. */
export type Evaluate = (
  node: Versioned,
  /** Those that are left out are `undefined`. */
  inputs: readonly (Known | undefined)[],
) => readonly Known[];

/** What a node becomes; throws an `InputError` with the reason where it cannot be. */
export type Import = (
  node: Versioned,
  /** Those that are left out are `undefined`. */
  inputs: readonly (Value | undefined)[],
  to: OnnxBuilder,
) => Value | readonly Value[];

/** An operation of ONNX's. */
export interface OnnxOp {
  /** How many inputs it has, the last ones being optional. */
  readonly inputs: readonly [least: number, most?: number];
  /** Where all it reads is known. */
  readonly evaluate?: Evaluate;
  /** Where it is computed. */
  readonly import?: Import;
  /**
   * In which orders of axes it takes what it reads: as ONNX has them; in any; or in
   * any even where the last axis of a matrix has its elements in another order
   * [as ONNX has them].
   */
  readonly takes?: "own" | "anyAxes" | "anyOrder";
}
