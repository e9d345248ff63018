/**
 * A run that has nothing left to do.
 *
 * @module
 */
import { errorCode } from "../bytes/mod.ts";
import { type Accuracy, accuracyOf } from "../report/mod.ts";
import { checkIdentity, CheckpointFolder } from "../train/mod.ts";
import {
  checkFiles,
  checkFolders,
  foldersOf,
  readKnownFiles,
} from "./changed_data.ts";
import { exampleDigests } from "./examples.ts";
import type { RunOutcome } from "./finish_run.ts";
import type { RunFile, RunFolder } from "./run_folder.ts";
import { identityOf, type RunRecord } from "./run_record.ts";

/** What a run came to that is whole, and a sentence that says so. */
export interface FinishedRun {
  readonly outcome: RunOutcome;
  readonly message: string;
}

/** What the end of a training writes. */
const lastFiles: readonly RunFile[] = [
  "model/model.safetensors",
  "log.jsonl",
  "results.csv",
  "predictions.csv",
  "confusion.csv",
  "curves.svg",
  "confusion.svg",
  "report.html",
];

/**
 * The outcome of a run whose files are all there; undefined where something is
 * left to do.
 *
 * @throws {InputError} if its checkpoint is damaged or of another run, or its data is not what it was
 */
export async function finishedRun(
  folder: RunFolder,
  record: RunRecord,
): Promise<FinishedRun | undefined> {
  const { results, recipe: { steps }, network: { patience } } = record;
  const checkpoints = new CheckpointFolder(folder.file("checkpoints"));
  const last = (await checkpoints.steps()).at(-1);
  if (results === undefined || last === undefined) return undefined;
  // A training that stopped early has no checkpoint of its last step.
  if (last !== steps && patience === undefined) return undefined;
  for (const name of lastFiles) {
    if (!await isThere(folder.file(name))) return undefined;
  }
  const files = await readKnownFiles(folder);
  if (files === undefined) return undefined;
  checkIdentity(await checkpoints.newest(), identityOf(record));
  const { settings } = record;
  await checkFolders(settings, folder.path);
  checkFiles(files, {
    run: folder.path,
    records: await exampleDigests(settings),
    place: foldersOf(settings),
  });
  const done = steps.toLocaleString("en-US");
  return {
    message: last === steps
      ? `${folder.path} has all its ${done} steps; nothing to do`
      : `${folder.path} stopped early, ${last} of ${done} steps being enough; nothing to do`,
    outcome: {
      run: folder.path,
      record,
      validation: accuracyIn(results.validation),
      test: accuracyIn(results.test),
      skipped: files.skipped.size,
    },
  };
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return false;
  }
}

/** An accuracy as `run.json` holds it. */
function accuracyIn(recorded: unknown): Accuracy {
  const { accuracy, n } = Object(recorded);
  return typeof accuracy === "number" && typeof n === "number"
    ? accuracyOf(Math.round(accuracy * n), n)
    : accuracyOf(0, 0);
}
