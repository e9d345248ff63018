/**
 * Using a run: its newest checkpoint restored, on pictures it has not seen.
 *
 * @module
 */
import { errorCode } from "../bytes/mod.ts";
import {
  digestRecords,
  type ImageRecord,
  listPictures,
  scanFolder,
  type SkippedFile,
  truthOf,
} from "../data/mod.ts";
import { InputError, UsageError } from "../errors.ts";
import {
  type ModelRequest,
  type ResolvedModel,
  resolveModel,
} from "../features/mod.ts";
import type { Session } from "../gpu/mod.ts";
import { openStore } from "../store/mod.ts";
import {
  CheckpointFolder,
  type Head,
  NetworkCheckpointFolder,
  predictHead,
  type VariableValues,
} from "../train/mod.ts";
import { pictureRows } from "./_network_rows.ts";
import { predictSource } from "./_predict_rows.ts";
import { rowReader, type RowTools } from "./_row_reader.ts";
import { checkSameModel } from "./_same_run.ts";
import { isNetworkRecord, valuesOf } from "./_train_network_in_folder.ts";
import { recordedTuning } from "../tune/choose_tuning.ts";
import type { ReadRows } from "./examples.ts";
import type { ExtractionTools } from "../features/extract_features.ts";
import type { NetworkSettings } from "./network_settings.ts";
import { type Prediction, predictionsOf } from "./predictions.ts";
import { RunFolder } from "./run_folder.ts";
import { modelOptionsOf, type RunRecord } from "./run_record.ts";

/** What both kinds of runs have. */
export interface OpenedFolder {
  /** Its files. */
  readonly folder: RunFolder;
  /** The step that its weights are of. */
  readonly step: number;
}

/** A run that trained one dense layer on features. */
export interface OpenedHeadRun extends OpenedFolder {
  /** Tells the kinds apart. */
  readonly kind: "head";
  /** What `run.json` holds. */
  readonly record: RunRecord;
  /** Restored from the newest checkpoint. */
  readonly head: Head;
}

/** A run that trained a network. */
export interface OpenedNetworkRun extends OpenedFolder {
  /** Tells the kinds apart. */
  readonly kind: "network";
  /** What `run.json` holds. */
  readonly record: RunRecord & { readonly network: NetworkSettings };
  /** Restored from the newest checkpoint, or from the best where training stops early. */
  readonly values: VariableValues;
}

/** A trained run, ready to predict. */
export type OpenedRun = OpenedHeadRun | OpenedNetworkRun;

/**
 * Opens a run and restores its newest checkpoint.
 *
 * @throws {InputError} if the folder is no run, or its checkpoint is damaged
 * or of other classes
 */
export async function openRun(path: string): Promise<OpenedRun> {
  const folder = new RunFolder(path);
  const record = await folder.readRecord();
  if (isNetworkRecord(record)) {
    const checkpoints = new NetworkCheckpointFolder(folder.file("checkpoints"));
    const used = record.results?.step;
    const checkpoint = typeof used === "number"
      ? await checkpoints.read(used)
      : await checkpoints.newest();
    const { step } = checkpoint;
    return {
      kind: "network",
      folder,
      record,
      step,
      values: valuesOf(checkpoint),
    };
  }
  const checkpoints = new CheckpointFolder(folder.file("checkpoints"));
  const checkpoint = await checkpoints.newest();
  const { labels, step, features, classes, parameters } = checkpoint;
  const isOfRun = JSON.stringify(labels) === JSON.stringify(record.labels) &&
    features === record.width;
  if (!isOfRun) {
    throw new InputError(
      `${
        checkpoints.pathOf(step)
      } is of other classes or features than ${path}/run.json says: put the run's own checkpoints back, or train a new run`,
    );
  }
  const { scaleRows } = record.recipe;
  const head = { features, classes, scaleRows, ...parameters };
  return { kind: "head", folder, record, head, step };
}

/** Where a run's model is looked for, and what the user says instead. */
export interface RunModelOptions {
  /** `$ESPALIER_HOME`. */
  readonly home: string;
  /** What the user gave; outranks what the run remembers. */
  readonly request: ModelRequest;
}

/**
 * Opens the frozen graph that a run was trained with; none for a network that
 * needs no file.
 *
 * @throws {UsageError} if the run was trained from text files and no model is
 * named; {@linkcode InputError} if the file is gone or another one
 */
