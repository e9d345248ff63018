/**
 * Command line arguments to typed values by the table of a command, and back.
 *
 * `--rate 0.1`, `--rate=0.1`, `--fold`, `--no-fold`, positionals anywhere,
 * `--` before positionals that begin with a dash. The last of two wins.
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { UsageError } from "../errors.ts";
import { didYouMean } from "../suggest.ts";
import { adviceFor, optionCalled } from "./other_names.ts";
import type {
  CommandFacts,
  NumberOption,
  OptionSpec,
  OptionTable,
  OptionValues,
  PositionalTable,
  PositionalValues,
} from "./option_table.ts";

/** The flags that every command has. */
export interface CommonOptions {
  readonly help: false | "common" | "all";
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly json: boolean;
}

/** The flag of an option's name: `learningRate` to `learning-rate`. */
export function flagName(optionName: string): string {
  return optionName.replace(
    /[A-Z]/g,
    (capital) => `-${capital.toLowerCase()}`,
  );
}

/** Whether `--no-X` is a flag too: of what is on by default. */
function isNegatable(spec: OptionSpec): boolean {
  return spec.type === "boolean" && spec.default === true;
}

/** Takes the flags that every command has out of a command line; what follows `--` is left alone. */
export function takeCommonOptions(
  line: readonly string[],
): { common: CommonOptions; rest: string[] } {
  const args = withoutTaskTerminator(line);
  const terminator = args.indexOf("--");
  const end = terminator < 0 ? args.length : terminator;
  const isHelp = (arg: string) => arg === "--help" || arg === "-h";
  const isFlag = (arg: string, index: number) =>
    index < end &&
    (isHelp(arg) || ["--quiet", "--debug", "--json"].includes(arg));
  const found = args.filter(isFlag);
  const help = args.slice(0, end).findIndex(isHelp);
  const isAll = help >= 0 && args[help + 1] === "all";
  const common = {
    help: help < 0 ? false : isAll ? "all" : "common",
    quiet: found.includes("--quiet"),
    debug: found.includes("--debug"),
    json: found.includes("--json"),
  } as const;
  const rest = args.filter((arg, index) =>
    !isFlag(arg, index) && !(isAll && index === help + 1)
  );
  return { common, rest };
}

/** `deno task train -- --json`, as npm wants it, means `train --json`: drops a `--` right before or behind the command. */
function withoutTaskTerminator(args: readonly string[]): string[] {
  const command = args[0] === "-C" ? 2 : 0;
  const isTerminator = (index: number) =>
    args[index] === "--" && (index === command || index === command + 1);
  const first = args.findIndex((_, index) => isTerminator(index));
  return args.filter((_, index) => index !== first);
}

/** What a command is called, and what it takes. */
interface CommandTables<Options, Positionals> {
  readonly name: string;
  readonly options: Options;
  readonly positionals: Positionals;
}

/**
 * Parses the arguments of a command.
 *
 * @throws {UsageError} Unknown option, value of a wrong type or out of range,
 * value missing, too many or too few positionals.
 */
export function parseArguments<
  Options extends OptionTable,
  Positionals extends PositionalTable,
>(
  command: CommandTables<Options, Positionals>,
  args: readonly string[],
): {
  options: OptionValues<Options>;
  positionals: PositionalValues<Positionals>;
  /** The options that stand on the command line, also where they say what is so anyway. */
  given: ReadonlySet<string>;
} {
  const { values: options, words, given } = readTokens(command, args);
  const parsed = {
    options,
    positionals: placeWords(command.positionals, words),
  };
  requireGiven(command, parsed);
  return { ...parsed, given };
}

type RawValues = Record<
  string,
  ReturnType<typeof optionValue> | readonly string[] | undefined
>;

