/**
 * Training and using a network, be it one dense layer: recipes, gradients,
 * batches, the loop on the GPU, checkpoints.
 *
 * @module
 */
export * from "./batch_log.ts";
export * from "./batches.ts";
export * from "./checkpoint.ts";
export {
  type DenseNetwork,
  denseNetwork,
  denseOf,
  warmDense,
} from "./dense_step.ts";
export { predictNetwork } from "./evaluator.ts";
export {
  type PlannedStep,
  type PlanningWay,
  planningWays,
  type StepBuffers,
} from "./planned_step.ts";
export type { RandomState, Tensor32 } from "../bytes/mod.ts";
export * from "./events.ts";
export * from "./gradient.ts";
export {
  freezeRateOf,
  type NetworkMode,
  networkModes,
  onecycleClip,
  type Overridden,
  type RecipeOverrides,
  type RecipeTarget,
  type ResolvedRecipe,
  resolveRecipe,
} from "./recipes.ts";
export {
  featureRows,
  fixedRows,
  type LabelledRows,
  type RowSource,
  type RowValues,
  scaleRows,
  viewOf,
} from "./row_source.ts";
export * from "./schedule.ts";
export * from "./softmax.ts";
export {
  planNetworkStep,
  type TrainingStage,
  type TrainNetworkOptions,
} from "./stage.ts";
export { startingState, type TrainedNetwork, trainNetwork } from "./trainer.ts";
export * from "./training_memory.ts";
export * from "./training_step.ts";
export * from "./variables.ts";
export type { UpdateRule } from "../../kernels/optimizer.ts";
