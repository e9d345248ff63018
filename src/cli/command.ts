/**
 * What a command is: its tables of options and positionals, and what it does
 * with their values.
 *
 * @module
 */
import { type ExitCode, exitCodes } from "../errors.ts";
import { parseArguments } from "./args.ts";
import type {
  CommandFacts,
  OptionTable,
  OptionValues,
  PositionalTable,
  PositionalValues,
} from "./option_table.ts";
import type { Terminal } from "./terminal.ts";

export { type ExitCode, exitCodes };

/** A request to stop, and what the user is told about going on. */
export interface Interruption {
  /** Aborted at the first Ctrl-C. The process ends soon after, whether or not anything listens. */
  readonly signal: AbortSignal;
  /** Sets the command that resumes from here; it is printed on Ctrl-C. `undefined`: there is none. */
  resumeWith(command: string | undefined): void;
}

/** What the frame hands to every command. */
export interface CommandHost {
  /** The only way a command writes. */
  readonly terminal: Terminal;
  /** Ctrl-C: a signal to pass on, and the place to leave the resuming command. */
  readonly interruption: Interruption;
}

/** What a command runs on: the host and its own parsed arguments. */
export interface CommandContext<
  Options extends OptionTable,
  Positionals extends PositionalTable,
> extends CommandHost {
  readonly options: OptionValues<Options>;
  readonly positionals: PositionalValues<Positionals>;
  /** The options that were given, by name. */
  readonly given: ReadonlySet<string>;
}

export interface CommandDefinition<
  Options extends OptionTable,
  Positionals extends PositionalTable,
> extends CommandFacts {
  readonly options: Options;
  readonly positionals: Positionals;
  /** Does the work. What it throws becomes a message and an exit code in the frame. */
  run(context: CommandContext<Options, Positionals>): Promise<ExitCode>;
}

/** A command as the frame sees it: facts to print, and one thing to call. */
export interface Command extends CommandFacts {
  /** Parses the arguments (without the command's name) and runs. Throws `UsageError`. */
  execute(args: readonly string[], host: CommandHost): Promise<ExitCode>;
}

/**
 * Makes a command of its definition. The types of `options` and `positionals`
 * in `run` follow from the tables.
 *
 * @example
 * ```ts
 * import { strictEqual } from "@std/assert";
 * import { main } from "./main.ts";
 * import { fakeHost } from "./testing.ts";
 *
 * const greet = defineCommand({
 *   name: "greet",
 *   summary: "say hello",
 *   examples: [{ command: "greet Ada --times 2", says: "twice" }],
 *   options: {
 *     times: { type: "integer", description: "how often", default: 1, minimum: 1 },
 *   },
 *   positionals: { person: { description: "whom to greet" } },
 *   run({ options, positionals, terminal }) {
 *     for (let time = 0; time < options.times; time++) {
 *       terminal.line(`Hello ${positionals.person}`);
 *     }
 *     return Promise.resolve(exitCodes.success);
 *   },
 * });
 *
 * const host = fakeHost();
 * await main(["greet", "Ada", "--times", "2"], { host, commands: [greet] });
 * strictEqual(host.stdout.text(), "Hello Ada\nHello Ada\n");
 * ```
 */
export function defineCommand<
  const Options extends OptionTable,
  const Positionals extends PositionalTable,
>(definition: CommandDefinition<Options, Positionals>): Command {
  return {
    ...definition,
    async execute(args, host) {
      const parsed = parseArguments(definition, args);
      return await definition.run({ ...host, ...parsed });
    },
  };
}
