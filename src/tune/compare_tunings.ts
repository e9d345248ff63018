/** A whole network with the preset kernels and with those that probing found. */
import type { ProgramHandle, Session } from "../gpu/mod.ts";
import type { Probed } from "./probe_tiles.ts";
import type { Deadline } from "./prober.ts";
import type { TuningRecord } from "./tuning_file.ts";
import { elementCount } from "../graph/mod.ts";
import { largestBatch, optimise } from "../passes/mod.ts";
import {
  type FrozenNetwork,
  planBatch,
  presetTuning,
  type Tuning,
} from "../plan/mod.ts";

export interface CompareOptions {
  readonly model: FrozenNetwork;
  readonly probed: Probed;
  /** Of a picture. */
  readonly flops: number;
  readonly deadline: Deadline;
  readonly signal?: AbortSignal | undefined;
}

/** The faster tuning, and what was measured of both where there was time. */
export interface ComparedTunings extends Pick<TuningRecord, "tuning" | "gain"> {
  /** Pictures of the batches that were compared. */
  readonly batch: number;
  /** Why the preset stays, where no times say so. */
  readonly reason?: string;
}

/** Pictures of a batch at most: how one is computed does not depend on it. */
const maxImages = 4;

/** A timed run of a small network repeats it for so long, beside which waiting is little. */
const wantedMilliseconds = 500;

/** Loading two networks and compiling what was not probed takes so long on a software adapter whose cache is empty. */
const loadingMilliseconds = 4000;

/** The network is timed so often with each table. */
const rounds = 2;

/** Runs of a network that a comparison takes: one compiles, and one tells how long it is. */
const runsOfEach = rounds + 2;

/** Relative L2 distance of features that other kernels may come to. */
const allowedError = 1e-4;

/** Begins the names of the buffers of what is compared. */
const label = "compared";
const pictures = `${label}: resized pictures`;
const rows = `${label}: rows`;

const noTime =
  "there was no time to compare whole networks (--retune tries again)";

/** Keeps the preset where no other is faster, or there was no time to find out. */
export async function compareTunings(
  session: Session,
  options: CompareOptions,
): Promise<ComparedTunings> {
  const { probed: { tuning } } = options;
  const preset = presetTuning(session.adapter);
  const all = tuningsToTime(preset, tuning);
  const batchOf = (networks: number) =>
    affordableBatch(session, { ...options, networks });
  // More networks are worth smaller batches, but not a comparison.
  const tunings = all.slice(0, batchOf(all.length) > 1 ? all.length : 2);
  const batch = batchOf(tunings.length);
  const isSame = JSON.stringify(tuning) === JSON.stringify(preset);
  if (isSame) return { tuning: preset, batch, reason: "no other is faster" };
  if (batch < 1) return { tuning: preset, batch, reason: noTime };
  const result = await timeTunings(session, { ...options, batch, tunings });
  if ("reason" in result) return { tuning: preset, batch, ...result };
  const [before, ...others] = result.times;
  const after = Math.min(...others);
  return {
    tuning: after < before ? tunings[1 + others.indexOf(after)] : preset,
    gain: { before, after },
    batch,
  };
}

/**
 * The preset, what probing found, and the preset's tiles with Winograd's
 * convolution where probing found it: tiles are close to each other, and which
 * is faster in a network cannot be told by each shape alone.
 */
export function tuningsToTime(
  preset: Tuning,
  tuning: Tuning,
): readonly Tuning[] {
  const { winograd } = tuning;
  const isMixed = Object.keys(winograd).length > 0 &&
    JSON.stringify({ ...tuning, winograd: {} }) !== JSON.stringify(preset);
  return [preset, tuning, ...isMixed ? [{ ...preset, winograd }] : []];
}

