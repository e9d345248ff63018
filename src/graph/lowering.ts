/**
 * What an op's lowering may ask of the planner.
 *
 * @module
 */
import type { Precision } from "../../kernels/half.ts";
import type { ConstantData, Shape } from "./ir.ts";
import type { BufferIndex } from "../../kernels/program.ts";
import type { Tuning } from "../../kernels/tuning.ts";

/** Where a kernel writes an activation: a range of the channels of a buffer. */
export interface Place {
  /** The buffer. */
  readonly buffer: BufferIndex;
  /** Channels of the tensor the buffer holds. */
  readonly stride: number;
  /** The first channel to write. */
  readonly offset: number;
}

/** How a constant is laid out for a kernel. */
export interface Packing {
  /** Names the layout: a constant is packed once for each. */
  readonly layout: string;
  /** Makes the packed values. */
  pack(data: ConstantData): Float32Array | Uint32Array;
  /** Words of the packed values. */
  readonly elements: number;
}

/** Known before anything runs; trained; or fed or made by a node. */
export type TensorKind = "constant" | "variable" | "computed";

/** The planner as seen by the lowering of one node. */
export interface Lowering {
  /** Which of a kernel's ways to take. */
  readonly tuning: Tuning;
  /** How constant weights of convolutions and matrix products are stored. */
  readonly precision: Precision;
  /** Shape of a tensor. */
  shape(tensor: string): Shape;
  /** Where the values of a tensor come from. */
  kindOf(tensor: string): TensorKind;
  /** The buffer that holds a tensor; constants are uploaded as they are. */
  read(tensor: string): BufferIndex;
  /** Where a tensor is written. */
  place(tensor: string): Place;
  /**
   * A constant in a kernel's own layout.
   *
   * @throws {InputError} if the tensor is not constant.
   */
  packed(tensor: string, packing: Packing): BufferIndex;
  /** A buffer for the steps of this node alone. */
  scratch(elements: number): BufferIndex;
  /** A constant that is no tensor of the graph, such as a bias of zeros. */
  literal(name: string, data: Float32Array): BufferIndex;
}
