/** How the command line's process begins and ends. */
import type { Command } from "./command.ts";
import { type ExitCode, exitCodes } from "../errors.ts";
import { settleSessions } from "../gpu/worker_session.ts";
import { createDenoHost } from "./deno_host.ts";
import { main, report } from "./main.ts";
import { leaveSessionsOpen } from "./early_session.ts";
import { createTerminal } from "./terminal.ts";

/**
 * Runs the process's command line and ends the process with its exit code,
 * whatever still runs by then, such as a decoder that was given up; only a GPU is
 * waited for. All output has been written, as streams are written to synchronously.
 */
export async function runProcess(
  commands: readonly Command[],
): Promise<never> {
  const host = createDenoHost();
  // What nobody waits for, such as a worker, fails like a command.
  const fail = (event: Event, error: unknown) => {
    event.preventDefault();
    if (isEnding) return;
    const debug = Deno.args.includes("--debug");
    return end(report(error, { terminal: createTerminal(host), debug }));
  };
  addEventListener("unhandledrejection", (event) => fail(event, event.reason));
  addEventListener("error", (event) => fail(event, event.error));
  leaveSessionsOpen();
  return await end(await main(Deno.args, { host, commands }));
}

/** Milliseconds that a GPU has, to come to the end of what it does: little after Ctrl-C. */
const patience = { usual: 5000, interrupted: 1000 } as const;

/** Whether the work is over: what fails from then on is of no interest. */
let isEnding = false;

async function end(code: ExitCode): Promise<never> {
  isEnding = true;
  const isInterrupted = code === exitCodes.interrupted;
  const isSettled = await settleSessions(
    isInterrupted ? patience.interrupted : patience.usual,
  );
  // A process that dies of the signal runs no exit handlers; shells say 130 of it, too.
  if (isInterrupted && !isSettled) Deno.kill(Deno.pid, "SIGINT");
  Deno.exit(code);
}
