import { flagName } from "./args.ts";
import type { OptionTable } from "./command.ts";

/** What a command was called with. */
export interface CommandCall {
  /** Its options table. */
  readonly table: OptionTable;
  /** The value of each option. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The positionals, in order. */
  readonly positionals: readonly string[];
}

/** The command line that does the same again, for `interruption.resumeWith`. */
export function sameCommand(
  name: string,
  { table, options, positionals }: CommandCall,
): string {
  const flags = Object.entries(table).flatMap(([key, spec]) => {
    const value = options[key];
    const flag = `--${flagName(key)}`;
    const isDefault = spec.type === "boolean"
      ? value === (spec.default ?? false)
      : value === undefined || value === spec.default;
    if (isDefault) return [];
    if (spec.type === "boolean") {
      return [value === true ? flag : `--no-${flagName(key)}`];
    }
    const isList = Array.isArray(value) && spec.type !== "numbers";
    const values = isList ? value : [value];
    return values.flatMap((each) => [flag, quoted(String(each))]);
  });
  return ["./espalier", name, ...positionals.map(quoted), ...flags].join(" ");
}

/** A word as a POSIX shell takes it. */
function quoted(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word)
    ? word
    : `'${word.replaceAll("'", "'\\''")}'`;
}
