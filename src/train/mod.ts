/**
 * Training and using a head, or a whole network: recipes, gradients, batches, the
 * loop on the GPU, checkpoints.
 *
 * @module
 */
export * from "./batch_log.ts";
export * from "./batches.ts";
export * from "./checkpoint.ts";
export * from "./events.ts";
export * from "./feature_rows.ts";
export * from "./gradient.ts";
export * from "./head.ts";
export * from "./head_step.ts";
export * from "./network_checkpoint.ts";
export * from "./network_checkpoint_folder.ts";
export * from "./network_recipes.ts";
export * from "./network_state.ts";
export * from "./plan_network_step.ts";
export * from "./predict_head.ts";
export * from "./predict_network.ts";
export * from "./recipes.ts";
export * from "./row_source.ts";
export * from "./scale_rows.ts";
export * from "./schedule.ts";
export * from "./softmax.ts";
export * from "./train_head.ts";
export * from "./train_network.ts";
export * from "./training_memory.ts";
export * from "./training_state.ts";
export * from "./training_step.ts";
export * from "./variables.ts";
export * from "./views.ts";
export type { UpdateRule } from "../../kernels/optimizer.ts";
