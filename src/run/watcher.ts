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
  note(text: string): void;
  warn(text: string): void;
  /** A machine-readable event. */
  event(event: Readonly<Record<string, unknown>>): void;
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
