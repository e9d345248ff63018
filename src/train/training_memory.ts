/**
 * What a training step needs of the GPU's memory.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import type { Program } from "../plan/program.ts";

/** Bytes of a training step, by what they are for. */
export interface TrainingMemory {
  /** Weights that are trained, and what their optimizer remembers. */
  readonly variables: number;
  /** Weights that stay, batches, labels and losses. */
  readonly constants: number;
  /** Activations that the way back reads, gradients, and work space. */
  readonly scratch: number;
  /** All together. */
  readonly total: number;
  /** The largest buffer. */
  readonly largest: number;
}

/** What a planned step takes; the training data come on top. */
export function trainingMemory({ buffers }: Program): TrainingMemory {
  const memory = { variables: 0, constants: 0, scratch: 0 };
  for (const { name, bytes } of buffers) {
    const kind = name === undefined
      ? "scratch"
      : name.startsWith("variable: ")
      ? "variables"
      : "constants";
    memory[kind] += bytes;
  }
  const { variables, constants, scratch } = memory;
  return {
    ...memory,
    total: variables + constants + scratch,
    largest: Math.max(0, ...buffers.map(({ bytes }) => bytes)),
  };
}

/** The memory as one line for a user. */
export function printMemory(memory: TrainingMemory): string {
  const { variables, constants, scratch, total } = memory;
  return `${megabytes(total)} MB on the GPU: ${
    megabytes(scratch)
  } of activations and gradients, ${
    megabytes(variables)
  } of weights and what the optimizer remembers, ${
    megabytes(constants)
  } of weights that stay and batches`;
}

/**
 * Refuses a step that no buffer of the adapter holds.
 *
 * @throws {InputError} that says the planned memory and the batch that would fit
 */
export function checkMemory(
  program: Program,
  { batch, limits }: {
    batch: number;
    limits: Readonly<Record<string, number>>;
  },
): void {
  const memory = trainingMemory(program);
  const limit = Math.min(
    limits.maxBufferSize ?? Infinity,
    limits.maxStorageBufferBindingSize ?? Infinity,
  );
  if (memory.largest <= limit) return;
  const fitting = Math.floor(batch * limit / memory.largest);
  throw new InputError(
    `A batch of ${batch} needs ${printMemory(memory)}, and one buffer of ${
      megabytes(memory.largest)
    } MB where the adapter allows ${megabytes(limit)} MB: ${
      fitting < 1 ? "use a smaller model" : `use --batch ${fitting} or less`
    }`,
  );
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}
