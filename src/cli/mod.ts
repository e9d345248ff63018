/**
 * The command line: `deno run jsr:@espalier/espalier/cli COMMAND ...`, or
 * `./espalier COMMAND ...` in a checkout, which also brings what is missing.
 *
 * @module
 */
import {
  leaveSessionsOpen,
  openSessionEarly,
  wantsGpu,
} from "./early_session.ts";

if (import.meta.main) {
  // The GPU's Worker loads and opens its adapter beside all that is loaded here.
  leaveSessionsOpen();
  if (wantsGpu(Deno.args)) openSessionEarly();
  const { runProcess } = await import("./process.ts");
  const { commands } = await import("./commands.ts");
  await runProcess(commands);
}
