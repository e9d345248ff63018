/**
 * The command line: `deno run jsr:@espalier/espalier/cli COMMAND ...`, or
 * `./espalier COMMAND ...` in a checkout, which also brings what is missing.
 *
 * @module
 */
import { exitCodes } from "../errors.ts";
import { commands } from "./commands.ts";
import { createDenoHost } from "./deno_host.ts";
import { main } from "./main.ts";

export * from "./command.ts";
export * from "./commands.ts";
export * from "./deno_host.ts";
export * from "./interruption.ts";
export * from "./main.ts";
export * from "./progress.ts";
export * from "./terminal.ts";

if (import.meta.main) {
  const code = await main(Deno.args, { host: createDenoHost(), commands });
  // A worker that a failed or interrupted command left behind would keep the process alive.
  if (code !== exitCodes.success) Deno.exit(code);
}
