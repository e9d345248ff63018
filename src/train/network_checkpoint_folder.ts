/**
 * The folder of a network run's checkpoints.
 *
 * @module
 */
import { replaceFile } from "../bytes/atomic.ts";
import { fileError } from "../bytes/file_error.ts";
import type { JsonObject } from "../bytes/json.ts";
import { InputError } from "../errors.ts";
import { CheckpointFolder } from "./checkpoint.ts";
import {
  decodeNetworkCheckpoint,
  encodeNetworkCheckpoint,
  type NetworkCheckpoint,
} from "./network_checkpoint.ts";
import type { NetworkCheckpoints, NetworkState } from "./network_state.ts";

/** How many of a network's checkpoints are kept, besides the best and that of step 0. */
export const networkCheckpointsKept = 2;

/**
 * `step-000250.ckpt` and so on in one folder, each written whole or not at all,
 * with a checksum. The newest {@linkcode networkCheckpointsKept} stay, step 0, and
 * the best; no other file of the folder is touched.
 */
export class NetworkCheckpointFolder {
  readonly #files: CheckpointFolder;
  readonly #folder: string;

  /** The folder need not exist yet. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#files = new CheckpointFolder(folder);
  }

  /**
   * A store for `trainNetwork` whose checkpoints carry the run's identity;
   * `bestStep` says which step is the best so far.
   */
  storeFor(
    identity: JsonObject,
    { bestStep }: { bestStep(): number | undefined },
  ): NetworkCheckpoints {
    return {
      save: (state) => this.#save({ ...state, identity }, bestStep()),
    };
  }

  /** Steps there are checkpoints of, oldest first; none if there is no folder. */
  steps(): Promise<number[]> {
    return this.#files.steps();
  }

  /**
   * The newest checkpoint. A damaged one is never passed over in silence.
   *
   * @throws {InputError} if there is none, or it cannot be read
   */
  async newest(): Promise<NetworkCheckpoint> {
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
  async read(step: number): Promise<NetworkCheckpoint> {
    const path = this.#files.pathOf(step);
    const bytes = await Deno.readFile(path).catch((error) => {
      throw fileError(error, { doing: "read", path });
    });
    return decodeNetworkCheckpoint(bytes, path);
  }

  async #save(
    checkpoint: NetworkState & NetworkCheckpoint,
    bestStep: number | undefined,
  ): Promise<string> {
    try {
      await Deno.mkdir(this.#folder, { recursive: true });
    } catch (error) {
      throw fileError(error, { doing: "write", path: this.#folder });
    }
    const path = this.#files.pathOf(checkpoint.step);
    await replaceFile(path, encodeNetworkCheckpoint(checkpoint));
    await this.#prune(bestStep);
    return path.slice(this.#folder.length + 1);
  }

  async #prune(bestStep: number | undefined): Promise<void> {
    const steps = (await this.steps()).filter((step) => step > 0);
    for (const step of steps.slice(0, -networkCheckpointsKept)) {
      if (step === bestStep) continue;
      const path = this.#files.pathOf(step);
      await Deno.remove(path).catch((error) => {
        throw fileError(error, { doing: "remove", path });
      });
    }
  }
}
