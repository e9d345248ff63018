/**
 * Many steps in one go: what differs from step to step lies in buffers that the
 * GPU reads at its counter, and so do the losses it leaves.
 */
import type { ProgramHandle, Session } from "../gpu/session.ts";

/** Names of the buffers that steps read and write by their counter. */
export interface StepBuffers {
  /** `(steps, batch)`: where the rows of each step are among the data. */
  readonly batches: string;
  /** u32 `(steps, batch)`: the class of each row of each step. */
  readonly labels: string;
  /** f32 `(steps, 4)` from `updateSchedule`. */
  readonly schedule: string;
  /** u32 `(1)`. */
  readonly counter: string;
  /** u32 `(1)`: steps done before, for what is random. */
  readonly start?: string;
  /** f32 `(steps, parts, 2)`: shares of the loss and of the number of right rows. */
  readonly progress: string;
}

/** What a step told. */
export interface StepProgress {
  /** Mean loss of the batch, before the update. */
  readonly loss: number;
  /** Rows that were right, before the update. */
  readonly correct: number;
}

/** Runs `count` steps in one submit and waits for what they tell. */
export async function runSteps(
  session: Session,
  { program, buffers, first = 0, count, parts = 1, ...data }: {
    program: ProgramHandle;
    buffers: StepBuffers;
    /** Steps done before [0]. */
    first?: number;
    count: number;
    /** How many shares of a step's loss there are [1]. */
    parts?: number;
    batches: Uint32Array | Float32Array;
    labels: Uint32Array;
    schedule: Float32Array;
  },
): Promise<StepProgress[]> {
  // All is asked for before anything is waited for: no answer is needed between.
  const asked = [
    session.write(buffers.batches, data.batches),
    session.write(buffers.labels, data.labels),
    session.write(buffers.schedule, data.schedule),
    session.write(buffers.counter, new Uint32Array([0])),
  ];
  if (buffers.start !== undefined) {
    asked.push(session.write(buffers.start, new Uint32Array([first])));
  }
  asked.push(session.run(program, { repeat: count }));
  const read = session.read(buffers.progress, count * parts * 8);
  const [bytes] = await Promise.all([read, ...asked]);
  const shares = new Float32Array(bytes);
  return Array.from({ length: count }, (_, step) => {
    const progress = { loss: 0, correct: 0 };
    for (let part = step * parts; part < (step + 1) * parts; part++) {
      progress.loss += shares[part * 2];
      progress.correct += shares[part * 2 + 1];
    }
    return progress;
  });
}
