/**
 * From folders of pictures to a run folder: the main job.
 *
 * @module
 */
import { resolve } from "@std/path";
import {
  formatCsv,
  type JsonObject,
  openLog,
  readLog,
  replaceFile,
} from "../bytes/mod.ts";
import type { SplitName } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import type { ResolvedModel } from "../features/mod.ts";
import type { Session } from "../gpu/mod.ts";
import type { PassName } from "../passes/mod.ts";
import {
  BatchLog,
  checkIdentity,
  CheckpointFolder,
  type LabelledRows,
  type RecipeName,
  type RecipeOverrides,
  resolveRecipe,
  type RunIdentity,
  type TrainedHead,
  trainHead,
  type TrainingEvent,
} from "../train/mod.ts";
import {
  type Examples,
  examplesFromBottlenecks,
  examplesFromPictures,
  type ExtractionTools,
} from "./examples.ts";
import { finishRun, type RunOutcome } from "./finish_run.ts";
import { createRunFolder, RunFolder } from "./run_folder.ts";
import type { ModelRecord, RunRecord, RunSettings } from "./run_record.ts";
import type { Watcher } from "./watcher.ts";

/** What every run works with. */
export interface RunTools {
  /** Where it is computed. */
  readonly session: Session;
  /** Needed unless the run starts from text files of features. */
  readonly model?: ResolvedModel | undefined;
  /** Passes to leave out. */
  readonly without: readonly PassName[];
  /** The folder of cached rows. */
  readonly cacheRoot: string;
  /** Who is told. */
  readonly watcher: Watcher;
  /** Stops the work. */
  readonly signal?: AbortSignal | undefined;
  /** Versions and whatever else is recorded of the machine. */
  readonly environment: JsonObject & { readonly espalier: string };
}

/** What to train. */
export interface TrainRunOptions {
  /** What was asked for. */
  readonly settings: RunSettings;
  /** The recipe by name. */
  readonly recipe: RecipeName;
  /** Flags over the recipe. */
  readonly overrides: RecipeOverrides;
  /** The run's folder [the next free `runs/NAME-N`]. */
  readonly out?: string | undefined;
  /** Told the run's folder as soon as there is one. */
  readonly onFolder?: ((path: string) => void) | undefined;
}

/**
 * Trains a new run and writes its folder.
 *
 * @throws {InputError} for data that cannot be learnt from; nothing is written then
 */
export async function trainRun(
  { settings, recipe: name, overrides, out, onFolder }: TrainRunOptions,
  tools: RunTools,
): Promise<RunOutcome> {
  const examples = await readExamples(settings, tools);
  const { recipe, note } = resolveRecipe(name, {
    trainRows: examplesOf(examples, "train").indices.length,
    overrides,
  });
  if (note) tools.watcher.note(note);
  const record: RunRecord = {
    settings,
    recipe,
    labels: examples.labels,
    width: examples.width,
    ...tools.model ? { model: modelRecord(tools.model, tools.without) } : {},
    digests: { data: examples.digest, split: examples.split.digest },
    environment: {
      ...tools.environment,
      adapter: { ...tools.session.adapter },
      tuning: "preset variants",
    },
  };
  const folder = await createRunFolder({ path: out, data: settings.data });
  onFolder?.(folder.path);
  await writeData(folder, examples);
  await folder.writeRecord(record);
  return await trainAndFinish(folder, { record, examples, tools });
}

/**
 * Goes on with a run from its newest checkpoint. Its final weights are those of
 * a run that was never stopped, byte for byte.
 *
 * @throws {InputError} if the data, the split or the model are not what they were
 */
export async function resumeRun(
  path: string,
  tools: RunTools,
): Promise<RunOutcome> {
  const folder = new RunFolder(path);
  const record = await folder.readRecord();
  const examples = await readExamples(record.settings, tools);
  await writeData(folder, examples);
  return await trainAndFinish(folder, { record, examples, tools });
}

/** The model's entry in `run.json`. */
export function modelRecord(
  resolved: ResolvedModel,
  without: readonly PassName[],
): ModelRecord {
  const { model, name, path, sha256, provenance, reason } = resolved;
  const { inputTensor, bottleneckTensor, preprocessing } = model;
  return {
    name,
    path: resolve(path),
    sha256,
    inputTensor,
    bottleneckTensor,
    preprocessing,
    without,
    ...provenance === undefined ? {} : { provenance },
    ...reason === undefined ? {} : { reason },
  };
}

