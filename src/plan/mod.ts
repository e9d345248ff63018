/**
 * Graph -> Program: everything that is decided before something runs.
 *
 * @module
 */
export type {
  Lowering,
  Packing,
  Place,
  TensorKind,
} from "../graph/lowering.ts";
export {
  type BatchBuffers,
  batchBuffers,
  type FrozenNetwork,
  planBatch,
} from "./plan_batch.ts";
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
} from "../../kernels/program.ts";
export {
  plainTuning,
  presetTuning,
  shapeClass,
  texelTuning,
  tileText,
  type Tuning,
  variantFor,
  winogradFor,
} from "../../kernels/tuning.ts";
