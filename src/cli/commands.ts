/**
 * All commands, in the order that `espalier --help` lists them. A new one is a
 * file beside this one and a line here.
 *
 * @module
 */
import { cache } from "./cache.ts";
import type { Command } from "./command.ts";
import { run } from "./run.ts";

/** All commands. */
export const commands: readonly Command[] = [run, cache];
