/**
 * Who is told what a long job does; the command line's terminal is one.
 *
 * @module
 */

/** One long job's progress. */
export interface WatchedProgress {
  /** Sets how many are done and, if given, a few words about the newest. */
  update(done: number, detail?: string): void;
  /** Says that the job is done. */
  finish(): void;
  /** Says that there is nothing more to show. */
  close(): void;
}

/** Hears of progress, notes, warnings and events. */
export interface Watcher {
  /** A line for the person watching. */
  note(text: string): void;
  /** Something that may be wrong. */
  warn(text: string): void;
  /** A machine-readable event. */
  event(event: Readonly<Record<string, unknown>>): void;
  /** Begins a long job. */
  progress(
    options: { label: string; total?: number; unit?: string },
  ): WatchedProgress;
}

/** A watcher that hears nothing, for programs that print nothing. */
export const silentWatcher: Watcher = {
  note() {},
  warn() {},
  event() {},
  progress: () => ({ update() {}, finish() {}, close() {} }),
};
