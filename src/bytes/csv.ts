/**
 * CSV with the quoting of RFC 4180, lines ended by a line feed.
 *
 * @module
 */

/** What a cell may hold; `undefined` is written as an empty cell. */
export type CsvCell = string | number | boolean | undefined;

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
  return [header, ...rows].map((cells) => {
    const line = cells.map(formatCell).join(",");
    // A lone empty cell is quoted, because a blank line would be no row at all.
    return `${line === "" ? '""' : line}\n`;
  }).join("");
}

function formatCell(cell: CsvCell): string {
  const text = cell === undefined ? "" : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
