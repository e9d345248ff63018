/**
 * The command line: `deno run jsr:@espalier/espalier/cli COMMAND ...`, or
 * `./espalier COMMAND ...` in a checkout, which also brings what is missing.
 *
 * @module
 */
import { commands } from "./commands.ts";
import { createDenoHost } from "./deno_host.ts";
import { main, report } from "./main.ts";
import { leaveSessionsOpen } from "./session.ts";
import { createTerminal } from "./terminal.ts";

if (import.meta.main) {
  const host = createDenoHost();
  // A promise that nobody waits for, such as a worker's, fails like a command.
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    const debug = Deno.args.includes("--debug");
    Deno.exit(report(event.reason, { terminal: createTerminal(host), debug }));
  });
  leaveSessionsOpen();
  // Workers that a command left behind would keep the process alive.
  Deno.exit(await main(Deno.args, { host, commands }));
}
