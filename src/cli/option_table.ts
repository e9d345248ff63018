/**
 * What a command takes, as plain data: its options and positionals, from which
 * the parser, the types of the values and the help page follow.
 *
 * @module
 */

/** The headings under which a help page shows options, in its order. */
export const optionGroups = [
  "data",
  "model",
  "training",
  "augmentation",
  "output",
] as const;

/** What every kind of option has. */
export interface OptionFacts {
  /** A few words for the help page, lower case, no final period. */
  readonly description: string;
  /** Its heading on the help page [`output`]. */
  readonly group?: typeof optionGroups[number];
  /** Whether only `--help all` shows it. */
  readonly isAdvanced?: boolean;
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
