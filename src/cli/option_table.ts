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
  readonly type: "string";
  /** What the value is called on the help page: `DIR`, `FILE.pb`. */
  readonly valueName: string;
  readonly default?: string;
  /** Whether it may be given several times; its value is then a list. */
  readonly multiple?: boolean;
}

export interface NumberOption extends OptionFacts {
  readonly type: "number" | "integer";
  /** What the value is called on the help page [`X`, or `N` of a whole number]. */
  readonly valueName?: string;
  readonly default?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** An option that takes a few numbers with commas between. */
export interface NumbersOption extends OptionFacts {
  readonly type: "numbers";
  /** What the value is called on the help page: `X|R,G,B`. */
  readonly valueName: string;
  readonly default?: readonly number[];
  readonly minimum?: number;
}

/**
 * An option that is on or off; off unless `default` says otherwise. The
 * description of one that is on is that of `--no-X`, which the help page shows.
 */
export interface BooleanOption extends OptionFacts {
  readonly type: "boolean";
  readonly default?: boolean;
}

/** An option that takes one of a few words. */
export interface ChoiceOption extends OptionFacts {
  readonly type: "choice";
  readonly choices: readonly string[];
  readonly default?: string;
}

export type OptionSpec =
  | StringOption
  | NumberOption
  | NumbersOption
  | BooleanOption
  | ChoiceOption;

/** The options of a command, by camelCase name: `learningRate` is `--learning-rate`. */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

export interface PositionalSpec {
  /** A few words for the help page, lower case, no final period. */
  readonly description: string;
  readonly optional?: boolean;
  /** Whether it takes all that follow; only for the last one. */
  readonly repeated?: boolean;
}

/** The positionals of a command in their order, by name: `data` is shown as `DATA`. */
export type PositionalTable = Readonly<Record<string, PositionalSpec>>;

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

export type OptionValues<Options extends OptionTable> = {
  readonly [Name in keyof Options]: OptionValue<Options[Name]>;
};

export type PositionalValues<Positionals extends PositionalTable> = {
  readonly [Name in keyof Positionals]: Positionals[Name] extends
    { readonly repeated: true } ? readonly string[]
    : Positionals[Name] extends { readonly optional: true } ? string | undefined
    : string;
};

/** What a help page needs to know of a command, and all that is plain data in it. */
export interface CommandFacts {
  /** The word after `espalier`. */
  readonly name: string;
  /** One line for the list of commands, lower case, no final period. */
  readonly summary: string;
  /** A few lines for the command's own page, where the summary is not enough. */
  readonly details?: string;
  /** Commands to copy, without `espalier`, and what each does, in a few words. */
  readonly examples: readonly {
    readonly command: string;
    readonly says: string;
  }[];
  /** Whether it answers `--json` with `terminal.event`. */
  readonly json?: boolean;
  /** Its options, but for those that every command has. */
  readonly options: OptionTable;
  readonly positionals: PositionalTable;
}
