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
export {
  type ClassProbe,
  type Probed,
  type ProbeOptions,
  probeTiles,
  type TileTime,
} from "./probe_tiles.ts";
export type { Way } from "./prober.ts";
export { tuneAdapter, type Tuned, type TuneOptions } from "./tune_adapter.ts";
export {
  type KnownTuning,
  readTuning,
  type TuningRecord,
} from "./tuning_file.ts";
