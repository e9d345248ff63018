/**
 * A progress bar that a timer redraws, so that it moves while a worker
 * computes; one line every ten seconds where stderr is no terminal.
 *
 * @module
 */
import { printable } from "../bytes/printable.ts";
import { nounOf } from "../plural.ts";
import type { WatchedProgress, Watcher } from "../watcher.ts";
import {
  formatCount,
  formatDuration,
  formatNumber,
  visibleWidth,
} from "./format.ts";

export interface Stream {
  /** Writes all of the text before it returns. */
  write(text: string): void;
  /** Whether a person sees it as it is written. */
  readonly isTerminal: boolean;
  /** Whether colours are wanted: a terminal, and `NO_COLOR` unset. */
  readonly hasColors: boolean;
  columns(): number;
}

/** Time, so that tests can give their own. */
export interface Clock {
  /** Milliseconds since any fixed moment. */
  now(): number;
  /** Calls `tick` every `milliseconds` until the returned function is called. */
  every(milliseconds: number, tick: () => void): () => void;
}

/** What is counted: `unit`, in the plural, is steps unless it is said; there is no `total` where nobody knows. */
export type ProgressOptions = Parameters<Watcher["progress"]>[0];

/** A progress bar on stderr; finished, it leaves one line of what was done in what time. */
export interface Progress extends WatchedProgress {
  /** Clears the bar's line while something else is written. */
  hide(): void;
  show(): void;
}

/** All that a drawn bar shows. */
export interface ProgressState {
  readonly label: string;
  readonly unit: string;
  readonly done: number;
  readonly total?: number | undefined;
  readonly detail?: string | undefined;
  /** Seconds since the start. */
  readonly elapsed: number;
  /** Seconds since the last update. */
  readonly sinceUpdate: number;
  /** How many the last update added; the bar never runs further ahead. */
  readonly lastAdded: number;
  /** Counted a second since the first update; 0 while unknown. */
  readonly rate: number;
}

/** Milliseconds between two drawings on a terminal: half of the longest stillness that is allowed. */
const redrawInterval = 250;
/** Milliseconds between two lines elsewhere. */
const lineInterval = 10_000;
const spinner = ["|", "/", "-", "\\"];

/** Milliseconds within which updates count as one: the rows of a batch come at once. */
const burst = 100;

/** How many to show as done: counted, and what the rate promises since, less than one update's worth. */
export function expectedDone(state: ProgressState): number {
  const ahead = Math.min(state.sinceUpdate * state.rate, state.lastAdded);
  return Math.min(state.done + Math.floor(ahead), state.total ?? Infinity);
}

/** The bar as one line of at most `columns` characters. */
export function renderProgress(state: ProgressState, columns: number): string {
  const done = expectedDone(state);
  const facts = progressFacts(state);
  const turn = spinner[Math.floor(state.elapsed * 4) % spinner.length];
  const head = `${turn} ${state.label} `;
  const room = columns - 1 - visibleWidth(head) - visibleWidth(facts) - 3;
  const width = Math.min(30, room);
  if (state.total === undefined || state.total === 0 || width < 5) {
    return firstColumns(head + facts, columns - 1);
  }
  const filled = Math.floor(width * done / state.total);
  const bar = "#".repeat(filled) + "-".repeat(width - filled);
  return `${head}[${bar}] ${facts}`;
}

/** As much of a text as fits. */
function firstColumns(text: string, columns: number): string {
  let shown = [...text].slice(0, Math.max(0, columns));
  while (visibleWidth(shown.join("")) > columns) shown = shown.slice(0, -1);
  return shown.join("");
}

export function renderProgressLine(state: ProgressState): string {
  return `${state.label}: ${progressFacts(state)}`;
}

