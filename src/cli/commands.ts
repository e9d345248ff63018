/**
 * All commands, in the order that `espalier --help` lists them, and what each
 * may do. A new one is a file beside this one and a line here; its task in
 * `deno.json` follows from the line, and a test compares the two.
 *
 * @module
 */
import { cache } from "./cache.ts";
import type { Command } from "./command.ts";
import { compare } from "./compare.ts";
import { doctor } from "./doctor.ts";
import { evaluate } from "./eval.ts";
import { exportRun } from "./export.ts";
import { extract } from "./extract.ts";
import { fetch } from "./fetch.ts";
import { inspect } from "./inspect.ts";
import { predict } from "./predict.ts";
import { run } from "./run_graph.ts";
import { train } from "./train.ts";

/**
 * What the command line imports and no more: Deno fetches all that a lock
 * lists, and that at the root lists what tests take, too.
 */
const lock = "--lock=src/cli/deno.lock";
const files = "-R -W -E=HOME,XDG_CACHE_HOME,ESPALIER_HOME";

export const commands: readonly Command[] = [
  ...[train, predict, evaluate, compare, exportRun, extract, run, inspect],
  ...[fetch, doctor, cache],
];

/** The tasks of commands by name, as `deno.json` has them. */
export const commandTasks: Readonly<Record<string, string>> = Object
  .fromEntries(commands.map((command) => {
    const { name } = command;
    const flags = command === fetch
      ? `${files} --allow-net --allow-run=npm`
      : files;
    return [
      name,
      `deno run ${lock} --no-prompt ${flags} src/cli/mod.ts -C "$INIT_CWD" ${name}`,
    ];
  }));
