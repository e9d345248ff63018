/**
 * Whole jobs over a run folder: train, resume, predict, evaluate, export.
 *
 * @module
 */
export * from "./examples.ts";
export * from "./export_run.ts";
export * from "./find_rate.ts";
export { finishRun, type RunOutcome, shown } from "./finish_run.ts";
export * from "./plan_training.ts";
export { layersNote, type NetworkLayer } from "./network_layers.ts";
export * from "./network_request.ts";
export * from "./network_settings.ts";
export { PixelStore, type PixelStoreOptions } from "./pixel_store.ts";
export * from "./predictions.ts";
export * from "./run_folder.ts";
export * from "./run_record.ts";
export {
  resumeRun,
  type RunTools,
  trainRun,
  type TrainRunOptions,
} from "./train_run.ts";
export * from "./training_log.ts";
export * from "./use_run.ts";
