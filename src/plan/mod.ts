/**
 * Graph -> Program: everything that is decided before something runs.
 *
 * @module
 */
export type {
  Lowering,
  Packing,
  Place,
  Prepared,
  TensorKind,
} from "./lowering.ts";
export { planGraph, type PlanOptions, variableBuffer } from "./plan.ts";
export {
  type BufferIndex,
  type BufferSpec,
  type NamedBufferSpec,
  type Plan,
  printProgram,
  type Program,
  type Step,
  type Variant,
} from "./program.ts";
export { assignSlots, type Lifetime, type SlotAssignment } from "./slots.ts";
export {
  parseTuning,
  plainTuning,
  presetTuning,
  shapeClass,
  tileText,
  type Tuning,
  variantFor,
  winogradFor,
} from "./tuning.ts";
