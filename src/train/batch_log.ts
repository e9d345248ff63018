/**
 * `batches.csv`: the rows of every step.
 *
 * @module
 */
import { replaceFile } from "../bytes/atomic.ts";
import { errorCode } from "../bytes/file_error.ts";
import { openLines } from "../bytes/json_lines.ts";
import { fileLimits, readRegularText } from "../bytes/regular_file.ts";
import type { StepEvent } from "./events.ts";

const header = "step,rows\n";

/**
 * Writes each step's rows as a line `step,rows`, the rows parted by spaces. A
 * run that goes on from step `n` keeps the lines up to `n` and writes the
 * others again, so that no step is there twice.
 */
export class BatchLog implements Disposable {
  readonly #lines: ReturnType<typeof openLines>;
  readonly #ids: ArrayLike<number>;

  private constructor(path: string, ids: ArrayLike<number>) {
    this.#lines = openLines(path);
    this.#ids = ids;
  }

  /**
   * Opens the log of a run that has done `step` updates; `ids` says what each
   * training row is called, such as its row of `split.csv`.
   *
   * @throws {InputError} if the file cannot be written
   */
  static async open(
    path: string,
    { step, ids }: { step: number; ids: ArrayLike<number> },
  ): Promise<BatchLog> {
    await replaceFile(path, header + linesUpTo(await readText(path), step));
    return new BatchLog(path, ids);
  }

  /**
   * Appends the line of a step.
   *
   * @throws {InputError} if the disk refuses it
   */
  append({ step, rows }: Pick<StepEvent, "step" | "rows">): void {
    const ids = Array.from(rows, (row) => this.#ids[row]);
    this.#lines.append(`${step},${ids.join(" ")}`);
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#lines[Symbol.dispose]();
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readRegularText(path, fileLimits.log);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return "";
    throw error;
  }
}

/** Whole lines of the steps 1 to `step`, each once; a torn last line has no end. */
function linesUpTo(text: string, step: number): string {
  const lines = text.split("\n").slice(1, -1);
  const seen = new Set<number>();
  const kept = lines.filter((line) => {
    const done = Number(line.split(",", 1)[0]);
    const isNew = !seen.has(done);
    seen.add(done);
    return isNew && Number.isInteger(done) && done >= 1 && done <= step;
  });
  return kept.map((line) => `${line}\n`).join("");
}
