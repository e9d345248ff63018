/**
 * Whole jobs over a run folder: train, resume, predict, evaluate, export.
 *
 * @module
 */
export * from "./examples.ts";
export * from "./export_run.ts";
export * from "./extract_features.ts";
export { finishRun, type RunOutcome, shown } from "./finish_run.ts";
export { drawAll, gridPictures } from "./prediction_grid.ts";
export * from "./predictions.ts";
export * from "./run_folder.ts";
export * from "./run_record.ts";
export {
  extractionTools,
  resumeRun,
  type RunTools,
  trainRun,
  type TrainRunOptions,
} from "./train_run.ts";
export * from "./training_log.ts";
export * from "./use_run.ts";
export * from "./watcher.ts";
