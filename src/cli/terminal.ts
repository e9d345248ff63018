/**
 * All that a command writes goes through a {@linkcode Terminal}: results to
 * stdout, as lines or as JSON events, and everything else to stderr.
 *
 * @module
 */
import { styleText } from "node:util";
import type { Watcher } from "../watcher.ts";
import { formatTable, withoutControls } from "./format.ts";
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
 * progress bar ends the one before.
 */
export interface Terminal extends Watcher {
  /** A line of the result, on stdout; nothing with `--json`. */
  line(text: string): void;
  /** Lines with aligned columns, whose cells cannot move the cursor. */
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

  function write(stream: Stream, text: string): void {
    active?.hide();
    stream.write(`${text}\n`);
    active?.show();
  }
  function warn(style: Style, word: string, text: string): void {
    const head = stderr.hasColors ? styled(style, word) : word;
    write(stderr, `${head} ${withoutControls(text)}`);
  }
  function line(text: string): void {
    if (!json) write(stdout, text);
  }
  return {
    line,
    table(rows, { indent = "", ...options } = {}) {
      for (const row of formatTable(rows, options)) {
        line(indent + withoutControls(row));
      }
    },
    event(event) {
      if (json) write(stdout, JSON.stringify(event));
    },
    note(text) {
      if (!quiet) write(stderr, text);
    },
    warn: (text) => warn("yellow", "warning:", text),
    fail: (text) => warn("red", "error:", text),
    style(style, text) {
      return stdout.hasColors ? styled(style, text) : text;
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

function styled(style: Style, text: string): string {
  return styleText(style, text, { validateStream: false });
}
