/**
 * Ctrl-C, as a command sees it.
 *
 * @module
 */

/** A request to stop, and what the user is told about going on. */
export interface Interruption {
  /** Aborted at the first Ctrl-C. The process ends soon after, whether or not anything listens. */
  readonly signal: AbortSignal;
  /** Sets the command that resumes from here; it is printed on Ctrl-C. `undefined`: there is none. */
  resumeWith(command: string | undefined): void;
}

/** An {@linkcode Interruption} and the frame's own end of it. */
export interface InterruptionSource extends Interruption {
  /** Aborts the signal; resolves at once. */
  interrupt(): void;
  /** The command last set by `resumeWith`. */
  resumeCommand(): string | undefined;
}

/** Makes an interruption that has not happened yet. */
export function createInterruption(): InterruptionSource {
  const controller = new AbortController();
  let resume: string | undefined;
  return {
    signal: controller.signal,
    resumeWith(command) {
      resume = command;
    },
    interrupt() {
      controller.abort();
    },
    resumeCommand() {
      return resume;
    },
  };
}
