/**
 * Tables of Markdown as `deno fmt` leaves them.
 *
 * @module
 */

/** The first row is the head. */
export function markdownTable(cells: readonly (readonly string[])[]): string {
  const [head, ...body] = cells;
  const widths = head.map((_, at) =>
    Math.max(3, ...cells.map((row) => row[at].length))
  );
  const lineOf = (row: readonly string[]) =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at])).join(" | ")} |`;
  const rule = widths.map((width) => "-".repeat(width));
  return [head, rule, ...body].map(lineOf).join("\n");
}

/** What stands between the marks in README files that are written by the benchmark. */
const marks = {
  begin: "<!-- bench:table -->",
  end: "<!-- /bench:table -->",
} as const;

/** A README with another text between its marks. */
export function withText(readme: string, text: string): string {
  const { begin, end } = marks;
  const [before, rest] = readme.split(begin, 2);
  const at = rest?.indexOf(end) ?? -1;
  if (at < 0) throw new Error(`It has no ${begin} ... ${end}`);
  return `${before}${begin}\n\n${text}\n\n${rest.slice(at)}`;
}