/** The pictures there is time for, by what the preset's probes took; 0 if there is none. */
function affordableBatch(
  { adapter }: Session,
  { model, probed: { classes }, flops, deadline, networks }:
    & CompareOptions
    & { networks: number },
): number {
  const limit = adapter.limits.maxStorageBufferBindingSize;
  if (classes.length === 0) return 0;
  const each = sum(classes.map(({ presetRate }) => flops / presetRate)) /
    classes.length;
  return Math.min(
    maxImages,
    largestBatch(optimise(model.graph, model), limit),
    Math.floor(
      (deadline.left() - loadingMilliseconds) / (networks * runsOfEach * each),
    ),
  );
}

/** Milliseconds of a batch with each tuning, the least of several; or why there are none. */
async function timeTunings(
  session: Session,
  options: CompareOptions & { batch: number; tunings: readonly Tuning[] },
): Promise<{ times: readonly number[] } | { reason: string }> {
  const { model, batch, tunings, deadline } = options;
  const { inputs, outputs, tensors } = model.graph;
  const sizeOf = ([name]: readonly string[]) =>
    elementCount(tensors.get(name)?.shape ?? []);
  const handles: ProgramHandle[] = [];
  const features: Float32Array[] = [];
  let longestLoad = 0;
  let shortestRun = Infinity;
  for (const tuning of tunings) {
    // A third is extra: it must not cost the others their comparison.
    const rest = (rounds + 1) * tunings.length * shortestRun;
    if (handles.length === 2 && deadline.left() < longestLoad + rest) break;
    // The first has compiled most of what the second needs.
    if (deadline.left() < longestLoad / 2) return { reason: noTime };
    const start = deadline.elapsed();
    const plan = planBatch(model, { batch, label, tuning });
    const handle = await session.load(plan);
    await session.write(pictures, waves(batch * sizeOf(inputs)));
    const loaded = deadline.elapsed();
    handles.push(handle);
    // The first run compiles.
    await session.run(handle);
    const bytes = 4 * batch * sizeOf(outputs);
    features.push(new Float32Array(await session.read(rows, bytes)));
    const end = deadline.elapsed();
    longestLoad = Math.max(longestLoad, end - start);
    shortestRun = Math.min(shortestRun, end - loaded);
  }
  const [preset, ...others] = features;
  // Written so that NaN is too far.
  if (!others.every((other) => distance(preset, other) <= allowedError)) {
    return { reason: "other kernels compute other features" };
  }
  // The first runs compiled; those that follow are no longer.
  if (deadline.left() < handles.length * shortestRun) return { reason: noTime };
  return { times: await timesInTurn(session, handles, options) };
}

/** Rounds in which each network has its turn, so that whatever else the machine does hits all of them. */
async function timesInTurn(
  session: Session,
  handles: readonly ProgramHandle[],
  { deadline, signal }: CompareOptions,
): Promise<number[]> {
  const time = async (handle: ProgramHandle, repeat: number) => {
    signal?.throwIfAborted();
    const runs = { handle, repeat, buffer: rows };
    return await deadline.timeRuns(session, runs) / repeat;
  };
  const least: number[] = [];
  for (const handle of handles) least.push(await time(handle, 1));
  const [usual] = least;
  const repeat = Math.max(1, Math.floor(wantedMilliseconds / usual));
  const round = repeat * sum(least);
  // A round in part would favour those that had their turn.
  for (let done = 0; done < rounds && deadline.left() > round; done++) {
    for (const [index, handle] of handles.entries()) {
      least[index] = Math.min(least[index], await time(handle, repeat));
    }
  }
  return least;
}

/** Values of pictures to compute the same features of, 0 to 255. */
function waves(length: number): Float32Array {
  return Float32Array.from(
    { length },
    (_, index) => 127.5 + 127.5 * Math.sin(index ** 1.1),
  );
}

/** `|a - b| / |a|`; 0 of equal ones. */
function distance(a: Float32Array, b: Float32Array): number {
  let difference = 0;
  let size = 0;
  for (const [index, value] of a.entries()) {
    difference += (value - b[index]) ** 2;
    size += value ** 2;
  }
  return difference === 0 ? 0 : Math.sqrt(difference / size);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
