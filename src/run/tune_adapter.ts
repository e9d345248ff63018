/**
 * Measuring an adapter once, and keeping what was found.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { type FeatureModel, planFeatures } from "../features/mod.ts";
import {
  openSession,
  type Probed,
  probeTiles,
  type ProgramHandle,
  type Session,
} from "../gpu/mod.ts";
import { largestBatch, optimise, type PassName } from "../passes/mod.ts";
import { presetTuning, type Tuning } from "../plan/mod.ts";
import { type TuningRecord, writeTuning } from "./tuning_file.ts";
import type { Watcher } from "./watcher.ts";

/** What measuring needs. */
export interface TuneOptions {
  /** The network whose time before and after is compared. */
  readonly model: FeatureModel;
  /** Passes to leave out. */
  readonly without?: readonly PassName[];
  /** The folder of tables. */
  readonly folder: string;
  /** Milliseconds after which no more probes begin [10,000]. */
  readonly budget?: number;
  /** Who is told. */
  readonly watcher: Pick<Watcher, "note" | "warn" | "progress">;
  /** Stops the work. */
  readonly signal?: AbortSignal | undefined;
}

/** What measuring came to. */
export interface Tuned extends TuningRecord {
  /** Pictures of the batches that were compared. */
  readonly batch: number;
  /** Class by class. */
  readonly probed: Probed;
  /** What it took in all. */
  readonly milliseconds: number;
}

/** Pictures of the batches that are compared: how one is computed does not depend on it. */
const comparedBatch = 4;

/** A timed run of a small network repeats it for so long, beside which waiting is little. */
const wantedMilliseconds = 500;

/** The network is timed so often with each table. */
const rounds = 2;

/**
 * Probes the adapter, times the network with the preset and with the table that
 * was found, and keeps the faster of them. It takes up to 20 s and a session of
 * its own, so that nothing of it stays on the GPU.
 */
export async function tuneAdapter(options: TuneOptions): Promise<Tuned> {
  const { folder, budget, watcher, signal } = options;
  const start = performance.now();
  const session = await openSession();
  try {
    const bar = watcher.progress({ label: "tune", unit: "classes of shapes" });
    const probed = await probeTiles(session, {
      ...budget === undefined ? {} : { budget },
      onProgress: (done) => bar.update(done),
      signal,
    });
    bar.close();
    const preset = presetTuning(session.adapter);
    const batch = batchWithin(session, options);
    const [before, after] = await compare(session, {
      ...options,
      batch,
      tunings: [preset, probed.tuning],
    });
    const tuned: Tuned = {
      batch,
      tuning: after < before ? probed.tuning : preset,
      gain: { before, after },
      created: new Date().toISOString(),
      probed,
      milliseconds: performance.now() - start,
    };
    watcher.note(gainText(tuned));
    await keep(tuned, { session, folder, watcher });
    return tuned;
  } finally {
    await session.close();
  }
}

/** Going on untuned-for next time is better than failing for a full disk. */
async function keep(
  tuned: TuningRecord,
  { session, folder, watcher }:
    & { session: Session }
    & Pick<TuneOptions, "folder" | "watcher">,
): Promise<void> {
  try {
    await writeTuning(folder, session.adapter, tuned);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    watcher.warn(`${error.message}; kernels are measured again next time`);
  }
}

function gainText(
  { gain: { before, after }, batch, milliseconds }: Tuned,
): string {
  const images = (time: number) => (batch * 1000 / time).toFixed(2);
  const end = after < before ? "" : ", so the preset stays";
  return `tuned in ${(milliseconds / 1000).toFixed(1)} s: ${
    images(after)
  } images/s, ${images(before)} with the preset kernels${end}`;
}

function batchWithin(
  { adapter }: Session,
  { model, without = [] }: TuneOptions,
): number {
  const limit = adapter.limits.maxStorageBufferBindingSize;
  return Math.min(
    comparedBatch,
    largestBatch(optimise(model.graph, { without }), limit),
  );
}

/** Milliseconds of a batch with each tuning: the least of several, taken in turn. */
async function compare(
  session: Session,
  { model, without = [], batch, tunings, signal }: TuneOptions & {
    batch: number;
    tunings: readonly Tuning[];
  },
): Promise<number[]> {
  const label = "compared";
  const plans = tunings.map((tuning) =>
    planFeatures(model, { batch, without, label, tuning })
  );
  const output = `${label}: rows`;
  const handles: ProgramHandle[] = [];
  for (const plan of plans) handles.push(await session.load(plan));
  const least = plans.map(() => Infinity);
  const time = async (handle: ProgramHandle, repeat: number) => {
    signal?.throwIfAborted();
    const start = performance.now();
    await session.run(handle, { repeat });
    await session.read(output, 4);
    return (performance.now() - start) / repeat;
  };
  // Compiles.
  for (const handle of handles) await time(handle, 1);
  const usual = await time(handles[0], 1);
  const repeat = Math.max(1, Math.floor(wantedMilliseconds / usual));
  for (let round = 0; round < rounds; round++) {
    for (const [index, handle] of handles.entries()) {
      least[index] = Math.min(least[index], await time(handle, repeat));
    }
  }
  return least;
}
