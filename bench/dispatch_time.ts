/**
 * How long one dispatch takes, net of what waiting for it costs.
 *
 * @module
 */
import { median } from "./statistics.ts";

/** Submits `count` equal dispatches and waits for all of them. */
export type Submit = (count: number) => Promise<void>;

/** Long enough that the wait and the clock are small beside it. */
const wantedMilliseconds = 100;

/** Enough for any dispatch that is worth timing. */
const maxDispatches = 4096;

/** Samples of the milliseconds of one dispatch. */
export interface DispatchTimes {
  /** Milliseconds a dispatch, net of the floor. */
  readonly samples: readonly number[];
  /** Dispatches between two waits. */
  readonly dispatches: number;
  /** Runs that were not kept. */
  readonly warmUp: number;
}

/** Waits for nothing whose median is the floor. */
export const floorRounds = 9;

/** Milliseconds of a wait for nothing: the median of several. */
export async function measureFloor(
  submit: Submit,
  { now = performanceNow }: { now?: () => number } = {},
): Promise<number> {
  const samples: number[] = [];
  for (let round = 0; round < floorRounds; round++) {
    samples.push(await time(submit, { count: 0, now }));
  }
  return median(samples);
}

/**
 * Times dispatches, many between two waits so that the wait hardly counts, and
 * takes its floor off. The first run warms up; those that find out how many
 * dispatches are needed are not kept either.
 */
export async function timeDispatches(
  submit: Submit,
  { rounds, floor, signal, now = performanceNow }: {
    rounds: number;
    floor: number;
    signal?: AbortSignal;
    /** Milliseconds since any moment [the process's clock]. */
    now?: () => number;
  },
): Promise<DispatchTimes> {
  let warmUp = 1;
  let dispatches = 1;
  await time(submit, { count: 1, now });
  while (dispatches < maxDispatches) {
    const milliseconds = await time(submit, { count: dispatches, now }) -
      floor;
    warmUp++;
    if (milliseconds >= wantedMilliseconds / 2) break;
    const missing = wantedMilliseconds / Math.max(milliseconds, 0.1);
    dispatches = Math.min(
      maxDispatches,
      Math.ceil(dispatches * Math.min(Math.max(missing, 2), 32)),
    );
  }
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) {
    signal?.throwIfAborted();
    const net = await time(submit, { count: dispatches, now }) -
      floor;
    samples.push(Math.max(net, 0) / dispatches);
  }
  return { samples, dispatches, warmUp };
}

async function time(
  submit: Submit,
  { count, now }: { count: number; now: () => number },
): Promise<number> {
  const start = now();
  await submit(count);
  return now() - start;
}

function performanceNow(): number {
  return performance.now();
}