/** What is left behind: `extract: 720 images in 3m10s (3.79 images/s)`. */
export function renderFinished(state: ProgressState): string {
  const rate = state.elapsed > 0 ? state.done / state.elapsed : 0;
  const speed = rate > 0 ? ` (${formatNumber(rate)} ${state.unit}/s)` : "";
  return `${state.label}: ${formatCount(state.done)} ${
    nounOf(state.done, state.unit)
  } in ${formatDuration(state.elapsed)}${speed}`;
}

function progressFacts(state: ProgressState): string {
  const { total, rate, unit, detail } = state;
  const of = total === undefined ? "" : `/${formatCount(total)}`;
  const facts = [
    `${formatCount(state.done)}${of} ${nounOf(total ?? state.done, unit)}`,
  ];
  if (rate > 0) facts.push(`${formatNumber(rate)}/s`);
  if (rate > 0 && total !== undefined) {
    const left = Math.max(0, (total - state.done) / rate - state.sinceUpdate);
    facts.push(`ETA ${formatDuration(left)}`);
  }
  facts.push(formatDuration(state.elapsed));
  if (detail !== undefined) facts.push(detail);
  return facts.join("  ");
}

/** Starts a progress bar on a stream. A command calls `terminal.progress` instead. */
export function createProgress(
  options: ProgressOptions,
  { stream, clock, quiet }: {
    readonly stream: Stream;
    readonly clock: Clock;
    readonly quiet: boolean;
  },
): Progress {
  const counter = createCounter(options, clock);
  const printableState = (): ProgressState => {
    const { detail, ...state } = counter.state();
    return {
      ...state,
      label: oneLine(state.label),
      unit: oneLine(state.unit),
      ...detail !== undefined && { detail: oneLine(detail) },
    };
  };
  const isDrawn = !quiet && stream.isTerminal;
  let isOpen = true;

  function hide(): void {
    if (isOpen && isDrawn) stream.write("\r\x1b[K");
  }
  function show(): void {
    if (!isOpen || !isDrawn) return;
    const line = renderProgress(printableState(), stream.columns());
    stream.write(`\r${line}\x1b[K`);
  }
  function tick(): void {
    if (isDrawn) show();
    else if (!quiet) stream.write(`${renderProgressLine(printableState())}\n`);
  }
  const stop = clock.every(isDrawn ? redrawInterval : lineInterval, tick);
  show();
  function close(): void {
    hide();
    stop();
    isOpen = false;
  }
  return {
    update: counter.update,
    finish() {
      if (!isOpen) return;
      close();
      if (!quiet) stream.write(`${renderFinished(printableState())}\n`);
    },
    close,
    hide,
    show,
  };
}

function oneLine(text: string): string {
  return printable(text).replace(/[\n\t]/g, "?");
}

/**
 * Counts, and knows the rate. The first burst of updates opens the clock of the
 * rate: the time before it (pipelines compiled, cached rows skipped) says
 * nothing about what is to come.
 */
function createCounter(
  options: ProgressOptions,
  clock: Clock,
): Pick<Progress, "update"> & { state(): ProgressState } {
  const started = clock.now();
  let done = 0;
  let detail: string | undefined;
  let lastAdded = 0;
  let updated = started;
  let first: { readonly done: number; readonly at: number } | undefined;
  return {
    update(newDone, newDetail) {
      const now = clock.now();
      const added = Math.max(0, newDone - done);
      lastAdded = now - updated < burst ? lastAdded + added : added;
      done = newDone;
      detail = newDetail;
      updated = now;
      if (first === undefined) first = { done, at: now };
      else if (now - first.at < burst) first = { ...first, done };
    },
    state() {
      const now = clock.now();
      const measured = first === undefined ? 0 : (updated - first.at) / 1000;
      const counted = first === undefined ? 0 : done - first.done;
      return {
        unit: "steps",
        ...options,
        done,
        detail,
        elapsed: (now - started) / 1000,
        sinceUpdate: (now - updated) / 1000,
        lastAdded,
        rate: measured > 0 ? counted / measured : 0,
      };
    },
  };
}
