/**
 * The errors a user can meet. Each message is one sentence that names what,
 * where and what to do next; the command line prints it without a stack trace.
 *
 * @module
 */

/** Exit codes of the command line. */
export const exitCodes = {
  success: 0,
  failure: 1,
  usage: 2,
  gate: 3,
  interrupted: 130,
} as const;

/** One of the codes in {@linkcode exitCodes}. */
export type ExitCode = typeof exitCodes[keyof typeof exitCodes];

/** Something the user gave (a file, a folder, a graph, a machine) that cannot be worked with. */
export class InputError extends Error {
  override readonly name: string = "InputError";
  /** What the command line exits with. */
  readonly exitCode: ExitCode = exitCodes.failure;
}

/** A command line that cannot be understood, or a folder that is not what the command expects. */
export class UsageError extends InputError {
  override readonly name = "UsageError";
  override readonly exitCode = exitCodes.usage;
}

/** A result below the bar the user set, such as `--assert-accuracy`. */
export class GateError extends InputError {
  override readonly name = "GateError";
  override readonly exitCode = exitCodes.gate;
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
