/**
 * Stand-ins for the process, so that a command's test needs no child process.
 *
 * @module
 */
import { dirname } from "@std/path";
import { modelNamed } from "../../models/mod.ts";
import type { ExitCode } from "../errors.ts";
import { openStore, recordModel } from "../store/mod.ts";
import type { Command } from "./command.ts";
import { type Host, main } from "./main.ts";
import type { Clock, Stream } from "./progress.ts";

export interface FakeStream extends Stream {
  text(): string;
}

/** Makes a stream that keeps what is written; no terminal unless told so. */
export function fakeStream(
  { isTerminal = false, hasColors = false, columns = 80 }: {
    isTerminal?: boolean;
    hasColors?: boolean;
    columns?: number;
  } = {},
): FakeStream {
  let written = "";
  return {
    isTerminal,
    hasColors,
    columns: () => columns,
    write(text) {
      written += text;
    },
    text: () => written,
  };
}

/** A clock that stands still until it is told to go on. */
export interface FakeClock extends Clock {
  /** Lets time pass, and each timer tick when it is due. */
  advance(milliseconds: number): void;
  timers(): number;
}

export function fakeClock(): FakeClock {
  let now = 0;
  const timers = new Set<{ due: number; interval: number; tick: () => void }>();
  return {
    now: () => now,
    every(interval, tick) {
      const timer = { due: now + interval, interval, tick };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        const [next] = [...timers].filter(({ due }) => due <= end)
          .sort((one, other) => one.due - other.due);
        if (next === undefined) break;
        now = next.due;
        next.due += next.interval;
        next.tick();
      }
      now = end;
    },
    timers: () => timers.size,
  };
}

/** A host whose Ctrl-C a test presses, and whose streams it reads. */
export interface FakeHost extends Host {
  readonly stdout: FakeStream;
  readonly stderr: FakeStream;
  readonly clock: FakeClock;
  interrupt(): void;
  /** The folders given to `-C`. */
  readonly folders: readonly string[];
}

export function fakeHost(): FakeHost {
  const listeners = new Set<() => void>();
  const folders: string[] = [];
  return {
    stdout: fakeStream(),
    stderr: fakeStream(),
    clock: fakeClock(),
    version: "0.0.0",
    folders,
    changeDirectory(path) {
      folders.push(path);
    },
    onInterrupt(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    interrupt() {
      for (const listener of listeners) listener();
    },
  };
}

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

/** Makes a store believe that it has a model that is known whole, with a hole for a file; gives its path. */
export async function pretendModel(
  home: string,
  name: string,
): Promise<string> {
  const entry = modelNamed(name);
  const store = openStore(home);
  const path = store.path(entry);
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(path, new Uint8Array());
  await Deno.truncate(path, entry.bytes);
  const { sha256 } = { sha256: "", ...entry.published };
  await recordModel(store, entry, { found: { size: entry.bytes, sha256 } });
  return path;
}
