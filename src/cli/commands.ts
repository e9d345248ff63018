/**
 * All commands, in the order that `espalier --help` lists them. A new one is a
 * file beside this one, a line here and a task in `deno.json`, which a test
 * compares with what a command may do.
 *
 * @module
 */
import { cache } from "./cache.ts";
import type { Command } from "./command.ts";
import { compare } from "./compare.ts";
import { convert } from "./convert.ts";
import { doctor } from "./doctor.ts";
import { evaluate } from "./eval.ts";
import { exportRun } from "./export.ts";
import { extract } from "./extract.ts";
import { fetch } from "./fetch.ts";
import { inspect } from "./inspect.ts";
import { predict } from "./predict.ts";
import { run } from "./run_graph.ts";
import { train } from "./train.ts";

export const commands: readonly Command[] = [
  ...[train, predict, evaluate, compare, exportRun, extract, run, inspect],
  ...[convert, fetch, doctor, cache],
];
