/**
 * The folder of a run's checkpoints.
 *
 * @module
 */
import { join } from "@std/path";
import { replaceFile } from "../bytes/atomic.ts";
import { encodeNpy } from "../bytes/npy.ts";
import { InputError } from "../errors.ts";
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  type RunIdentity,
} from "./_checkpoint_format.ts";
import { stepFileName, StepFiles } from "./_step_files.ts";
import type { CheckpointStore, TrainingState } from "./training_state.ts";

export {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  type RunIdentity,
} from "./_checkpoint_format.ts";

/** How many checkpoints are kept, besides the one of step 0. */
export const checkpointsKept = 6;

/**
 * `step-000100.ckpt` and so on in one folder. The newest
 * {@linkcode checkpointsKept} stay, and always step 0, which is also written as
 * `step-000000.weights.npy` and `.bias.npy` for other tools to start from. No
 * other file of the folder is touched.
 */
export class CheckpointFolder {
  readonly #folder: string;
  readonly #files: StepFiles<Checkpoint>;

  /** The folder need not exist yet. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#files = new StepFiles(folder, decodeCheckpoint);
  }

  /** A store for `trainHead` whose checkpoints carry the run's identity. */
  storeFor(identity: RunIdentity): CheckpointStore {
    return { save: (state) => this.#save({ ...state, ...identity }) };
  }

  /** Steps there are checkpoints of, oldest first; none if there is no folder. */
  steps(): Promise<number[]> {
    return this.#files.steps();
  }

  /** The path of a step's checkpoint. */
  pathOf(step: number): string {
    return this.#files.pathOf(step);
  }

  /**
   * The newest checkpoint. A damaged one is never passed over in silence: the
   * message names it and the step to go back to.
   *
   * @throws {InputError} if there is none, or it cannot be read
   */
  newest(): Promise<Checkpoint> {
    return this.#files.newest();
  }

  /**
   * The checkpoint of a step.
   *
   * @throws {InputError} if it is missing, damaged, or of a newer version
   */
  read(step: number): Promise<Checkpoint> {
    return this.#files.read(step);
  }

  async #save(checkpoint: Checkpoint): Promise<string> {
    const { step } = checkpoint;
    if (step === 0) await this.#saveInitial(checkpoint);
    const name = await this.#files.write(step, encodeCheckpoint(checkpoint));
    await this.#files.prune(checkpointsKept);
    return name;
  }

  async #saveInitial(
    { features, classes, parameters }: TrainingState,
  ): Promise<void> {
    await this.#files.makeFolder();
    const stem = join(this.#folder, stepFileName(0).replace(/\.ckpt$/, ""));
    const { weights, bias } = parameters;
    await replaceFile(
      `${stem}.weights.npy`,
      encodeNpy({ shape: [features, classes], data: weights }),
    );
    await replaceFile(
      `${stem}.bias.npy`,
      encodeNpy({ shape: [classes], data: bias }),
    );
  }
}

/**
 * Refuses a checkpoint of another run.
 *
 * @throws {InputError} that names what differs: the classes, the model, the data or the split
 */
export function checkIdentity(
  checkpoint: RunIdentity & { readonly step: number },
  expected: RunIdentity,
): void {
  const { labels, digests, step } = checkpoint;
  if (JSON.stringify(labels) !== JSON.stringify(expected.labels)) {
    throw new InputError(
      `The checkpoint of step ${step} is of the classes ${
        quoted(labels)
      }, these are ${quoted(expected.labels)}: train a new run`,
    );
  }
  const different = Object.entries(expected.digests).find(([name, digest]) =>
    digests[name] !== digest
  );
  if (different) {
    throw new InputError(
      `The checkpoint of step ${step} was made with another ${
        different[0]
      }: bring that back or train a new run`,
    );
  }
}

function quoted(labels: readonly string[]): string {
  const shown = labels.slice(0, 5).map((label) => JSON.stringify(label));
  if (labels.length > shown.length) {
    shown.push(`${labels.length - shown.length} more`);
  }
  return shown.join(", ");
}
