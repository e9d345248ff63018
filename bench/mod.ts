/**
 * The benchmark: `./espalier bench [PART ...] [--json FILE] [--compare OLD.json]`.
 * Nothing here is part of the published package.
 *
 * @module
 */
import { createDenoHost } from "../src/cli/deno_host.ts";
import { main } from "../src/cli/main.ts";
import { bench } from "./command.ts";

/**
 * The arguments of the frame's `main` for those of the task: `-C DIR`, which a
 * task hands on, stays before the command, and `--json FILE` becomes one word,
 * for by itself `--json` is the flag that other commands have.
 */
export function commandLine(args: readonly string[]): string[] {
  const words = [...args];
  const folder = words[0] === "-C" ? words.splice(0, 2) : [];
  const at = words.indexOf("--json");
  if (at >= 0) words.splice(at, 2, `--json=${words[at + 1] ?? ""}`);
  return [...folder, bench.name, ...words];
}

if (import.meta.main) {
  const host = createDenoHost();
  Deno.exit(await main(commandLine(Deno.args), { host, commands: [bench] }));
}
