/**
 * espalier: transfer learning on images, on any GPU, in TypeScript.
 *
 * A frozen network turns photos into features with hand-written WGSL kernels on
 * Deno's own WebGPU; a dense layer, or whole networks, learn the classes. The
 * command line does all of it (`./espalier train photos`); this module is the
 * same as functions:
 *
 * ```ts
 * import {
 *   openRun,
 *   openSession,
 *   openStore,
 *   predictPictures,
 *   resolveModel,
 *   silentWatcher as watcher,
 *   trainRun,
 * } from "@espalier/espalier";
 *
 * export async function learnAndLabel(photos: string, unknown: string) {
 *   const model = await resolveModel({}, { store: openStore() });
 *   const session = await openSession();
 *   const tools = { session, model, watcher };
 *   const { run, test } = await trainRun({ settings: { data: photos } }, tools);
 *   const trained = await openRun(run);
 *   const { predictions } = await predictPictures(trained, [unknown], tools);
 *   console.log(`${predictions[0].label}; ${test.accuracy} of the test photos`);
 *   await session.close();
 * }
 * ```
 *
 * Who builds on a floor finds it in `./kernels`, `./graph`, `./passes`,
 * `./plan`, `./gpu`, `./features`, `./train` and `./models`.
 *
 * @module
 */
export {
  type ExitCode,
  exitCodes,
  GateError,
  InputError,
  UsageError,
} from "./src/errors.ts";
export {
  silentWatcher,
  type WatchedProgress,
  type Watcher,
} from "./src/watcher.ts";
export type { JsonObject, JsonValue } from "./src/bytes/mod.ts";
export type { Augmentation } from "./src/image/mod.ts";
export {
  type DataWarning,
  type DigestedRecord,
  type ImageRecord,
  listRecords,
  type PictureRecords,
  type RecordedFeatures,
  type SkippedFile,
} from "./src/data/mod.ts";
export {
  fetchModel,
  type FetchOptions,
  type FetchProgress,
  openStore,
  type Store,
} from "./src/store/mod.ts";
export { openSession, type Session } from "./src/gpu/mod.ts";
export type { Tuner } from "./src/tune/mod.ts";
export {
  type ExtractedPictures,
  type ExtractionTools,
  extractPictures,
  type Job,
  type ModelRequest,
  type ResolvedModel,
  resolveModel,
  type Views,
} from "./src/features/mod.ts";
export type { Accuracy, PredictedPicture } from "./src/report/mod.ts";
export {
  type DataSettings,
  exportGraphDef,
  type ModelRecord,
  type NativeNetwork,
  type NetworkBase,
  type NetworkRequest,
  type NetworkSettings,
  type OpenedRun,
  openRun,
  openRunModel,
  predictClassFolders,
  type Predicted,
  type Prediction,
  predictPictures,
  type ResolvedNetwork,
  resolveNetwork,
  resumeRun,
  type RunOutcome,
  type RunRecord,
  type RunSettings,
  type RunTools,
  trainRun,
  type TrainRunOptions,
} from "./src/run/mod.ts";
