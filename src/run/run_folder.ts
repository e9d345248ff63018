/**
 * The files of a run.
 *
 * @module
 */
import { basename, join } from "@std/path";
import { errorCode, fileError, replaceFile } from "../bytes/mod.ts";
import { UsageError } from "../errors.ts";
import {
  formatRunRecord,
  parseRunRecord,
  type RunRecord,
} from "./run_record.ts";

/** A run's folder and the names in it. */
export class RunFolder {
  /** Its path. */
  readonly path: string;

  /** A run's folder, there or not. */
  constructor(path: string) {
    this.path = path;
  }

  /** The path of one of its files. */
  file(name: RunFile): string {
    return join(this.path, name);
  }

  /** Writes a file whole or not at all. */
  async write(name: RunFile, content: string | Uint8Array): Promise<void> {
    if (name.startsWith("model/")) {
      await Deno.mkdir(join(this.path, "model"), { recursive: true });
    }
    await replaceFile(this.file(name), content);
  }

  /** Writes `run.json`. */
  writeRecord(record: RunRecord): Promise<void> {
    return this.write("run.json", formatRunRecord(record));
  }

  /**
   * Reads `run.json`.
   *
   * @throws {InputError} if the folder is no run, or the file is damaged
   */
  async readRecord(): Promise<RunRecord> {
    const path = this.file("run.json");
    const text = await Deno.readTextFile(path).catch((error) => {
      if (["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "")) {
        throw new UsageError(
          `${this.path} is no run: expected a folder that \`espalier train\` made, with a run.json`,
          { cause: error },
        );
      }
      throw fileError(error, { doing: "read", path });
    });
    return parseRunRecord(text, path);
  }
}

/** The files of a run, checkpoints aside. */
export type RunFile =
  | "run.json"
  | "split.csv"
  | "labels.txt"
  | "log.jsonl"
  | "batches.csv"
  | "results.csv"
  | "checkpoints"
  | "model/head.json"
  | "model/weights.npy"
  | "model/bias.npy"
  | "predictions.csv"
  | "confusion.csv"
  | "skipped.csv"
  | "curves.svg"
  | "confusion.svg"
  | "grid.png"
  | "report.html";

/**
 * Makes the folder of a new run: `path` itself, which must be new or empty, or
 * the next free `runs/NAME-N`.
 *
 * @throws {UsageError} if `path` holds files already
 */
export async function createRunFolder(
  { path, data }: { path?: string | undefined; data: string },
): Promise<RunFolder> {
  if (path !== undefined) {
    try {
      await Deno.mkdir(path, { recursive: true });
      for await (const { name } of Deno.readDir(path)) {
        throw new UsageError(
          `${path} holds files already (${name}): give --out a new folder, or go on with --resume ${path}`,
        );
      }
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw fileError(error, { doing: "write", path });
    }
    return new RunFolder(path);
  }
  const name = basename(data) || "run";
  for (let number = 1;; number++) {
    const candidate = join("runs", `${name}-${number}`);
    try {
      await Deno.mkdir("runs", { recursive: true });
      await Deno.mkdir(candidate);
      return new RunFolder(candidate);
    } catch (error) {
      if (errorCode(error) === "EEXIST") continue;
      throw fileError(error, { doing: "write", path: candidate });
    }
  }
}