function readTokens(
  command: Pick<CommandFacts, "name" | "options">,
  args: readonly string[],
): { values: RawValues; words: string[]; given: Set<string> } {
  const byFlag = new Map(
    Object.entries(command.options).map(([name, spec]) =>
      [flagName(name), { name, spec }] as const
    ),
  );
  const values = defaultValues(command.options);
  const words: string[] = [];
  const given = new Set<string>();
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      [...byFlag].map(([flag, { spec }]) =>
        [flag, {
          type: spec.type === "boolean" ? "boolean" : "string",
        }] as const
      ),
    ),
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const isOff = token.name.startsWith("no-") && !byFlag.has(token.name);
    const option = byFlag.get(isOff ? token.name.slice(3) : token.name);
    if (
      option === undefined || !token.rawName.startsWith("--") ||
      (isOff && !isNegatable(option.spec))
    ) {
      throw unknownOption(command, token.rawName);
    }
    const { name, spec } = option;
    const value = optionValue(spec, {
      flag: token.rawName,
      value: token.value,
      inline: token.inlineValue === true,
      isOff,
    });
    given.add(name);
    const earlier = values[name];
    values[name] = spec.type === "string" && spec.multiple &&
        Array.isArray(earlier)
      ? [...earlier, String(value)]
      : value;
  }
  return { values, words, given };
}

/** An option as it stands on the command line. */
interface GivenValue {
  readonly flag: string;
  readonly value: string | undefined;
  /** Whether it came as `--X=Y`. */
  readonly inline: boolean;
  /** Whether it came as `--no-X`. */
  readonly isOff: boolean;
}

/** The value of an option by its type, or a `UsageError` that names the flag and what it takes. */
function optionValue(
  spec: OptionSpec,
  { flag, value, inline, isOff }: GivenValue,
): string | number | boolean | readonly number[] {
  if (spec.type === "boolean") {
    if (value === undefined) return !isOff;
    throw new UsageError(`${flag} takes no value, got "${value}"`);
  }
  if (value === undefined || (!inline && value.startsWith("--"))) {
    const found = value === undefined ? "" : `, got the option ${value}`;
    throw new UsageError(`${flag} needs a value${found}`);
  }
  switch (spec.type) {
    case "string":
      if (value === "") throw new UsageError(`${flag} needs a value, got ""`);
      return value;
    case "choice":
      if (spec.choices.includes(value)) return value;
      throw new UsageError(
        `${flag} takes ${spec.choices.join(", ")}, got "${value}"` +
          didYouMean(value, { known: spec.choices }),
      );
    case "number":
    case "integer":
      return numberValue(spec, { flag, value });
    case "numbers":
      return value.split(",").map((word) =>
        numberValue({ ...spec, type: "number" }, { flag, value: word })
      );
    default:
      return spec satisfies never;
  }
}

function numberValue(
  spec: Pick<NumberOption, "type" | "minimum" | "maximum">,
  { flag, value }: { flag: string; value: string },
): number {
  const number = value.trim() === "" ? NaN : Number(value);
  const whole = spec.type === "integer";
  const minimum = spec.minimum ?? -Infinity;
  const maximum = spec.maximum ?? Infinity;
  const fits = whole ? Number.isSafeInteger(number) : Number.isFinite(number);
  if (fits && number >= minimum && number <= maximum) return number;
  const range = [
    ...(Number.isFinite(minimum) ? [`of at least ${minimum}`] : []),
    ...(Number.isFinite(maximum) ? [`of at most ${maximum}`] : []),
  ].join(" and ");
  throw new UsageError(
    `${flag} takes a ${whole ? "whole number" : "number"}${
      range === "" ? "" : ` ${range}`
    }, got "${value}"`,
  );
}

function defaultValues(table: OptionTable): RawValues {
  return Object.fromEntries(
    Object.entries(table).map(([name, spec]) => {
      if (spec.type === "boolean") return [name, spec.default ?? false];
      if (spec.type === "string" && spec.multiple) return [name, []];
      return [name, spec.default];
    }),
  );
}

