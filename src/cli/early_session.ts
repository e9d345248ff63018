/**
 * A GPU session that is begun before the command that wants it is loaded, so it
 * loads little itself.
 *
 * @module
 */
import type { Session } from "../gpu/session.ts";
import { leaveWorkers, openWorkerSession } from "../gpu/worker_session.ts";

let endsByExit = false;

/**
 * Leaves sessions open at the end of their command, because the process ends with
 * it: a driver's threads that run into the end of the process crash it.
 */
export function leaveSessionsOpen(): void {
  endsByExit = true;
  leaveWorkers();
}

let early: Promise<Session> | undefined;

/**
 * Begins to open the GPU, where the process ends with the command: meanwhile the
 * command reads its model.
 */
export function openSessionEarly(): void {
  if (!endsByExit) return;
  early ??= openWorkerSession();
  // Whoever works with it hears of what went wrong.
  early.catch(() => {});
}

/** The session that was begun, or a new one. */
export function openEarlySession(): Promise<Session> {
  return early ?? openWorkerSession();
}

/** Closes a session at the end of its command, unless the process ends with it. */
export async function endSession(session: Session | undefined): Promise<void> {
  if (!endsByExit) await session?.close();
}

/** Commands that come to nothing without a GPU. */
const computing = ["train", "extract", "eval", "predict", "run"];

/** Whether a command line, `[-C DIR] COMMAND ...`, is one that will want the GPU. */
export function wantsGpu(args: readonly string[]): boolean {
  const [name, ...rest] = args[0] === "-C" ? args.slice(2) : args;
  const isHelp = rest.some((word) => word === "-h" || word === "--help");
  return computing.includes(name) && !isHelp;
}
