/**
 * The command line: `deno run jsr:@espalier/espalier/cli COMMAND ...`, or
 * `./espalier COMMAND ...` in a checkout, which also brings what is missing.
 *
 * @module
 */
import { commands } from "./commands.ts";
import { runProcess } from "./process.ts";

if (import.meta.main) await runProcess(commands);
