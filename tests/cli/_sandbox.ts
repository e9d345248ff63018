/**
 * A folder with everything a stranger has who calls espalier: photos, a frozen
 * graph, a store. Commands run in this process where that shows all, and in a
 * process of their own where signals, permissions or the environment matter.
 */
import { ok, strictEqual } from "@std/assert";
import { dirname, join } from "@std/path";
import { fileURLToPath } from "node:url";
import manifest from "../../deno.json" with { type: "json" };
import { Random } from "../../src/bytes/mod.ts";
import { type CommandResult, runCommand } from "../../src/cli/testing.ts";
import { commands } from "../../src/cli/commands.ts";
import { pictureGraph } from "../../src/features/testing.ts";
import { encodePng } from "../../src/image/mod.ts";
import { temporaryFolder } from "../../src/bytes/temporary_folder_testing.ts";

export type { CommandResult };

/** The tasks of deno.json, as they are written there. */
export const tasks: Readonly<Record<string, string>> = manifest.tasks;

/** A file's content by its path below the sandbox. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** A picture of 12x10 pixels around one colour; another `seed` gives other bytes. */
export function picture(
  colour: readonly [number, number, number],
  seed: number,
): Uint8Array {
  const random = Random.seeded(seed);
  const pixels = Uint8Array.from(
    { length: 12 * 10 * 3 },
    (_, index) => colour[index % 3] + random.below(50),
  );
  return encodePng({ width: 12, height: 10, pixels });
}

const colours = [[200, 0, 0], [0, 200, 0], [0, 0, 200], [200, 200, 0]] as const;

/** Photos of some classes, each around a colour of its own. */
export function photos(
  labels: readonly string[] = ["blue moon", "red"],
  { each = 8, folder = "photos" } = {},
): Files {
  return Object.fromEntries(
    labels.flatMap((label, index) =>
      Array.from({ length: each }, (_, number) => [
        `${folder}/${label}/${number}.png`,
        picture(colours[index % colours.length], index * 1000 + number),
      ])
    ),
  );
}

/** What a process is given besides its arguments. */
export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string>>;
}

/** One test's folder. */
export class Sandbox {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** A path below the folder. */
  path(name: string): string {
    return join(this.root, name);
  }

  /** Writes files, and the folders they are in. */
  async write(files: Files): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      const path = this.path(name);
      await Deno.mkdir(dirname(path), { recursive: true });
      if (typeof content === "string") await Deno.writeTextFile(path, content);
      else await Deno.writeFile(path, content);
    }
  }

  /** A file's text. */
  text(name: string): Promise<string> {
    return Deno.readTextFile(this.path(name));
  }

  /** A file's bytes. */
  bytes(name: string): Promise<Uint8Array> {
    return Deno.readFile(this.path(name));
  }

  /** Runs a command in this process. Paths are absolute: it stays in its folder. */
  async run(name: string, ...args: string[]): Promise<CommandResult> {
    const command = commands.find((known) => known.name === name);
    if (!command) throw new Error(`there is no command ${name}`);
    return await runCommand(command, { args, home: this.path("home") });
  }

  /** Trains on `photos` with the tiny graph, few steps, into `name`. */
  train(name: string, ...args: string[]): Promise<CommandResult> {
    return this.run("train", ...this.trainArguments(name), ...args);
  }

  /** The arguments of {@linkcode Sandbox.train}. */
  trainArguments(name: string): string[] {
    return [
      this.path("photos"),
      ...["--model", this.path("net.pb"), "--bottleneck-tensor", "features:0"],
      ...["--out", this.path(name), "--steps", "3"],
    ];
  }

  /** Starts a task in a process of its own, with the task's own permissions, in this folder. */
  spawn(
    name: string,
    args: readonly string[],
    { env = {} }: SpawnOptions = {},
  ): Deno.ChildProcess {
    return new Deno.Command("deno", {
      args: [...taskArguments(name, this.root), ...args],
      cwd: this.root,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1", ESPALIER_HOME: this.path("home"), ...env },
    }).spawn();
  }

  /** Runs a task in a process of its own to its end. */
  async task(
    name: string,
    args: readonly string[],
    options: SpawnOptions = {},
  ): Promise<{ code: number; stdout: string; stderr: string }> {
    const { code, stdout, stderr } = await this.spawn(name, args, options)
      .output();
    const decoder = new TextDecoder();
    return {
      code,
      stdout: decoder.decode(stdout),
      stderr: decoder.decode(stderr),
    };
  }
}

const root = new URL("../../", import.meta.url);

/** A task's command line after `deno`, to be called from `folder`. */
export function taskArguments(name: string, folder: string): string[] {
  const words = tasks[name].split(" ");
  strictEqual(words.shift(), "deno");
  return words.map((word) => {
    if (word === '"$INIT_CWD"') return folder;
    return word.replace(
      /^(--lock=)?(.+\.(ts|lock))$/,
      (_, flag = "", path) => flag + fileURLToPath(new URL(path, root)),
    );
  });
}

/** Runs a test in a folder with a tiny frozen graph, `net.pb`, and these files. */
export async function inSandbox(
  files: Files,
  test: (sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  await using root = await temporaryFolder();
  const sandbox = new Sandbox(root.path);
  await sandbox.write({ "net.pb": pictureGraph(), ...files });
  await test(sandbox);
}

/** Checks that a command refused its input as it should: its exit code, one sentence, no stack trace. */
export function checkRefusal(
  { code, stderr }: { code: number; stderr: string },
  expected: { code: 1 | 2 | 3; message: RegExp },
): void {
  const errors = stderr.split("\n").filter((line) => line.startsWith("error:"));
  strictEqual(errors.length, 1, stderr);
  ok(expected.message.test(errors[0]), errors[0]);
  ok(!/\n\s+at |this is a bug/.test(stderr), stderr);
  ok(stderr.endsWith(`${errors[0]}\n`), stderr);
  strictEqual(code, expected.code, stderr);
}
