/**
 * Whole jobs over a run folder: train, resume, predict, evaluate, export.
 *
 * @module
 */
export {
  architectureOfRun,
  type TrainedArchitecture,
} from "./architecture_of_run.ts";
export * from "./examples.ts";
export * from "./export_differences.ts";
export * from "./export_graphdef.ts";
export {
  exportOnnx,
  type OnnxExportOptions,
  onnxSources,
} from "./export_onnx.ts";
export * from "./export_portable_run.ts";
export {
  exportSafetensors,
  type SafetensorsExport,
} from "./export_safetensors.ts";
export * from "./find_rate.ts";
export type { MovedFolders } from "./changed_data.ts";
export { type RunOutcome, shown } from "./finish_run.ts";
export { finishedRun } from "./finished_run.ts";
export {
  isPlainHead,
  layersNote,
  planTraining,
  type TrainingPlan,
} from "./network.ts";
export { differenceOfHalves } from "./halves_difference.ts";
export * from "./network_request.ts";
export * from "./predictions.ts";
export {
  readSplit,
  type RecordedPicture,
  seenBefore,
  type SeenPredictions,
} from "./recorded_split.ts";
export { RunFolder } from "./run_folder.ts";
export * from "./run_record.ts";
export type { RunTools } from "./rows.ts";
export { resumeRun, trainRun, type TrainRunOptions } from "./train_run.ts";
export { groupByTest, type TestGroup } from "./test_data.ts";
export * from "./training_log.ts";
export * from "./use_run.ts";
