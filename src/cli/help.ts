/**
 * Help pages, made of the tables that the parser reads.
 *
 * @module
 */
import { flagName, isNegatable } from "./args.ts";
import type {
  CommandFacts,
  OptionSpec,
  PositionalTable,
} from "./option_table.ts";
import { formatTable } from "./format.ts";
import type { Style } from "./terminal.ts";

/** How emphasis is put on text: a terminal's `style`. */
export type Styler = (style: Style, text: string) => string;

/** The page of `espalier --help`. */
export function mainHelp(
  commands: readonly CommandFacts[],
  style: Styler,
): string {
  const list = formatTable(
    commands.map(({ name, summary }) => [
      `  ${style("cyan", name)}`,
      summary,
    ]),
  );
  return [
    "Train an image classifier on your own photos, on any GPU.",
    "",
    `${style("bold", "Usage:")} espalier COMMAND [options]`,
    "",
    style("bold", "Commands:"),
    ...list,
    "",
    "espalier COMMAND --help shows what a command takes.",
  ].join("\n");
}

/** The page of `espalier COMMAND --help`. */
export function commandHelp(command: CommandFacts, style: Styler): string {
  const { name, summary, details, positionals, examples } = command;
  const words = Object.entries(positionals);
  const section = (title: string, rows: readonly string[]) =>
    rows.length === 0 ? [] : ["", style("bold", title), ...rows];
  return [
    `${style("bold", "Usage:")} espalier ${name}${
      usageWords(positionals)
    } [options]`,
    "",
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
    ...(details === undefined ? [] : ["", details]),
    ...section(
      "Examples:",
      examples.flatMap((example) => [
        `  espalier ${style("cyan", example.command)}`,
        `      ${example.says}`,
      ]),
    ),
    ...section(
      "Arguments:",
      formatTable(
        words.map(([word, spec]) => [
          `  ${word.toUpperCase()}`,
          spec.description,
        ]),
      ),
    ),
    ...section("Options:", formatTable(optionRows(command))),
  ].join("\n");
}

/** How the positionals are written in a usage line: ` DATA [FILE...]`. */
export function usageWords(positionals: PositionalTable): string {
  return Object.entries(positionals).map(([name, spec]) => {
    const word = `${name.toUpperCase()}${spec.repeated ? "..." : ""}`;
    return spec.optional ? ` [${word}]` : ` ${word}`;
  }).join("");
}

function optionRows(command: CommandFacts): string[][] {
  const own = Object.entries(command.options).map(([name, spec]) => [
    `  ${optionHead(flagName(name), spec)}`,
    `${spec.description}${optionNote(spec)}`,
  ]);
  return [
    ...own,
    ...(command.json
      ? [["  --json", "print results as JSON, one object a line"]]
      : []),
    ["  --quiet", "no progress and no notes"],
    ["  --debug", "print the stack of an error"],
    ["  -h, --help", "this page"],
  ];
}

function optionHead(flag: string, spec: OptionSpec): string {
  switch (spec.type) {
    case "boolean":
      if (spec.default) return `--no-${flag}`;
      return isNegatable(spec) ? `--[no-]${flag}` : `--${flag}`;
    case "choice":
      return `--${flag} ${spec.choices.join("|")}`;
    case "numbers":
      return `--${flag} ${spec.valueName}`;
    case "string":
      return `--${flag} ${spec.valueName}${spec.multiple ? " ..." : ""}`;
    case "number":
      return `--${flag} ${spec.valueName ?? "X"}`;
    case "integer":
      return `--${flag} ${spec.valueName ?? "N"}`;
    default:
      return spec satisfies never;
  }
}

function optionNote(spec: OptionSpec): string {
  if (spec.required) return " (required)";
  if (spec.type === "boolean" || spec.default === undefined) return "";
  return ` [${spec.default}]`;
}
