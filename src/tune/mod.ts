/**
 * Which kernels an adapter computes fastest with: measured once, kept in a file.
 *
 * @module
 */
export {
  chooseTuning,
  recordedTuning,
  type Tuner,
  tuningRecord,
} from "./choose_tuning.ts";
export type { ClassProbe } from "./probe_tiles.ts";
export { tuneAdapter } from "./tune_adapter.ts";
export { readTuning } from "./tuning_file.ts";
