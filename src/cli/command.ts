/**
 * What a command is: its tables of options and positionals, from which both
 * the parsed values (typed) and the help page follow, and what it does.
 *
 * @module
 */
import { type ExitCode, exitCodes } from "../errors.ts";
import { parseArguments } from "./args.ts";
import type { Interruption } from "./interruption.ts";
import type { Terminal } from "./terminal.ts";

export { type ExitCode, exitCodes };

/** What every kind of option has. */
export interface OptionFacts {
  /** One line for the help page, lower case, no final period. */
  readonly description: string;
  /** Whether leaving it out is an error. */
  readonly required?: boolean;
}

/** An option that takes any text, such as a path. */
export interface StringOption extends OptionFacts {
  /** Any text but the empty one. */
  readonly type: "string";
  /** What the value is called on the help page: `DIR`, `FILE.pb`. */
  readonly valueName: string;
  /** The value where none is given. */
  readonly default?: string;
  /** Whether it may be given several times; its value is then a list. */
  readonly multiple?: boolean;
}

/** An option that takes a number, or a whole number. */
export interface NumberOption extends OptionFacts {
  /** A finite number, or a whole one. */
  readonly type: "number" | "integer";
  /** What the value is called on the help page [`X`, or `N` of a whole number]. */
  readonly valueName?: string;
  /** The value where none is given. */
  readonly default?: number;
  /** The smallest value that is taken. */
  readonly minimum?: number;
  /** The largest value that is taken. */
  readonly maximum?: number;
}

/** An option that takes a few numbers with commas between. */
export interface NumbersOption extends OptionFacts {
  /** Finite numbers. */
  readonly type: "numbers";
  /** What the value is called on the help page: `X|R,G,B`. */
  readonly valueName: string;
  /** The value where none is given. */
  readonly default?: readonly number[];
  /** The smallest number that is taken. */
  readonly minimum?: number;
}

/**
 * An option that is on or off; off unless `default` says otherwise. The
 * description of one that is on is that of `--no-X`, which the help page shows.
 */
export interface BooleanOption extends OptionFacts {
  /** On or off. */
  readonly type: "boolean";
  /** The value where none is given [off]. */
  readonly default?: boolean;
  /** Whether `--no-X` turns it off. An option that is on by default always can be. */
  readonly negatable?: boolean;
}

/** An option that takes one of a few words. */
export interface ChoiceOption extends OptionFacts {
  /** One of a few words. */
  readonly type: "choice";
  /** The words. */
  readonly choices: readonly string[];
  /** The word where none is given. */
  readonly default?: string;
}

/** One option of a command. */
export type OptionSpec =
  | StringOption
  | NumberOption
  | NumbersOption
  | BooleanOption
  | ChoiceOption;

/** The options of a command, by camelCase name: `learningRate` is `--learning-rate`. */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** One argument that is no option. */
export interface PositionalSpec {
  /** A few words for the help page, lower case, no final period. */
  readonly description: string;
  /** Whether it may be left out. */
  readonly optional?: boolean;
  /** Whether it takes all that follow; only for the last one. */
  readonly repeated?: boolean;
}

/** The positionals of a command in their order, by name: `data` is shown as `DATA`. */
export type PositionalTable = Readonly<Record<string, PositionalSpec>>;

/** The type of an option's value once it has one. */
export type GivenOptionValue<Spec extends OptionSpec> = Spec extends
  ChoiceOption ? Spec["choices"][number]
  : Spec extends NumberOption ? number
  : Spec extends NumbersOption ? readonly number[]
  : Spec extends BooleanOption ? boolean
  : string;

/** The type of an option's value: `undefined` only where nothing gives it one. */
export type OptionValue<Spec extends OptionSpec> = Spec extends
  { readonly multiple: true } ? readonly string[]
  : Spec extends
    | BooleanOption
    | { readonly default: unknown }
    | { readonly required: true } ? GivenOptionValue<Spec>
  : GivenOptionValue<Spec> | undefined;

/** The values of a table of options. */
export type OptionValues<Options extends OptionTable> = {
  readonly [Name in keyof Options]: OptionValue<Options[Name]>;
};

/** The values of a table of positionals. */
export type PositionalValues<Positionals extends PositionalTable> = {
  readonly [Name in keyof Positionals]: Positionals[Name] extends
    { readonly repeated: true } ? readonly string[]
    : Positionals[Name] extends { readonly optional: true } ? string | undefined
    : string;
};

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
  /** The value of each option in the table. */
  readonly options: OptionValues<Options>;
  /** The value of each positional in the table. */
  readonly positionals: PositionalValues<Positionals>;
}

/** A command to copy. */
export interface CommandExample {
  /** The command without `espalier`. */
  readonly command: string;
  /** What it does, in a few words. */
  readonly says: string;
}

/** What a help page needs to know of a command, and all that is plain data in it. */
export interface CommandFacts {
  /** The word after `espalier`. */
  readonly name: string;
  /** One line for the list of commands, lower case, no final period. */
  readonly summary: string;
  /** A few lines for the command's own page, where the summary is not enough. */
  readonly details?: string;
  /** Commands to copy; at least one. */
  readonly examples: readonly CommandExample[];
  /** Whether it answers `--json` with `terminal.event`. */
  readonly json?: boolean;
  /** Its options, but for those that every command has. */
  readonly options: OptionTable;
  /** Its positionals, in order. */
  readonly positionals: PositionalTable;
}

/** What {@linkcode defineCommand} takes. */
export interface CommandDefinition<
  Options extends OptionTable,
  Positionals extends PositionalTable,
> extends CommandFacts {
  /** Its options, but for those that every command has. */
  readonly options: Options;
  /** Its positionals, in order. */
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
