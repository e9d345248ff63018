/**
 * Training and using a head: recipes, batches, the loop on the GPU, checkpoints.
 *
 * @module
 */
export * from "./batch_log.ts";
export * from "./batches.ts";
export * from "./checkpoint.ts";
export * from "./events.ts";
export * from "./feature_rows.ts";
export * from "./head.ts";
export * from "./predict_head.ts";
export * from "./recipes.ts";
export * from "./scale_rows.ts";
export * from "./schedule.ts";
export * from "./softmax.ts";
export * from "./train_head.ts";
export * from "./training_state.ts";
export type { UpdateRule } from "../../kernels/optimizer.ts";
