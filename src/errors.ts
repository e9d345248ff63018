/**
 * The errors a user can meet. Each message is one sentence that names what,
 * where and what to do next; the command line prints it without a stack trace.
 *
 * @module
 */

/** Exit codes of the command line. */
export const exitCodes: {
  readonly success: 0;
  readonly failure: 1;
  readonly usage: 2;
  readonly gate: 3;
  readonly interrupted: 130;
} = { success: 0, failure: 1, usage: 2, gate: 3, interrupted: 130 };

/** One of the codes in {@linkcode exitCodes}. */
export type ExitCode = typeof exitCodes[keyof typeof exitCodes];

/** Something the user gave (a file, a folder, a graph, a machine) that cannot be worked with. */
export class InputError extends Error {
  /** The class's name, as in every `Error`. */
  override readonly name: string = "InputError";
  /** What the command line exits with. */
  readonly exitCode: ExitCode = exitCodes.failure;
}

/** A command line that cannot be understood, or a folder that is not what the command expects. */
export class UsageError extends InputError {
  /** The class's name. */
  override readonly name: string = "UsageError";
  /** Always 2. */
  override readonly exitCode: ExitCode = exitCodes.usage;
}

/** A result below the bar the user set, such as `--assert-accuracy`. */
export class GateError extends InputError {
  /** The class's name. */
  override readonly name: string = "GateError";
  /** Always 3. */
  override readonly exitCode: ExitCode = exitCodes.gate;
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
