/**
 * A reader of CSV for tests of what is written.
 *
 * @module
 */

/** A cell with the separator after it; a quote that opens a cell must close it. */
const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\n)/y;

/** The header and the rows of RFC 4180's CSV with line feeds. Throws on any other text. */
export function parseCsv(
  text: string,
): { header: readonly string[]; rows: readonly (readonly string[])[] } {
  const rows: string[][] = [[]];
  for (let at = 0; at < text.length; at = cell.lastIndex) {
    cell.lastIndex = at;
    const match = cell.exec(text);
    if (!match) throw new Error(`no CSV from character ${at}`);
    const [, quoted, plain, separator] = match;
    rows[rows.length - 1].push(quoted?.replaceAll('""', '"') ?? plain);
    if (separator === "\n") rows.push([]);
  }
  const [header, ...others] = rows.slice(0, -1);
  return { header, rows: others };
}