export async function openRunModel(
  { record, folder }: OpenedRun,
  { home, request }: RunModelOptions,
): Promise<ResolvedModel | undefined> {
  const store = openStore(home);
  const { model, network } = record;
  if (network?.base.kind === "native") return undefined;
  if (!model) {
    if (request.model === undefined) {
      throw new UsageError(
        `${folder.path} was trained from text files of features: name the model that made them with --model`,
      );
    }
    const resolved = await resolveModel(request, { store });
    if (resolved.model.width === record.width) return resolved;
    throw new InputError(
      `The model ${resolved.name} makes ${resolved.model.width} features, ${folder.path} was trained on ${record.width}: name the model that made its text files`,
    );
  }
  const source = request.model ?? model.path;
  const resolved = await resolveModel({
    ...modelOptionsOf(model),
    ...request.precision && { precision: request.precision },
    model: source,
  }, { store }).catch((error) => {
    const isGone = error instanceof InputError &&
      errorCode(error.cause) === "ENOENT";
    if (!isGone || request.model !== undefined) throw error;
    throw new InputError(
      `The model of ${folder.path} is no longer at ${source}: say where it is with --model`,
      { cause: error },
    );
  });
  checkSameModel(record, { run: folder.path, model: resolved });
  return resolved;
}

/** What predicting works with. */
export interface PredictTools
  extends
    Omit<ExtractionTools, "exif" | "without" | "tuning" | "tuner" | "model"> {
  /** Where it is computed. */
  readonly session: Session;
  /** The run's frozen graph, if it has one. */
  readonly model?: ResolvedModel | undefined;
}

/** Predictions, and files that could not be predicted. */
export interface Predicted {
  /** One a picture, in order. */
  readonly predictions: readonly Prediction[];
  /** Files that were left out. */
  readonly skipped: readonly SkippedFile[];
}

/**
 * Predicts pictures, or all that are below folders. The truth is the parent
 * folder where that is a label, else the longest `<label>_` the name begins with.
 */
export async function predictPictures(
  run: OpenedRun,
  paths: readonly string[],
  tools: PredictTools,
): Promise<Predicted> {
  const files = await listPictures(paths);
  const records = files.map((file) => ({
    path: file,
    file,
    label: truthOf(file, run.record.labels) ?? "",
  }));
  return await predictRecords(run, records, tools);
}

/**
 * Predicts a folder of class folders, for an evaluation.
 *
 * @throws {InputError} if it has a class that the run does not know
 */
export async function predictClassFolders(
  run: OpenedRun,
  path: string,
  tools: PredictTools,
): Promise<Predicted> {
  const { records, labels } = await scanFolder(path, { minimumClasses: 1 });
  const unknown = labels.find((label) => !run.record.labels.includes(label));
  if (unknown !== undefined) {
    throw new InputError(
      `${path} has a class ${
        JSON.stringify(unknown)
      } that ${run.folder.path} was not trained on; it knows ${
        run.record.labels.join(", ")
      }`,
    );
  }
  return await predictRecords(run, records, tools);
}

async function predictRecords(
  run: OpenedRun,
  records: readonly ImageRecord[],
  tools: PredictTools,
): Promise<Predicted> {
  const { record } = run;
  const digested = await digestRecords(records);
  for (const { path, reason } of digested.skipped) {
    tools.watcher.warn(`${path} is skipped: ${reason}`);
  }
  const without = record.model?.without ?? [];
  const { network, settings: { exif } } = record;
  const { adapter } = tools.session;
  const tuning = recordedTuning(record.environment.tuning, adapter);
  const reader = rowReader({ network, exif }, { ...tools, without, tuning });
  const read = await reader.read(digested.records);
  using _workers = read.pixels;
  const rows = read.pixels ?? read.features;
  const usable = digested.records.filter(({ sha256 }) => rows.has(sha256));
  const digests = usable.map(({ sha256 }) => sha256);
  const probabilities = await predictAll(run, { read, digests }, {
    ...tools,
    without,
  });
  return {
    predictions: predictionsOf(probabilities, {
      labels: record.labels,
      files: usable.map(({ path, file, label }) => ({
        path,
        file,
        ...label === "" ? {} : { truth: label },
      })),
    }),
    skipped: [...digested.skipped, ...read.skipped],
  };
}

/** Probabilities of the rows that digests list. */
async function predictAll(
  run: OpenedRun,
  { read: { features, pixels }, digests }: {
    read: ReadRows;
    digests: readonly string[];
  },
  tools: RowTools & { readonly session: Session },
): Promise<Float32Array> {
  if (digests.length === 0) return new Float32Array();
  const { width, recipe } = run.record;
  if (run.kind === "network") {
    const rows = pictureRows({ views: [features], pixels }, {
      digests,
      labels: new Uint32Array(digests.length),
      width,
      scaled: recipe.scaleRows,
    });
    return await predictSource(run, rows, tools);
  }
  const joined = new Float32Array(digests.length * width);
  for (const [index, sha256] of digests.entries()) {
    joined.set(features.get(sha256) ?? [], index * width);
  }
  return await predictHead(tools.session, { head: run.head, rows: joined });
}
