/**
 * CSV with the quoting of RFC 4180, lines ended by a line feed.
 *
 * What a person opens in a terminal or in a spreadsheet is a picture of the data:
 * controls become `?`, and a text that a spreadsheet would compute begins with an
 * apostrophe. Digests beside the paths tell files apart all the same.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { printable } from "./printable.ts";
import type { RecordSource } from "./record.ts";

/** What a cell may hold; `undefined` is written as an empty cell. */
export type CsvCell = string | number | boolean | undefined;

/**
 * Writes a header and rows as CSV; each line ends with `\n`.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { formatCsv } from "./csv.ts";
 * strictEqual(formatCsv(["path", "n"], [["a,b", -1]]), 'path,n\n"a,b",-1\n');
 * strictEqual(formatCsv(["path"], [["=1+1"]]), "path\n'=1+1\n");
 * ```
 */
export function formatCsv(
  header: readonly string[],
  rows: readonly (readonly CsvCell[])[],
): string {
  return [header, ...rows].map((cells) => {
    const line = cells.map(formatCell).join(",");
    // A lone empty cell is quoted, because a blank line would be no row at all.
    return `${line === "" ? '""' : line}\n`;
  }).join("");
}

/** Texts that spreadsheets take for formulas, and those that {@linkcode textOfCell} would take for one of them. */
const formula = /^'*[=+\-@\t]/;

function formatCell(cell: CsvCell): string {
  if (typeof cell !== "string") return cell === undefined ? "" : String(cell);
  const text = printable(formula.test(cell) ? `'${cell}` : cell);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The text of a cell that {@linkcode formatCsv} wrote, without the apostrophe before a formula. */
export function textOfCell(cell: string): string {
  return formula.test(cell) && cell.startsWith("'") ? cell.slice(1) : cell;
}

/** A cell with the separator after it; a quote that opens a cell must close it. */
const cellPattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\n)/y;

/**
 * The header and the rows of what {@linkcode formatCsv} wrote, cells as they are.
 *
 * @throws {InputError} that names the line where it is any other text
 */
export function parseCsv(
  text: string,
  { where, remedy }: RecordSource = { where: "table", remedy: "write it anew" },
): { header: readonly string[]; rows: readonly (readonly string[])[] } {
  const rows: string[][] = [[]];
  for (let at = 0; at < text.length; at = cellPattern.lastIndex) {
    cellPattern.lastIndex = at;
    const match = cellPattern.exec(text);
    if (!match) {
      const line = text.slice(0, at).split("\n").length;
      throw new InputError(`${where}, line ${line} is no CSV; ${remedy}`);
    }
    const [, quoted, plain, separator] = match;
    rows[rows.length - 1].push(quoted?.replaceAll('""', '"') ?? plain);
    if (separator === "\n") rows.push([]);
  }
  const [header, ...others] = rows.slice(0, -1);
  return { header: header ?? [], rows: others };
}
