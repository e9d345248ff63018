/**
 * A run as a folder that predicts on another machine: what was trained, and the
 * file of the model before it.
 *
 * @module
 */
import { basename, extname, join, resolve } from "@std/path";
import {
  errorCode,
  fileLimits,
  halved,
  isTemporaryName,
  makeFolder,
  readRegularFile,
  replaceFile,
} from "../bytes/mod.ts";
import { UsageError } from "../errors.ts";
import type { Precision, ResolvedModel } from "../features/mod.ts";
import { CheckpointFolder, encodeCheckpoint } from "../train/mod.ts";
import type { ExportOptions } from "./export_graphdef.ts";
import { type HalvedModel, halvedModel } from "./halved_model.ts";
import { type RunFile, RunFolder } from "./run_folder.ts";
import { identityOf, type ModelRecord, type RunRecord } from "./run_record.ts";
import { modelRecord } from "./train_run.ts";
import type { OpenedRun } from "./use_run.ts";

/** Where the model's file is in the folder. */
const modelFolder = "backbone";

/** Beside what is needed: which pictures the run has seen, and its report. */
const companions: readonly RunFile[] = ["split.csv", "report.html"];

/**
 * Writes a folder for `predict`, `eval` and `export` that needs neither the
 * store nor the data, and cannot be trained on; returns its path. Predictions
 * are the run's, bit for bit.
 *
 * @throws {UsageError} if the folder holds something else than such a run;
 * {@linkcode InputError} if the model's file is gone, or the disk refuses
 */
export async function exportPortableRun(
  run: OpenedRun,
  { model, out, precision = "f32" }: ExportOptions,
): Promise<{ readonly run: string; readonly tooLarge: readonly string[] }> {
  await checkDestination(out, run.path);
  const file = model && await modelFile(model, precision);
  const record = portableRecord(run.record, { model, file });
  const folder = new RunFolder(out);
  await makeFolder(out);
  if (file) {
    await makeFolder(join(out, modelFolder));
    await replaceFile(join(out, modelFolder, file.name), file.bytes);
  }
  const tooLarge = await writeCheckpoint(run, { folder, record, precision });
  const { labels } = record;
  await folder.write(
    "labels.txt",
    labels.map((label) => `${label}\n`).join(""),
  );
  for (const name of companions) {
    await copyIfThere(new RunFolder(run.path).file(name), folder.file(name));
  }
  await folder.writeRecord(record);
  await removeOthers(join(out, modelFolder), (name) => name === file?.name);
  return { run: out, tooLarge: [...file?.tooLarge ?? [], ...tooLarge] };
}

/** The file of the model in the folder. */
interface ModelCopy extends Pick<HalvedModel, "bytes" | "facts" | "tooLarge"> {
  readonly name: string;
}

async function modelFile(
  model: ResolvedModel,
  precision: Precision,
): Promise<ModelCopy> {
  const { path, sha256, weights } = model;
  const bytes = await readRegularFile(path, fileLimits.model);
  const name = basename(path);
  if (precision === "f32") {
    const facts = { sha256, ...weights && { weights } };
    return { name, bytes, facts, tooLarge: [] };
  }
  const { extension, ...made } = await halvedModel(bytes, model);
  return { ...made, name: `${basename(name, extname(name))}${extension}` };
}

/** The record of the folder: the model's path is relative to it. */
function portableRecord(
  { network: { weightsOf: _weightsOf, ...network }, ...record }: RunRecord,
  { model, file }: {
    readonly model: ResolvedModel | undefined;
    readonly file: ModelCopy | undefined;
  },
): RunRecord {
  const known: ModelRecord | undefined = record.model ??
    (model && modelRecord(model));
  return {
    ...record,
    network,
    ...known && file && {
      model: { ...known, ...file.facts, path: `${modelFolder}/${file.name}` },
    },
    exported: true,
  };
}

/** The weights in use, without what a training needs to go on. */
async function writeCheckpoint(
  run: OpenedRun,
  { folder, record, precision }: {
    readonly folder: RunFolder;
    readonly record: RunRecord;
    readonly precision: Precision;
  },
): Promise<readonly string[]> {
  const source = new CheckpointFolder(join(run.path, "checkpoints"));
  const checkpoint = await source.read(run.step);
  const target = new CheckpointFolder(folder.file("checkpoints"));
  const identity = identityOf(record);
  const path = await target.pathOf(run.step);
  await makeFolder(folder.file("checkpoints"));
  await replaceFile(
    path,
    encodeCheckpoint({ ...checkpoint, moments: {}, identity }, { precision }),
  );
  const kept = basename(path);
  await removeOthers(folder.file("checkpoints"), (name) => name === kept);
  if (precision === "f32") return [];
  return halved(new Map(Object.entries(checkpoint.variables))).tooLarge;
}

/**
 * Refuses a folder with anything in it but an earlier export.
 *
 * @throws {UsageError} that names it
 */
async function checkDestination(out: string, path: string): Promise<void> {
  const isRunItself = await Promise.all([out, path].map(realPath));
  if (isRunItself[0] === isRunItself[1]) {
    throw new UsageError(
      `${out} is the run itself: give --out another folder`,
    );
  }
  const [name] = await namesIn(out);
  if (name === undefined) return;
  const before = await new RunFolder(out).readRecord().catch(() => undefined);
  if (before?.exported) return;
  throw new UsageError(
    `${out} holds files already (${name}): give --out a new folder`,
  );
}

async function realPath(path: string): Promise<string> {
  return await Deno.realPath(path).catch(() => resolve(path));
}

/** What a folder holds; nothing where there is none. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    const names = await Array.fromAsync(
      Deno.readDir(folder),
      ({ name }) => name,
    );
    return names.filter((name) => !isTemporaryName(name)).sort();
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "")) return [];
    throw error;
  }
}

/** Removes what an earlier export left in a folder of its own. */
async function removeOthers(
  folder: string,
  isKept: (name: string) => boolean,
): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (!isKept(name)) await Deno.remove(join(folder, name)).catch(() => {});
  }
}

async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await replaceFile(to, await readRegularFile(from, fileLimits.log));
  } catch (error) {
    if (!(error instanceof Error) || errorCode(error.cause) !== "ENOENT") {
      throw error;
    }
  }
}
