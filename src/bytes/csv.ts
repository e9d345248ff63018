/**
 * CSV with the quoting of RFC 4180, lines ended by a line feed.
 *
 * @module
 */
import { InputError } from "../errors.ts";

/** What a cell may hold; `undefined` is written as an empty cell. */
export type CsvCell = string | number | boolean | undefined;

/** A parsed CSV: every row is as long as the header. */
export interface CsvTable {
  /** Names of the columns. */
  readonly header: readonly string[];
  /** Cells as text, row by row. */
  readonly rows: readonly (readonly string[])[];
}

/**
 * Writes a header and rows as CSV; each line ends with `\n`.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { formatCsv } from "./csv.ts";
 * strictEqual(formatCsv(["path", "n"], [["a,b", 1]]), 'path,n\n"a,b",1\n');
 * ```
 */
export function formatCsv(
  header: readonly string[],
  rows: readonly (readonly CsvCell[])[],
): string {
  return [header, ...rows].map(formatCsvRow).join("");
}

/** One row as a line with its `\n`: what a table that grows is appended with. */
export function formatCsvRow(cells: readonly CsvCell[]): string {
  const line = cells.map(formatCell).join(",");
  // A lone empty cell is quoted, because a blank line would be no row at all.
  return `${line === "" ? '""' : line}\n`;
}

function formatCell(cell: CsvCell): string {
  const text = cell === undefined ? "" : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Parses CSV with a header row; accepts LF and CRLF, a byte order mark, and
 * blank lines, which are no rows.
 *
 * @throws {InputError} for an unclosed quote, text after a closing quote, or a row of another length than the header; names `name` and the line
 */
export function parseCsv(
  text: string,
  { name = "CSV" }: { name?: string } = {},
): CsvTable {
  const [header, ...rows] = parseRows(text.replace(/^\uFEFF/, ""), name);
  if (header === undefined) {
    throw new InputError(`${name}: the table is empty, a header is expected`);
  }
  for (const { cells, line } of rows) {
    if (cells.length !== header.cells.length) {
      throw new InputError(
        `${name}, line ${line}: ${cells.length} cells, expected ${header.cells.length} as in the header`,
      );
    }
  }
  return { header: header.cells, rows: rows.map((row) => row.cells) };
}

interface ParsedRow {
  readonly cells: string[];
  readonly line: number;
}

/** A cell with the separator after it; a quote that opens a cell must close it. */
const cellPattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

function parseRows(text: string, name: string): ParsedRow[] {
  const rows: ParsedRow[] = [];
  let cells: string[] = [];
  let position = 0;
  let line = 1;
  let rowLine = 1;
  while (position < text.length || cells.length > 0) {
    cellPattern.lastIndex = position;
    const match = cellPattern.exec(text);
    if (match === null) {
      throw quoteError(text, position, `${name}, line ${line}`);
    }
    const [all, quoted, plain, separator] = match;
    cells.push(quoted?.replaceAll('""', '"') ?? plain);
    position += all.length;
    line += all.split("\n").length - 1;
    if (separator === ",") continue;
    const isBlank = cells.length === 1 && plain === "";
    if (!isBlank) rows.push({ cells, line: rowLine });
    cells = [];
    rowLine = line;
  }
  return rows;
}

function quoteError(text: string, position: number, where: string): InputError {
  const opened = text[position] === '"';
  const closed = opened && /^"(?:[^"]|"")*"/.test(text.slice(position));
  const what = !opened
    ? "a quote or carriage return inside a cell that is not quoted"
    : closed
    ? "text after a closing quote"
    : "a quote that is never closed";
  return new InputError(
    `${where}: ${what}; quote the cell and double its quotes`,
  );
}
