/**
 * Which kernels a job runs: those of its run, those measured before, or the
 * preset; and when it is worth measuring first.
 *
 * @module
 */
import { programFlops } from "../../kernels/mod.ts";
import { isJsonObject, type JsonValue, sha256 } from "../bytes/mod.ts";
import type { AdapterFacts } from "../gpu/mod.ts";
import {
  type FrozenNetwork,
  plainTuning,
  planBatch,
  presetTuning,
  type Tuning,
} from "../plan/mod.ts";
import { tuneAdapter } from "./tune_adapter.ts";
import { checkRecord } from "../bytes/record.ts";
import { readTuning, tuningJson, tuningSchema } from "./tuning_file.ts";
import type { Watcher } from "../watcher.ts";

/** Where measured tables are, and whether to measure. */
export interface Tuner {
  /** The folder of tables. */
  readonly folder: string;
  /** Measure where there is no table and much to do, or in any case. */
  readonly mode: "auto" | "again";
  /** Milliseconds that measuring takes in all [19,000]. */
  readonly budget?: number;
}

/** A job is long with more pictures and more to compute than this: 100 s on a software adapter, where measuring takes 20 and saves a tenth. */
const longJob = { pictures: 64, flops: 5e12 } as const;

export interface ChooseOptions {
  readonly adapter: AdapterFacts;
  /** Absent where the preset is wanted. */
  readonly tuner: Tuner | undefined;
  /** The network to be run, for one picture. */
  readonly model: FrozenNetwork;
  readonly watcher: Watcher;
  readonly signal?: AbortSignal | undefined;
  /** Pictures to compute if none is cached. */
  readonly pictures: number;
  /** Whether any of them is cached with these kernels: they would all be computed again with others. */
  isAnyCached(tuning: Tuning): Promise<boolean>;
}

/**
 * The tuning for a job. Measures first if that is asked for, or if nothing is
 * known of the adapter and the job is the first long one.
 */
export async function chooseTuning(options: ChooseOptions): Promise<Tuning> {
  const { adapter, tuner, model, watcher, signal } = options;
  const preset = presetTuning(adapter);
  if (!tuner) return preset;
  const { mode, ...rest } = tuner;
  if (mode === "auto") {
    const { tuning, note } = await readTuning(rest.folder, adapter);
    if (note !== undefined) watcher.note(note);
    if (tuning) return tuning;
    if (!isLong(options)) return preset;
    if (await options.isAnyCached(preset)) return preset;
  }
  const tuned = await tuneAdapter({ ...rest, model, watcher, signal });
  return tuned.tuning;
}

function isLong({ pictures, model }: ChooseOptions): boolean {
  if (pictures <= longJob.pictures) return false;
  const { program } = planBatch(model, { batch: 1, tuning: plainTuning });
  return pictures * programFlops(program) > longJob.flops;
}

/** What `run.json` says of a tuning. */
export function tuningRecord(
  tuning: Tuning | undefined,
  adapter: AdapterFacts,
): JsonValue {
  const table = tuning && tuningJson(tuning);
  const text = JSON.stringify(table);
  const isPreset = table === undefined ||
    text === JSON.stringify(tuningJson(presetTuning(adapter)));
  return isPreset ? "preset variants" : { digest: sha256(text), table };
}

/**
 * The tuning that a run's features, or its network, were computed with, by what its record says
 * of it; the preset where that is no table.
 */
export function recordedTuning(
  recorded: JsonValue | undefined,
  adapter: AdapterFacts,
): Tuning {
  const table = isJsonObject(recorded) ? recorded.table : undefined;
  return checkRecord(tuningSchema, table).record ?? presetTuning(adapter);
}