function readExamples(
  settings: RunSettings,
  tools: RunTools,
): Promise<Examples> {
  const { watcher } = tools;
  if (settings.isBottlenecks) return examplesFromBottlenecks(settings, watcher);
  return examplesFromPictures(settings, extractionTools(settings.exif, tools));
}

/** The tools of an extraction with the tools of a run. */
export function extractionTools(
  exif: boolean,
  { model, environment, ...tools }: RunTools,
): ExtractionTools {
  if (!model) {
    throw new InputError("Pictures need a model: name one with --model");
  }
  return { ...tools, model, exif, version: environment.espalier };
}

async function writeData(
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

/** Rows of one part, with the index of each in `split.csv`. */
export function examplesOf(
  { labels, width, split, features }: Examples,
  part: SplitName,
): LabelledRows & { readonly indices: readonly number[] } {
  const indices = [...split.records.keys()].filter((index) =>
    split.records[index].split === part
  );
  const rows = new Float32Array(indices.length * width);
  const classes = new Uint32Array(indices.length);
  for (const [at, index] of indices.entries()) {
    const { sha256, label } = split.records[index];
    rows.set(features.get(sha256) ?? [], at * width);
    classes[at] = labels.indexOf(label);
  }
  return { rows, features: width, labels: classes, indices };
}

async function trainAndFinish(
  folder: RunFolder,
  { record, examples, tools }: {
    record: RunRecord;
    examples: Examples;
    tools: RunTools;
  },
): Promise<RunOutcome> {
  const head = await train(folder, { record, examples, tools });
  return await finishRun(folder, { record, examples, head, tools });
}

async function train(
  folder: RunFolder,
  { record, examples, tools }: {
    record: RunRecord;
    examples: Examples;
    tools: RunTools;
  },
): Promise<TrainedHead> {
  const { recipe, settings, labels } = record;
  const { session, signal, watcher } = tools;
  const checkpoints = new CheckpointFolder(folder.file("checkpoints"));
  const identity: RunIdentity = {
    labels,
    digests: {
      data: examples.digest,
      split: examples.split.digest,
      model: tools.model?.sha256 ?? "none",
    },
  };
  const resume = (await checkpoints.steps()).length > 0
    ? await checkpoints.newest()
    : undefined;
  if (resume) checkIdentity(resume, identity);
  const train = examplesOf(examples, "train");
  const validation = examplesOf(examples, "validation");
  const step = resume?.step ?? 0;
  using batches = await BatchLog.open(folder.file("batches.csv"), {
    step,
    ids: train.indices,
  });
  await keepLogUpTo(folder.file("log.jsonl"), step);
  using log = openLog(folder.file("log.jsonl"));
  const bar = watcher.progress({
    label: "train",
    total: recipe.steps,
    unit: "steps",
  });
  bar.update(step);
  const head = await trainHead({
    session,
    train,
    validation,
    classes: labels.length,
    recipe,
    seed: settings.seed,
    checkpoints: checkpoints.storeFor(identity),
    resume,
    signal,
    onEvent(event) {
      log.append(loggedEvent(event));
      if (event.event === "step") {
        batches.append(event);
        bar.update(event.step, `loss ${event.loss.toFixed(4)}`);
      } else if (event.event === "eval") {
        const accuracy = (event.validationAccuracy * 100).toFixed(1);
        watcher.note(`step ${event.step}: validation accuracy ${accuracy} %`);
        watcher.event({ ...event });
      }
    },
  });
  bar.finish();
  return head;
}

/** A training event as a line of `log.jsonl`; the rows are in `batches.csv`. */
function loggedEvent(event: TrainingEvent): JsonObject {
  if (event.event !== "step") return { ...event };
  const { step, loss, accuracy, rate } = event;
  return { event: "step", step, loss, accuracy, rate };
}

/** Drops what the log says of steps that will be done again. */
async function keepLogUpTo(path: string, step: number): Promise<void> {
  const lines = step === 0
    ? []
    : (await readLog(path)).filter((line) =>
      typeof line.step !== "number" || line.step <= step
    );
  await replaceFile(
    path,
    lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
  );
}
