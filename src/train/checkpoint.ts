/**
 * The folder of a run's checkpoints.
 *
 * @module
 */
import { join } from "@std/path";
import { replaceFile } from "../bytes/atomic.ts";
import { errorCode, fileError } from "../bytes/file_error.ts";
import { encodeNpy } from "../bytes/npy.ts";
import { InputError } from "../errors.ts";
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  type RunIdentity,
} from "./_checkpoint_format.ts";
import type { CheckpointStore, TrainingState } from "./training_state.ts";

export {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  type RunIdentity,
} from "./_checkpoint_format.ts";

/** How many checkpoints are kept, besides the one of step 0. */
export const checkpointsKept = 6;

const namePattern = /^step-(\d{6,})\.ckpt$/;

/**
 * `step-000100.ckpt` and so on in one folder. The newest
 * {@linkcode checkpointsKept} stay, and always step 0, which is also written as
 * `step-000000.weights.npy` and `.bias.npy` for other tools to start from. No
 * other file of the folder is touched.
 */
export class CheckpointFolder {
  readonly #folder: string;

  /** The folder need not exist yet. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A store for `trainHead` whose checkpoints carry the run's identity. */
  storeFor(identity: RunIdentity): CheckpointStore {
    return { save: (state) => this.#save({ ...state, ...identity }) };
  }

  /** Steps there are checkpoints of, oldest first; none if there is no folder. */
  async steps(): Promise<number[]> {
    const steps: number[] = [];
    try {
      for await (const { name } of Deno.readDir(this.#folder)) {
        const match = namePattern.exec(name);
        if (match) steps.push(Number(match[1]));
      }
    } catch (error) {
      if (errorCode(error) === "ENOENT") return [];
      throw fileError(error, { doing: "read", path: this.#folder });
    }
    return steps.sort((a, b) => a - b);
  }

  /** The path of a step's checkpoint. */
  pathOf(step: number): string {
    return join(this.#folder, nameOf(step));
  }

  /**
   * The newest checkpoint. A damaged one is never passed over in silence: the
   * message names it and the step to go back to.
   *
   * @throws {InputError} if there is none, or it cannot be read
   */
  async newest(): Promise<Checkpoint> {
    const steps = await this.steps();
    const newest = steps.at(-1);
    if (newest === undefined) {
      throw new InputError(
        `There is no checkpoint in ${this.#folder}: train a new run`,
      );
    }
    try {
      return await this.read(newest);
    } catch (error) {
      const before = steps.at(-2);
      if (!(error instanceof InputError) || before === undefined) throw error;
      throw new InputError(
        `${error.message} (without it, step ${before} is the newest)`,
        { cause: error },
      );
    }
  }

  /**
   * The checkpoint of a step.
   *
   * @throws {InputError} if it is missing, damaged, or of a newer version
   */
  async read(step: number): Promise<Checkpoint> {
    const path = this.pathOf(step);
    const bytes = await Deno.readFile(path).catch((error) => {
      throw fileError(error, { doing: "read", path });
    });
    return decodeCheckpoint(bytes, path);
  }

  async #save(checkpoint: Checkpoint): Promise<string> {
    try {
      await Deno.mkdir(this.#folder, { recursive: true });
    } catch (error) {
      throw fileError(error, { doing: "write", path: this.#folder });
    }
    const { step } = checkpoint;
    if (step === 0) await this.#saveInitial(checkpoint);
    await replaceFile(this.pathOf(step), encodeCheckpoint(checkpoint));
    await this.#prune();
    return nameOf(step);
  }

  async #saveInitial(
    { features, classes, parameters }: TrainingState,
  ): Promise<void> {
    const stem = join(this.#folder, nameOf(0).replace(/\.ckpt$/, ""));
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

  async #prune(): Promise<void> {
    const steps = (await this.steps()).filter((step) => step > 0);
    for (const step of steps.slice(0, -checkpointsKept)) {
      const path = this.pathOf(step);
      await Deno.remove(path).catch((error) => {
        throw fileError(error, { doing: "remove", path });
      });
    }
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

function nameOf(step: number): string {
  return `step-${String(step).padStart(6, "0")}.ckpt`;
}

function quoted(labels: readonly string[]): string {
  const shown = labels.slice(0, 5).map((label) => JSON.stringify(label));
  if (labels.length > shown.length) {
    shown.push(`${labels.length - shown.length} more`);
  }
  return shown.join(", ");
}
