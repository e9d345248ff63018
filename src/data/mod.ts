/**
 * From a folder of class folders to records that are split, and the features
 * that were made of them.
 *
 * @module
 */
export * from "./bottleneck_text.ts";
export * from "./builtin_shapes.ts";
export {
  type Dataset,
  isPicture,
  pictures,
  scanFolder,
  type ScanOptions,
} from "./class_folders.ts";
export * from "./digests.ts";
export { type PartFolder } from "./duplicates.ts";
export * from "./feature_cache.ts";
export * from "./feature_files.ts";
export * from "./home.ts";
export * from "./order.ts";
export {
  findJudgingFolder,
  findTrainingFolders,
  type JudgingFolder,
  type TrainingFolders,
} from "./parts.ts";
export * from "./pictures.ts";
export * from "./records.ts";
export * from "./split.ts";
export * from "./told.ts";
export * from "./truth.ts";
export { listed } from "./words.ts";
