/**
 * The frame around all commands: finds the one that is asked for, gives it a
 * terminal, and turns whatever it throws into a message and an exit code.
 *
 * @module
 */
import {
  type ExitCode,
  exitCodes,
  InputError,
  messageOf,
  UsageError,
} from "../errors.ts";
import { type CommonOptions, takeCommonOptions } from "./args.ts";
import type { Command, Interruption } from "./command.ts";
import { commandHelp, mainHelp } from "./help.ts";
import { didYouMean } from "../suggest.ts";
import {
  createTerminal,
  type Terminal,
  type TerminalParts,
} from "./terminal.ts";

/** The process, as far as the frame needs it. */
export interface Host
  extends Pick<TerminalParts, "stdout" | "stderr" | "clock"> {
  readonly version: string;
  /** Makes relative paths start from this folder. */
  changeDirectory(path: string): void;
  /** Calls the listener at each Ctrl-C until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
}

/** Milliseconds that a command has, after Ctrl-C, to put away what it holds. */
const interruptGrace = 1500;

/**
 * Runs one command line, `[-C DIR] COMMAND ...`, and never throws. `-C DIR`
 * is how a task passes on the folder the user called it from.
 *
 * @returns The exit code.
 */
export async function main(
  args: readonly string[],
  { host, commands }: {
    readonly host: Host;
    readonly commands: readonly Command[];
  },
): Promise<ExitCode> {
  const { common, rest } = takeCommonOptions(args);
  const terminal = createTerminal({ ...host, ...common });
  try {
    if (rest[0] === "-C") host.changeDirectory(folderOf(rest.splice(0, 2)));
    const [name, ...commandArgs] = rest;
    if (name === "--version" || name === "-V") {
      createTerminal(host).line(`espalier ${host.version}`);
      return exitCodes.success;
    }
    if (name === "help") {
      const [of, all] = commandArgs;
      const asked = all === "all" ? all : "common";
      return showHelp(of, { commands, host, asked });
    }
    if (name === undefined || common.help) {
      return showHelp(name, { commands, host, asked: common.help });
    }
    const command = findCommand(name, commands);
    if (common.json && !command.json) {
      throw new UsageError(
        `espalier ${name} has no --json. See espalier ${name} --help`,
      );
    }
    return await untilInterrupted(
      (interruption) =>
        command.execute(commandArgs, { terminal, interruption }),
      { host, terminal },
    );
  } catch (error) {
    terminal.close();
    return report(error, { terminal, debug: common.debug });
  } finally {
    terminal.close();
  }
}

/** Prints an error the way the command line does and gives its exit code. */
export function report(
  error: unknown,
  { terminal, debug }: { readonly terminal: Terminal; readonly debug: boolean },
): ExitCode {
  const stack = error instanceof Error ? error.stack : undefined;
  terminal.fail(sentenceOf(error));
  if (debug && stack !== undefined) terminal.warn(`stack:\n${stack}`);
  return error instanceof InputError ? error.exitCode : exitCodes.failure;
}

function sentenceOf(error: unknown): string {
  const message = messageOf(error);
  if (error instanceof InputError) return message;
  if (error instanceof Error && error.name === "NotCapable") {
    return `${message} (run it as ./espalier or deno task, which grant what is needed)`;
  }
  const isSystemError = error instanceof Error && "code" in error &&
    typeof error.code === "string";
  if (isSystemError) return message;
  return `this is a bug in espalier: ${message} (--debug prints the stack)`;
}

function folderOf(option: readonly string[]): string {
  const folder = option[1];
  if (folder) return folder;
  throw new UsageError("-C needs a folder, got nothing");
}

function findCommand(name: string, commands: readonly Command[]): Command {
  const command = commands.find((candidate) => candidate.name === name);
  if (command !== undefined) return command;
  const kind = name.startsWith("-") ? "option" : "command";
  const known = commands.map((candidate) => candidate.name);
  const hint = didYouMean(name, { known, prefix: "espalier " }) ||
    ". See espalier --help";
  throw new UsageError(`unknown ${kind} ${name}${hint}`);
}

/** Help that was asked for is a result; a bare `espalier` is a usage error that shows the same page. */
function showHelp(
  name: string | undefined,
  { commands, host, asked }: {
    readonly commands: readonly Command[];
    readonly host: Host;
    readonly asked: CommonOptions["help"];
  },
): ExitCode {
  const stdout = asked ? host.stdout : host.stderr;
  const { style, block } = createTerminal({ ...host, stdout });
  if (name === undefined) {
    block(mainHelp(commands, style));
    return asked ? exitCodes.success : exitCodes.usage;
  }
  const isWhole = asked === "all";
  const command = findCommand(name, commands);
  block(commandHelp(command, { style, isWhole }));
  return exitCodes.success;
}

/** Runs the command; after Ctrl-C only for so long, because a worker may be deep in a wait for the GPU. */
async function untilInterrupted(
  run: (interruption: Interruption) => Promise<ExitCode>,
  { host, terminal }: { readonly host: Host; readonly terminal: Terminal },
): Promise<ExitCode> {
  const controller = new AbortController();
  const { signal } = controller;
  const grace = Promise.withResolvers<ExitCode>();
  const end = () => grace.resolve(exitCodes.interrupted);
  let resume = "";
  const resumeWith = (command = "") => {
    resume = command;
  };
  let stopGrace = () => {};
  const stopListening = host.onInterrupt(() => {
    if (signal.aborted) return end();
    terminal.close();
    controller.abort();
    stopGrace = host.clock.every(interruptGrace, end);
  });
  try {
    const running = run({ signal, resumeWith });
    const code = await Promise.race([running, grace.promise]);
    if (!signal.aborted) return code;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stopGrace();
    stopListening();
  }
  terminal.close();
  terminal.warn(`interrupted${resume && `; go on with: ${resume}`}`);
  return exitCodes.interrupted;
}
