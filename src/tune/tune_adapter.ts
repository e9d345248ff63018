/**
 * Measuring an adapter once, and keeping what was found.
 *
 * @module
 */
import { conv2d } from "../../kernels/conv2d.ts";
import { programFlops, stepCost } from "../../kernels/mod.ts";
import { InputError } from "../errors.ts";
import { openSession, type Session } from "../gpu/mod.ts";
import { type Probed, probeTiles } from "./probe_tiles.ts";
import {
  type FrozenNetwork,
  plainTuning,
  planBatch,
  shapeClass,
} from "../plan/mod.ts";
import { type ComparedTunings, compareTunings } from "./compare_tunings.ts";
import { Deadline } from "./prober.ts";
import { type TuningRecord, writeTuning } from "./tuning_file.ts";
import type { Watcher } from "../watcher.ts";

export interface TuneOptions {
  /** The network whose time before and after is compared. */
  readonly model: FrozenNetwork;
  readonly folder: string;
  /** Milliseconds that measuring takes in all [19,000]: nothing begins that would end later. */
  readonly budget?: number;
  /** Milliseconds since any moment [the process's clock]. */
  readonly now?: () => number;
  /** Opens the session that is measured [a Worker's]. */
  readonly open?: () => Promise<Session>;
  readonly watcher: Pick<Watcher, "note" | "warn" | "progress">;
  readonly signal?: AbortSignal | undefined;
}

export interface Tuned extends TuningRecord, ComparedTunings {
  readonly probed: Probed;
  readonly milliseconds: number;
}

/** Of the 20 s that it may take: something may be longer than it was the time before. */
const defaultBudget = 19_000;

/** What probing may take of the budget: where nothing is compiled, loading two networks takes 10 s. */
const probingShare = 0.35;

/**
 * Probes the adapter, the heaviest convolutions of the network first, times the
 * network with the preset and with the table that was found, and keeps the
 * faster of them. Nothing is begun that would not end within the budget, and
 * the session is one of its own, so that nothing of it stays on the GPU.
 */
export async function tuneAdapter(options: TuneOptions): Promise<Tuned> {
  const { folder, budget = defaultBudget, now, open = openSession } = options;
  const { watcher, signal } = options;
  const deadline = new Deadline(budget, now);
  const work = modelWork(options.model);
  const session = await open();
  try {
    const bar = watcher.progress({ label: "tune", unit: "classes of shapes" });
    const probed = await probeTiles(session, {
      deadline: new Deadline(probingShare * budget - deadline.elapsed(), now),
      shares: work.byClass,
      onProgress: (done) => bar.update(done),
      signal,
    });
    bar.close();
    const compared = await compareTunings(session, {
      ...options,
      probed,
      flops: work.flops,
      deadline,
    });
    const tuned: Tuned = {
      ...compared,
      created: new Date().toISOString(),
      probed,
      milliseconds: deadline.elapsed(),
    };
    watcher.note(tunedText(tuned));
    // Going on untuned-for next time is better than failing for a full disk.
    await writeTuning(folder, session.adapter, tuned).catch((error) => {
      if (!(error instanceof InputError)) throw error;
      watcher.warn(`${error.message}; kernels are measured again next time`);
    });
    return tuned;
  } finally {
    await session.close();
  }
}

/** Floating point operations of a picture, in all and by class of convolutions. */
function modelWork(
  model: FrozenNetwork,
): { flops: number; byClass: ReadonlyMap<string, number> } {
  const { program } = planBatch(model, { batch: 1, tuning: plainTuning });
  const byClass = new Map<string, number>();
  for (const step of program.steps) {
    const { kernel, params } = step;
    if (kernel !== conv2d.name) continue;
    const { inChannels, outHeight, outWidth, windowHeight, windowWidth } =
      params;
    const name = shapeClass({
      ...{ inChannels, outHeight, outWidth },
      ...{ windowHeight, windowWidth },
    });
    byClass.set(name, (byClass.get(name) ?? 0) + stepCost(step).flops);
  }
  return { flops: programFlops(program), byClass };
}

function tunedText(
  { gain, batch, milliseconds, probed, reason }: Tuned,
): string {
  const cut = probed.left === 0
    ? ""
    : ` (no time for ${probed.left} classes of shapes)`;
  return `tuned in ${(milliseconds / 1000).toFixed(1)} s${cut}: ${
    gain ? gainText(gain, batch) : `the preset stays, as ${reason}`
  }`;
}

function gainText(
  { before, after }: NonNullable<Tuned["gain"]>,
  batch: number,
): string {
  const images = (time: number) => (batch * 1000 / time).toFixed(2);
  const end = after < before
    ? `, ${(before / after).toFixed(2)} times as fast`
    : ", so the preset stays";
  return `${images(after)} images/s, ${
    images(before)
  } with the preset kernels${end}`;
}
