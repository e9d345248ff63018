/**
 * How long each dispatch of a loaded program takes: by the adapter's timestamps
 * where they can be believed, else by running each many times.
 *
 * @module
 */
import type { LocalSession, PreparedStep } from "../src/gpu/local_session.ts";
import type { ProgramHandle } from "../src/gpu/mod.ts";
import { profileProgram } from "./profile.ts";
import { measureFloor } from "./dispatch_time.ts";
import { median } from "./statistics.ts";

/** How dispatches were timed. */
export type LayerMethod = "timestamps" | "repetition";

/** What is known of a program's dispatches. */
export interface LayerTimes {
  /** How they were timed. */
  readonly method: LayerMethod;
  /** Milliseconds by round, then by dispatch in the program's order. */
  readonly rounds: readonly (readonly number[])[];
  /** Milliseconds of the program as a whole in the same rounds, with what lies between dispatches. */
  readonly wholes: readonly number[];
}

/** Parts may miss the whole by this share: copies to texels, gaps and the clock's noise are no dispatch's. */
const allowedDifference = 0.15;

/** Quick dispatches are repeated for so long. */
const wantedMilliseconds = 20;

/** Dispatches between two waits at most. */
const maxDispatches = 256;

/**
 * Whether times of parts can be those of a whole.
 *
 * @example
 * ```ts
 * import { strictEqual } from "@std/assert";
 * strictEqual(addUp([400, 520], 1000), true);
 * strictEqual(addUp([40, 52], 1000), false);
 * ```
 */
export function addUp(parts: readonly number[], whole: number): boolean {
  return Math.abs(sum(parts) / whole - 1) <= allowedDifference;
}

/** Times each dispatch of a program, and the program as a whole. */
export async function timeLayers(
  session: LocalSession,
  handle: ProgramHandle,
  { rounds, signal }: { rounds: number; signal: AbortSignal },
): Promise<LayerTimes> {
  const clock = await WaitingClock.open(session);
  const timeWhole = () => clock.time(() => session.run(handle));
  await timeWhole();
  if (session.adapter.features.includes("timestamp-query")) {
    const times = await inRounds(rounds, async () => {
      signal.throwIfAborted();
      const whole = await timeWhole();
      return { parts: await profileProgram(session, handle), whole };
    });
    const sums = times.rounds.map(sum);
    if (addUp([median(sums)], median(times.wholes))) {
      return { method: "timestamps", ...times };
    }
  }
  const steps: { step: PreparedStep; count: number }[] = [];
  for (const step of session.stepsOf(handle)) {
    const least = await clock.time(() => submitStep(session, step, 1));
    const count = Math.ceil(wantedMilliseconds / Math.max(least, 0.01));
    steps.push({ step, count: Math.min(maxDispatches, count) });
  }
  const times = await inRounds(rounds, async () => {
    const whole = await timeWhole();
    const parts: number[] = [];
    for (const { step, count } of steps) {
      signal.throwIfAborted();
      const submit = () => submitStep(session, step, count);
      parts.push(await clock.time(submit) / count);
    }
    return { parts, whole };
  });
  return { method: "repetition", ...times };
}

/** Parts and whole are measured side by side, so that whatever else the machine does hits both. */
async function inRounds(
  count: number,
  measure: () => Promise<{ parts: readonly number[]; whole: number }>,
): Promise<Pick<LayerTimes, "rounds" | "wholes">> {
  const rounds: (readonly number[])[] = [];
  const wholes: number[] = [];
  for (let round = 0; round < count; round++) {
    const { parts, whole } = await measure();
    rounds.push(parts);
    wholes.push(whole);
  }
  return { rounds, wholes };
}

/** Times what is submitted, net of what waiting for nothing takes. */
class WaitingClock {
  readonly #session: LocalSession;
  readonly #floor: number;

  private constructor(session: LocalSession, floor: number) {
    this.#session = session;
    this.#floor = floor;
  }

  static async open(session: LocalSession): Promise<WaitingClock> {
    const clock = new WaitingClock(session, 0);
    const floor = await measureFloor(async () => {
      await clock.time(() => {});
    });
    return new WaitingClock(session, floor);
  }

  async time(submit: () => void | Promise<void>): Promise<number> {
    const start = performance.now();
    await submit();
    await this.#session.device.queue.onSubmittedWorkDone();
    return Math.max(performance.now() - start - this.#floor, 0);
  }
}

function submitStep(
  { device, mirrors }: LocalSession,
  step: PreparedStep,
  count: number,
): void {
  const encoder = device.createCommandEncoder({ label: "one layer" });
  mirrors.refresh(step, encoder);
  const pass = encoder.beginComputePass();
  pass.setPipeline(step.pipeline);
  pass.setBindGroup(0, step.bindGroup, [step.uniformOffset]);
  for (let run = 0; run < count; run++) {
    pass.dispatchWorkgroups(...step.groups);
  }
  pass.end();
  mirrors.touchWrites(step);
  device.queue.submit([encoder.finish()]);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
