/**
 * Help pages, made of the tables that the parser reads.
 *
 * @module
 */
import { flagName } from "./args.ts";
import { formatDefinitions, formatTable, wrap } from "./format.ts";
import {
  type CommandFacts,
  optionGroups,
  type OptionSpec,
  type PositionalTable,
} from "./option_table.ts";
import type { Terminal } from "./terminal.ts";
import { counted } from "../plural.ts";

export function mainHelp(
  commands: readonly CommandFacts[],
  style: Terminal["style"],
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

/**
 * The page of `espalier COMMAND --help`, for 80 columns.
 *
 * @param options `isWhole`: with the advanced options, too
 */
export function commandHelp(
  command: CommandFacts,
  { style, isWhole = false }: Pick<Terminal, "style"> & { isWhole?: boolean },
): string {
  const { name, summary, details, positionals, examples } = command;
  const words = Object.entries(positionals);
  const section = (title: string, rows: readonly string[]) =>
    rows.length === 0 ? [] : ["", style("bold", title), ...rows];
  const groups = [...optionRows(command, isWhole)]
    .filter(([, rows]) => rows.length > 0);
  return [
    `${style("bold", "Usage:")} espalier ${name}${
      usageWords(positionals)
    } [options]`,
    "",
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
    ...(details === undefined ? [] : ["", ...wrap(details)]),
    ...section(
      "Examples:",
      formatDefinitions(
        examples.map(({ command, says }) => [
          `espalier ${style("cyan", command)}`,
          says,
        ]),
        { column: 42, below: 6 },
      ),
    ),
    ...section(
      "Arguments:",
      formatDefinitions(
        words.map(([word, spec]) => [word.toUpperCase(), spec.description]),
        { column: Math.max(...words.map(([word]) => word.length)) + 4 },
      ),
    ),
    ...groups.flatMap(([group, rows]) =>
      section(
        groups.length === 1
          ? "Options:"
          : `${group.charAt(0).toUpperCase()}${group.slice(1)}:`,
        formatDefinitions(rows),
      )
    ),
  ].join("\n");
}

/** How the positionals are written in a usage line: ` DATA [FILE...]`. */
function usageWords(positionals: PositionalTable): string {
  return Object.entries(positionals).map(([name, spec]) => {
    const word = `${name.toUpperCase()}${spec.repeated ? "..." : ""}`;
    return spec.optional ? ` [${word}]` : ` ${word}`;
  }).join("");
}

/** The rows of each group that has any, in the order of the groups. */
function optionRows(
  { options, json }: CommandFacts,
  isWhole: boolean,
): Map<string, [flag: string, text: string][]> {
  const specs = Object.entries(options);
  const advanced = specs.filter(([, spec]) => spec.isAdvanced).length;
  const more = isWhole || advanced === 0
    ? ""
    : `; all shows ${counted(advanced, "option")} more`;
  const rows = new Map<string, [string, string][]>(
    optionGroups.map((group) => [group, []]),
  );
  for (const [name, spec] of specs) {
    if (spec.isAdvanced && !isWhole) continue;
    rows.get(spec.group ?? "output")?.push(optionRow(flagName(name), spec));
  }
  const common: [string, string | false | undefined][] = [
    ["--json", json && "print results as JSON, one object a line"],
    ["--quiet", "no progress and no notes"],
    ["--debug", more === "" && "print the stack of an error"],
    [advanced > 0 ? "-h, --help [all]" : "-h, --help", `this page${more}`],
  ];
  for (const [flag, text] of common) {
    if (text) rows.get("output")?.push([flag, text]);
  }
  return rows;
}

/** Choices stand in the text where they would push it below the flag. */
function optionRow(
  flag: string,
  spec: OptionSpec,
): [flag: string, text: string] {
  const head = optionHead(flag, spec);
  const text = `${spec.description}${optionNote(spec)}`;
  return spec.type === "choice" && head.length > 24
    ? [`--${flag} NAME`, `${spec.choices.join("|")}: ${text}`]
    : [head, text];
}

function optionHead(flag: string, spec: OptionSpec): string {
  switch (spec.type) {
    case "boolean":
      return spec.default ? `--no-${flag}` : `--${flag}`;
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