function unknownOption(
  command: Pick<CommandFacts, "name" | "options">,
  rawName: string,
): UsageError {
  const name = rawName.replace(/^-+/, "");
  const called = optionCalled(name, command.options);
  const advice = name.includes("_") || called === undefined
    ? adviceFor(name)
    : undefined;
  if (advice !== undefined) {
    return new UsageError(`unknown option ${rawName}: ${advice}`);
  }
  if (called !== undefined) {
    return new UsageError(
      `unknown option ${rawName}. Did you mean --${flagName(called)}?`,
    );
  }
  const known = ["help", "quiet", "debug", "json"];
  for (const [option, spec] of Object.entries(command.options)) {
    known.push(flagName(option));
    if (isNegatable(spec)) known.push(`no-${flagName(option)}`);
  }
  const hint = didYouMean(name.replaceAll("_", "-"), { known, prefix: "--" }) ||
    `. See espalier ${command.name} --help`;
  return new UsageError(`unknown option ${rawName}${hint}`);
}

/** All that is given is checked, and else its default; here what must be given is. */
function requireGiven<
  Options extends OptionTable,
  Positionals extends PositionalTable,
>(
  command: CommandTables<Options, Positionals>,
  given: { options: unknown; positionals: unknown },
): asserts given is {
  options: OptionValues<Options>;
  positionals: PositionalValues<Positionals>;
} {
  const refuse = (word: string, { description }: { description: string }) => {
    throw new UsageError(
      `${word} is missing: ${description}. See espalier ${command.name} --help`,
    );
  };
  for (const [name, spec] of Object.entries(command.options)) {
    const isLack = spec.required && isMissing(name, given.options);
    if (isLack) refuse(`--${flagName(name)}`, spec);
  }
  for (const [name, spec] of Object.entries(command.positionals)) {
    const isLack = !spec.optional && isMissing(name, given.positionals);
    if (isLack) refuse(name.toUpperCase(), spec);
  }
}

function isMissing(name: string, values: unknown): boolean {
  const value = new Map(Object.entries(Object(values))).get(name);
  return value === undefined || Array.isArray(value) && value.length === 0;
}

function placeWords(
  table: PositionalTable,
  words: readonly string[],
): Record<string, string | readonly string[] | undefined> {
  const left = [...words];
  const placed = Object.fromEntries(
    Object.entries(table).map(([name, spec]) => [
      name,
      spec.repeated ? left.splice(0) : left.shift(),
    ]),
  );
  if (left.length === 0) return placed;
  const names = Object.keys(table).map((name) => name.toUpperCase());
  throw new UsageError(
    `unexpected argument "${left[0]}": ${
      names.length === 0 ? "none is taken" : `only ${names.join(" ")} is taken`
    }; quote a path that has spaces`,
  );
}

/** The flags that say these values, each with its words; none of what is so anyway. */
export function flagsOf(
  table: OptionTable,
  values: Readonly<Record<string, unknown>>,
): string[][] {
  return Object.entries(table).flatMap(([name, spec]) => {
    const value = values[name];
    const flag = `--${flagName(name)}`;
    if (value === undefined || value === spec.default) return [];
    if (spec.type === "boolean") {
      if (value === (spec.default ?? false)) return [];
      return [[value === true ? flag : `--no-${flagName(name)}`]];
    }
    const isList = Array.isArray(value) && spec.type !== "numbers";
    const all = isList ? value : [value];
    return all.map((each) => [flag, quoted(String(each))]);
  });
}

/** The command line that does the same again, for `interruption.resumeWith`. */
export function sameCommand(
  name: string,
  { table, options, positionals }: {
    readonly table: OptionTable;
    readonly options: Readonly<Record<string, unknown>>;
    readonly positionals: readonly string[];
  },
): string {
  const words = [...positionals.map(quoted), ...flagsOf(table, options).flat()];
  return ["./espalier", name, ...words].join(" ");
}

/** A word as a POSIX shell takes it. */
function quoted(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word)
    ? word
    : `'${word.replaceAll("'", "'\\''")}'`;
}
