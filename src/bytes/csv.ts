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
  for (let at = 0; at < text.length;) {
    const cell = readCell(text, at);
    const separator = text[cell?.end ?? text.length];
    if (!cell || separator !== "," && separator !== "\n") {
      const line = text.slice(0, at).split("\n").length;
      throw new InputError(`${where}, line ${line} is no CSV; ${remedy}`);
    }
    rows[rows.length - 1].push(cell.text);
    if (separator === "\n") rows.push([]);
    at = cell.end + 1;
  }
  const [header, ...others] = rows.slice(0, -1);
  return { header: header ?? [], rows: others };
}

const cellEnd = /[",\r\n]|$/g;

/** The cell that begins at `at`, and where it ends; none where a quote that opens it is not closed. */
function readCell(
  text: string,
  at: number,
): { readonly text: string; readonly end: number } | undefined {
  if (text[at] !== '"') {
    cellEnd.lastIndex = at;
    const end = cellEnd.exec(text)?.index ?? text.length;
    return { text: text.slice(at, end), end };
  }
  for (let from = at + 1;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return undefined;
    if (text[quote + 1] !== '"') {
      const quoted = text.slice(at + 1, quote).replaceAll('""', '"');
      return { text: quoted, end: quote + 1 };
    }
    from = quote + 2;
  }
}
