/** How the command line's process begins and ends. */
import type { Command } from "./command.ts";
import { createDenoHost } from "./deno_host.ts";
import { main, report } from "./main.ts";
import { leaveSessionsOpen } from "./session.ts";
import { createTerminal } from "./terminal.ts";

/**
 * Runs the process's command line and ends the process with its exit code,
 * whatever still runs by then: a GPU's threads, a decoder that was given up. All
 * output has been written, as streams are written to synchronously.
 */
export async function runProcess(
  commands: readonly Command[],
): Promise<never> {
  const host = createDenoHost();
  // What nobody waits for, such as a worker, fails like a command.
  const fail = (event: Event, error: unknown) => {
    event.preventDefault();
    const debug = Deno.args.includes("--debug");
    Deno.exit(report(error, { terminal: createTerminal(host), debug }));
  };
  addEventListener("unhandledrejection", (event) => fail(event, event.reason));
  addEventListener("error", (event) => fail(event, event.error));
  leaveSessionsOpen();
  Deno.exit(await main(Deno.args, { host, commands }));
}
