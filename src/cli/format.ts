/**
 * Numbers, durations and tables as text.
 *
 * @module
 */
import { stripVTControlCharacters } from "node:util";

/**
 * A duration in its two largest units: `0.4s`, `12s`, `3m05s`, `2h07m`.
 * `?` where it is not known.
 */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "?";
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
}

/** A count with its thousands apart: `88,931,400`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A number in three significant digits, without an exponent: `0.333`, `4.19`, `2,090`. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 99.95) return formatCount(value);
  if (size >= 9.995) return value.toFixed(1);
  if (size >= 0.9995) return value.toFixed(2);
  return value.toFixed(3);
}

/** A size in bytes: `512 B`, `88.9 MB` (powers of 1000). */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** A share of one as percent: `93.8 %`. */
export function formatPercent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : "?";
}

/**
 * Rows as lines with aligned columns, two spaces apart.
 *
 * @param rows Cells; they may hold colours.
 * @param options `right`: the columns (from 0) that are aligned to the right.
 */
export function formatTable(
  rows: readonly (readonly string[])[],
  { right = [] }: { right?: readonly number[] } = {},
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, visibleWidth(cell));
    });
  }
  return rows.map((row) =>
    row.map((cell, column) => {
      const padding = " ".repeat(widths[column] - visibleWidth(cell));
      return right.includes(column) ? padding + cell : cell + padding;
    }).join("  ").trimEnd()
  );
}

/**
 * Terms and what they are, for a page of 80 columns: texts are wrapped and
 * begin at the same column, below a term that leaves no room beside it.
 */
export function formatDefinitions(
  rows: readonly (readonly [term: string, text: string])[],
  { column = 28, below = column }: {
    readonly column?: number;
    /** Where a text begins that stands below its term. */
    readonly below?: number;
  } = {},
): string[] {
  return rows.flatMap(([term, text]) => {
    const room = column - 4 - visibleWidth(term);
    const start = room < 0 ? below : column;
    const lines = wrap(text, pageWidth - start);
    const indented = lines.map((line) => " ".repeat(start) + line);
    return room < 0
      ? [`  ${term}`, ...indented]
      : [`  ${term}${" ".repeat(room + 2)}${lines[0]}`, ...indented.slice(1)];
  });
}

const pageWidth = 80;

/** A text in lines of at most `width` columns; a longer word has a line of its own. */
export function wrap(text: string, width: number = pageWidth): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines[lines.length - 1];
    if (line === "") lines[lines.length - 1] = word;
    else if (visibleWidth(line) + 1 + visibleWidth(word) <= width) {
      lines[lines.length - 1] = `${line} ${word}`;
    } else lines.push(word);
  }
  return lines;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** What takes two columns of a terminal: East Asian letters, and pictures. */
const isWide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]|^\p{Emoji}\ufe0f/u;

/** Columns that a text takes on a terminal; it may hold colours. */
export function visibleWidth(text: string): number {
  const shown = stripVTControlCharacters(text);
  // deno-lint-ignore no-control-regex -- of all text most
  if (/^[\x00-\x7f]*$/.test(shown)) return shown.length;
  return Array.from(graphemes.segment(shown))
    .reduce((sum, { segment }) => sum + (isWide.test(segment) ? 2 : 1), 0);
}
