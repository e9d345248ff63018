import type { ExitCode } from "../errors.ts";
import type { Command } from "./command.ts";
import { type FakeHost, fakeHost } from "./testing.ts";
import { main } from "./main.ts";

/** What a command left behind. */
export interface CommandResult {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command as the command line does, with `home` as the store. */
export async function runCommand(
  command: Command,
  { args, home, host = fakeHost() }: {
    readonly args: readonly string[];
    readonly home: string;
    readonly host?: FakeHost;
  },
): Promise<CommandResult> {
  const before = Deno.env.get("ESPALIER_HOME");
  Deno.env.set("ESPALIER_HOME", home);
  try {
    const all = [command.name, ...args];
    const code = await main(all, { host, commands: [command] });
    return { code, stdout: host.stdout.text(), stderr: host.stderr.text() };
  } finally {
    if (before === undefined) Deno.env.delete("ESPALIER_HOME");
    else Deno.env.set("ESPALIER_HOME", before);
  }
}

/** The events that `--json` printed. */
export function eventsOf({ stdout }: CommandResult): Record<string, unknown>[] {
  return stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

/** A folder for one test. */
export async function inFolder(
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
