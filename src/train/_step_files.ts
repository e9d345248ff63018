/** The files of a folder that are named by a step: `step-000100.ckpt` and so on. */
import { join } from "@std/path";
import { replaceFile } from "../bytes/atomic.ts";
import { errorCode, fileError } from "../bytes/file_error.ts";
import { InputError } from "../errors.ts";

const namePattern = /^step-(\d{6,})\.ckpt$/;

/** The name of a step's file. */
export function stepFileName(step: number): string {
  return `step-${String(step).padStart(6, "0")}.ckpt`;
}

/**
 * Checkpoints of one kind in one folder, which need not exist yet. No other
 * file of the folder is touched.
 */
export class StepFiles<Checkpoint> {
  readonly #folder: string;
  readonly #decode: (bytes: Uint8Array, name: string) => Checkpoint;

  constructor(
    folder: string,
    decode: (bytes: Uint8Array, name: string) => Checkpoint,
  ) {
    this.#folder = folder;
    this.#decode = decode;
  }

  /** Steps there are files of, oldest first; none if there is no folder. */
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

  /** The path of a step's file. */
  pathOf(step: number): string {
    return join(this.#folder, stepFileName(step));
  }

  /**
   * The newest one. A damaged one is never passed over in silence: the message
   * names it and the step to go back to.
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
   * The one of a step.
   *
   * @throws {InputError} if it is missing, damaged, or of a newer version
   */
  async read(step: number): Promise<Checkpoint> {
    const path = this.pathOf(step);
    const bytes = await Deno.readFile(path).catch((error) => {
      throw fileError(error, { doing: "read", path });
    });
    return this.#decode(bytes, path);
  }

  /** Writes the one of a step, whole or not at all; returns its name. */
  async write(step: number, bytes: Uint8Array): Promise<string> {
    await this.makeFolder();
    await replaceFile(this.pathOf(step), bytes);
    return stepFileName(step);
  }

  /** Makes the folder where it is not there. */
  async makeFolder(): Promise<void> {
    try {
      await Deno.mkdir(this.#folder, { recursive: true });
    } catch (error) {
      throw fileError(error, { doing: "write", path: this.#folder });
    }
  }

  /** Removes all but step 0, the newest `kept`, and the step `besides`. */
  async prune(kept: number, besides?: number): Promise<void> {
    const steps = (await this.steps()).filter((step) => step > 0);
    for (const step of steps.slice(0, -kept)) {
      if (step === besides) continue;
      const path = this.pathOf(step);
      await Deno.remove(path).catch((error) => {
        throw fileError(error, { doing: "remove", path });
      });
    }
  }
}
