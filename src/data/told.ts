/**
 * What the user hears of a data set while it is read.
 *
 * @module
 */
import type { Watcher } from "../watcher.ts";
import type { DataListener, DataWarning, SkippedFile } from "./records.ts";

/** Tells a watcher at once, and keeps what was told. */
export class Told implements DataListener {
  readonly warnings: DataWarning[] = [];
  readonly skipped: SkippedFile[] = [];
  readonly warn: DataListener["warn"];
  readonly skip: DataListener["skip"];

  /** Nothing was told yet. */
  constructor(watcher: Pick<Watcher, "warn">) {
    this.warn = (warning) => {
      this.warnings.push(warning);
      watcher.warn(warning.message);
    };
    this.skip = (file) => {
      this.skipped.push(file);
      watcher.warn(`${file.path} is skipped: ${file.reason}`);
    };
  }
}
