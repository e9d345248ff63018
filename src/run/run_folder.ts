/**
 * The files of a run.
 *
 * @module
 */
import { basename, join, resolve } from "@std/path";
import {
  encodeTensors,
  errorCode,
  fileError,
  fileLimits,
  formatCsv,
  isTemporaryName,
  lockHolder,
  lockName,
  makeFolder,
  readRegularText,
  replaceFile,
  tryLockFolder,
} from "../bytes/mod.ts";
import { InputError, UsageError } from "../errors.ts";
import type { Tensors } from "../train/mod.ts";
import type { Examples } from "./examples.ts";
import {
  formatRunRecord,
  parseRunRecord,
  type RunRecord,
} from "./run_record.ts";

/** A run's folder and the names in it. */
export class RunFolder {
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
      await makeFolder(join(this.path, "model"));
    }
    await replaceFile(this.file(name), content);
  }

  /**
   * Keeps other trainings out of a run that is there, until the result is disposed of.
   *
   * @throws {InputError} that names the process that trains it
   */
  async lock(): Promise<Disposable> {
    const { lock, holder } = await tryLockFolder(this.path);
    if (lock) return lock;
    throw isBeingTrained(this.path, holder);
  }

  /**
   * Refuses to train beside another process, before any work is done for it.
   *
   * @throws {InputError} that names the process
   */
  async refuseBeside(): Promise<void> {
    const holder = await this.holder();
    if (holder !== undefined) throw isBeingTrained(this.path, holder);
  }

  /** The process that trains the run now: `process 4711`. */
  holder(): Promise<string | undefined> {
    return lockHolder(this.path);
  }

  /** Removes what a killed process left half written. */
  async removeTemporaries(): Promise<void> {
    for (const folder of ["", "checkpoints", "model"]) {
      const path = join(this.path, folder);
      for (const name of await temporariesIn(path)) {
        await Deno.remove(join(path, name)).catch(() => {});
      }
    }
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
    const text = await readRegularText(path, fileLimits.record).catch(
      (error) => {
        if (["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "")) {
          throw new UsageError(
            `${this.path} is no run: expected a folder that \`espalier train\` made, with a run.json`,
            { cause: error },
          );
        }
        throw error;
      },
    );
    const record = parseRunRecord(text, path);
    const { model } = record;
    if (!model) return record;
    // That of an exported run is in its folder.
    return {
      ...record,
      model: { ...model, path: resolve(this.path, model.path) },
    };
  }
}

/** The files of a run, checkpoints aside. */
export type RunFile =
  | "run.json"
  | "split.csv"
  | "labels.txt"
  | "layers.csv"
  | "log.jsonl"
  | "batches.csv"
  | "results.csv"
  | "checkpoints"
  | "model/model.json"
  | "model/model.safetensors"
  | "predictions.csv"
  | "confusion.csv"
  | "skipped.csv"
  | "curves.svg"
  | "confusion.svg"
  | "grid.svg"
  | "augmented.png"
  | "report.html";

/** None where there is no such folder; a leftover that stays does no harm. */
async function temporariesIn(folder: string): Promise<string[]> {
  try {
    const names: string[] = [];
    for await (const { name } of Deno.readDir(folder)) {
      if (isTemporaryName(name)) names.push(name);
    }
    return names;
  } catch {
    return [];
  }
}

function isBeingTrained(path: string, holder: string): InputError {
  return new InputError(
    `${path} is being trained by ${holder}: wait for it, or stop it first`,
  );
}

function holdsFiles(path: string, name: string): UsageError {
  return new UsageError(
    `${path} holds files already (${name}): give --out a new folder, or go on with --resume ${path}`,
  );
}

/** A file of a folder; what a killed process left half written does not count. */
async function fileIn(path: string): Promise<string | undefined> {
  try {
    for await (const { name } of Deno.readDir(path)) {
      if (!isTemporaryName(name) && name !== lockName) return name;
    }
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw fileError(error, { doing: "write", path });
  }
}

/**
 * Refuses a folder for a new run that holds files already, before any work is
 * done for it.
 *
 * @throws {UsageError} that names the folder and one of the files
 * @throws {InputError} that names the process that trains there
 */
export async function checkIsFree(path: string): Promise<void> {
  const name = await fileIn(path);
  if (name === undefined) return;
  const holder = await lockHolder(path);
  throw holder === undefined
    ? holdsFiles(path, name)
    : isBeingTrained(path, holder);
}

/**
 * Makes the folder of a new run, `path` itself, which must be new or empty, or
 * the next free `runs/NAME-N`, and keeps other trainings out of it.
 *
 * @throws {UsageError} if `path` holds files already
 * @throws {InputError} if another process trains there, or the disk refuses
 */
export async function createRunFolder(
  { path, data }: { path?: string | undefined; data: string },
): Promise<{ folder: RunFolder; lock: Disposable }> {
  const folder = path === undefined
    ? await nextRunFolder(basename(data) || "run")
    : new RunFolder(path);
  if (path !== undefined) {
    await checkIsFree(path);
    await makeFolder(path);
  }
  const lock = await folder.lock();
  // Another process may have trained there between the check and the lock.
  const name = await fileIn(folder.path);
  if (name === undefined) return { folder, lock };
  lock[Symbol.dispose]();
  throw holdsFiles(folder.path, name);
}

async function nextRunFolder(stem: string): Promise<RunFolder> {
  await makeFolder("runs");
  for (let number = 1;; number++) {
    const candidate = join("runs", `${stem}-${number}`);
    try {
      await Deno.mkdir(candidate);
      return new RunFolder(candidate);
    } catch (error) {
      if (errorCode(error) === "EEXIST") continue;
      throw fileError(error, { doing: "write", path: candidate });
    }
  }
}

/** Writes the classes, which picture is in which part, and what was left out. */
export async function writeData(
  folder: RunFolder,
  { labels, split, skipped }: Examples,
): Promise<void> {
  await folder.write(
    "labels.txt",
    labels.map((label) => `${label}\n`).join(""),
  );
  await folder.write(
    "split.csv",
    formatCsv(
      ["row", "path", "label", "split", "sha256", "file"],
      split.records.map((record, row) => [
        row,
        record.path,
        record.label,
        record.split,
        record.sha256,
        record.file,
      ]),
    ),
  );
  await folder.write(
    "skipped.csv",
    formatCsv(
      ["path", "reason"],
      skipped.map(({ path, reason }) => [path, reason]),
    ),
  );
}

/** Writes what was trained for other tools: what it is, and its variables by name. */
export async function writeModel(
  folder: RunFolder,
  { record, values }: { record: RunRecord; values: Tensors },
): Promise<void> {
  const { network, width, labels, recipe: { scaleRows }, loss } = record;
  const description = {
    format: "espalier model",
    version: 2,
    features: width,
    classes: labels.length,
    scaleRows,
    loss,
    labels,
    network,
    model: record.model ?? null,
  };
  await folder.write(
    "model/model.json",
    `${JSON.stringify(description, null, 2)}\n`,
  );
  await folder.write(
    "model/model.safetensors",
    encodeTensors({ kind: "model", metadata: { labels }, tensors: values }),
  );
}
