/**
 * All that a command writes goes through a {@linkcode Terminal}: results to
 * stdout, as lines or as JSON events, and everything else to stderr.
 *
 * @module
 */
import { inspect } from "node:util";
import { printable, printableJson } from "../bytes/printable.ts";
import type { Watcher } from "../watcher.ts";
import { formatTable } from "./format.ts";
import {
  type Clock,
  createProgress,
  type Progress,
  type Stream,
} from "./progress.ts";

export interface TerminalParts {
  /** Where results go. */
  readonly stdout: Stream;
  /** Where all else goes. */
  readonly stderr: Stream;
  /** What progress bars, and the wait after Ctrl-C, go by. */
  readonly clock: Clock;
  /** Whether results are JSON events; lines and progress are then not written. */
  readonly json?: boolean;
  /** Whether notes and progress are not written. */
  readonly quiet?: boolean;
}

export interface TableOptions {
  /** The columns (from 0) that are aligned to the right. */
  readonly right?: readonly number[];
  /** Begins each line. */
  readonly indent?: string;
}

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/**
 * What a command writes to. A command calls both `line` and `event`, which is
 * for stdout with `--json`; the terminal knows which is wanted. Notes and
 * progress are on stderr without `--quiet` and `--json`, warnings always; a
 * progress bar ends the one before. Nothing that it is given can move the cursor
 * or pass for another line: see {@linkcode printable}.
 */
export interface Terminal extends Watcher {
  /** A line of the result, on stdout; nothing with `--json`. */
  line(text: string): void;
  /** Lines of the result, as they are. */
  block(text: string): void;
  /** Lines with aligned columns. */
  table(rows: readonly (readonly string[])[], options?: TableOptions): void;
  /** `error: ...` on stderr, always. */
  fail(text: string): void;
  /** The text with emphasis where stdout shows colours, else as it is. */
  style(style: Style, text: string): string;
  /** Ends the progress bar that is shown, if any, and its timer. */
  close(): void;
}

export function createTerminal(parts: TerminalParts): Terminal {
  const { stdout, stderr, clock } = parts;
  const json = parts.json === true;
  const quiet = json || parts.quiet === true;
  let active: Progress | undefined;

  const { style, plain } = createStyles();

  function write(stream: Stream, text: string): void {
    active?.hide();
    stream.write(`${plain(text)}\n`);
    active?.show();
  }
  /** A person may be told several lines; none but the first begins like one of ours. */
  function tell(text: string, head = ""): void {
    write(stderr, head + text.trimEnd().replaceAll("\n", "\n  "));
  }
  function warn(look: Style, word: string, text: string): void {
    tell(text, `${stderr.hasColors ? style(look, word) : word} `);
  }
  function line(text: string): void {
    if (!json) write(stdout, text.replace(/[\n\t]/g, "?"));
  }
  return {
    line,
    block(text) {
      if (!json) write(stdout, text);
    },
    table(rows, { indent = "", ...options } = {}) {
      const cells = rows.map((row) =>
        row.map((cell) => plain(cell, { keepStyles: true }))
      );
      for (const row of formatTable(cells, options)) line(indent + row);
    },
    event(event) {
      if (json) write(stdout, printableJson(event));
    },
    note(text) {
      if (!quiet) tell(text);
    },
    warn: (text) => warn("yellow", "warning:", text),
    fail: (text) => warn("red", "error:", text),
    style(look, text) {
      return stdout.hasColors ? style(look, text) : text;
    },
    progress(options) {
      active?.close();
      active = createProgress(options, { stream: stderr, clock, quiet });
      return active;
    },
    close() {
      active?.close();
      active = undefined;
    },
  };
}

/** What a terminal's own colours are told by from those in a name. */
interface Styles {
  style(style: Style, text: string): string;
  /** The text as it may be written: with these colours and no other control. */
  plain(text: string, options?: { keepStyles?: boolean }): string;
}

/** Colours carry numbers that nobody can guess until they are written. */
function createStyles(): Styles {
  // Of four digits, as those of colours are at most.
  const secret = Array.from(
    crypto.getRandomValues(new Uint16Array(4)),
    (number) => 1000 + number % 9000,
  ).join(";");
  const mark = (code: number) => `\x1b[${secret};${code}m`;
  const marks = new RegExp(`(\x1b\\[${secret};\\d+m)`);
  return {
    style(style, text) {
      const [on, off] = inspect.colors[style] ?? [0, 0];
      return mark(on) + text + mark(off);
    },
    plain(text, { keepStyles = false } = {}) {
      return text.split(marks).map((part, index) => {
        if (index % 2 === 0) return printable(part);
        return keepStyles ? part : part.replace(`${secret};`, "");
      }).join("");
    },
  };
}
