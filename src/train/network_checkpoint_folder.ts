/**
 * The folder of a network run's checkpoints.
 *
 * @module
 */
import type { JsonObject } from "../bytes/json.ts";
import { StepFiles } from "./_step_files.ts";
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
  readonly #files: StepFiles<NetworkCheckpoint>;

  /** The folder need not exist yet. */
  constructor(folder: string) {
    this.#files = new StepFiles(folder, decodeNetworkCheckpoint);
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
  newest(): Promise<NetworkCheckpoint> {
    return this.#files.newest();
  }

  /**
   * The checkpoint of a step.
   *
   * @throws {InputError} if it is missing, damaged, or of a newer version
   */
  read(step: number): Promise<NetworkCheckpoint> {
    return this.#files.read(step);
  }

  async #save(
    checkpoint: NetworkState & NetworkCheckpoint,
    bestStep: number | undefined,
  ): Promise<string> {
    const bytes = encodeNetworkCheckpoint(checkpoint);
    const name = await this.#files.write(checkpoint.step, bytes);
    await this.#files.prune(networkCheckpointsKept, bestStep);
    return name;
  }
}
