/**
 * Using a run: its newest checkpoint restored, on pictures it has not seen.
 *
 * @module
 */
import { errorCode } from "../bytes/mod.ts";
import {
  digestRecords,
  findJudgingFolder,
  type ImageRecord,
  listPictures,
  pictures,
  scanFolder,
  type SkippedFile,
  Told,
  truthOf,
} from "../data/mod.ts";
import { InputError, UsageError } from "../errors.ts";
import {
  type ModelRequest,
  type ResolvedModel,
  resolveModel,
} from "../features/mod.ts";
import type { Graph } from "../graph/mod.ts";
import type { Store } from "../store/mod.ts";
import {
  checkIdentity,
  CheckpointFolder,
  checkVariables,
  predictNetwork,
  type RowSource,
  type Tensors,
} from "../train/mod.ts";
import { recordedTuning } from "../tune/choose_tuning.ts";
import { headPrefix } from "./cut.ts";
import { refuseKnown } from "./known_model.ts";
import {
  type NetworkLayer,
  networkLayers,
  networkOf,
  type NetworkParts,
} from "./network.ts";
import { type Prediction, predictionsOf } from "./predictions.ts";
import { pictureRows, rowReader, type RunTools } from "./rows.ts";
import { RunFolder } from "./run_folder.ts";
import {
  checkSameModel,
  identityOf,
  modelOptionsOf,
  type RunRecord,
} from "./run_record.ts";

/** A trained run, ready to predict. */
export interface OpenedRun {
  /** Its files. */
  readonly path: string;
  /** What `run.json` holds. */
  readonly record: RunRecord;
  /** The network's variables: of the newest checkpoint, or of the best where training stops early. */
  readonly values: Tensors;
  /** The step that they are of. */
  readonly step: number;
}

/**
 * Opens a run and restores its newest checkpoint.
 *
 * @throws {InputError} if the folder is no run, or its checkpoint is damaged
 * or of other classes
 */
export async function openRun(path: string): Promise<OpenedRun> {
  const folder = new RunFolder(path);
  const record = await folder.readRecord();
  const checkpoints = new CheckpointFolder(folder.file("checkpoints"));
  const used = record.results?.step;
  const checkpoint = typeof used === "number"
    ? await checkpoints.read(used)
    : await checkpoints.newest();
  const { identity: { labels }, step, variables } = checkpoint;
  const isOfRun = JSON.stringify(labels) === JSON.stringify(record.labels) &&
    (record.network.base.kind !== "features" ||
      widthOf(variables) === record.width);
  if (!isOfRun) {
    const file = await checkpoints.pathOf(step);
    throw new InputError(
      `${file} is of other classes or features than ${path}/run.json says: put the run's own checkpoints back, or train a new run`,
    );
  }
  checkIdentity(checkpoint, identityOf(record));
  return { path, record, step, values: variables };
}

/**
 * The network of a run with the values it has come to.
 *
 * @throws {InputError} if they are of another network than the record's
 */
export function trainedNetwork(
  { record, values, step }: Pick<OpenedRun, "record" | "values" | "step">,
  parts: Omit<NetworkParts, "values">,
): Graph {
  const network = networkOf(record, { ...parts, values });
  checkVariables({ step, variables: values }, network);
  return network;
}

/** Values of a row of features, by the first of the head's layers. */
function widthOf(variables: Tensors): number | undefined {
  const first = variables[`${headPrefix}dense_1/kernel`] ??
    variables[`${headPrefix}logits/kernel`];
  return first?.shape[0];
}

/**
 * The layers of a run's network, numbered as `--freeze-until` takes them; needs
 * neither its checkpoints nor a GPU.
 *
 * @throws {InputError} if the folder is no run, or its frozen graph is gone
 */
export async function layersOfRun(
  path: string,
  { store }: { readonly store: Store },
): Promise<readonly NetworkLayer[]> {
  const record = await new RunFolder(path).readRecord();
  const { model: known, network: settings } = record;
  const model = known && (await resolveModel({
    ...modelOptionsOf(known),
    model: known.path,
  }, { store })).model;
  return networkLayers(networkOf(record, { model }), { settings, model });
}

/**
 * Opens the frozen graph that a run was trained with; none for a network that
 * needs no file.
 *
 * @throws {UsageError} if the run was trained from text files and no model is
 * named, or more is said of one than the run leaves open; {@linkcode InputError}
 * if the file is gone or another one
 */
export async function openRunModel(
  { record, path }: Pick<OpenedRun, "record" | "path">,
  { store, request = {} }: {
    readonly store: Store;
    /** What the user gave; of a model that the run knows, where it is and how its weights are kept. */
    readonly request?: ModelRequest;
  },
): Promise<ResolvedModel | undefined> {
  const { model, network: { base } } = record;
  if (base.kind === "native") {
    refuseKnown(request, { owner: `The run ${path}`, open: [] });
    return undefined;
  }
  if (!model) {
    if (request.model === undefined) {
      throw new UsageError(
        `${path} was trained from text files of features: name the model that made them with --model`,
      );
    }
    const resolved = await resolveModel(request, { store });
    if (resolved.model.width === record.width) return resolved;
    throw new InputError(
      `The model ${resolved.name} makes ${resolved.model.width} features, ${path} was trained on ${record.width}: name the model that made its text files`,
    );
  }
  // Whole networks are computed in f32.
  const open = base.kind === "features"
    ? ["model", "precision"] as const
    : ["model"] as const;
  refuseKnown(request, { owner: `The run ${path}`, open });
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
      `The model of ${path} is no longer at ${source}: say where it is with --model`,
      { cause: error },
    );
  });
  checkSameModel(record, { run: path, model: resolved });
  return resolved;
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
  tools: RunTools,
): Promise<Predicted> {
  const told = new Told(tools.watcher);
  const files = await listPictures(paths, told);
  const records = files.map((file) => ({
    path: file,
    file,
    label: truthOf(file, run.record.labels) ?? "",
  }));
  return await predictRecords(run, { records, told }, tools);
}

/**
 * Predicts a folder of class folders, for an evaluation; of a data set with parts
 * its test, or else its validation. `folder` is the one that was read.
 *
 * @throws {InputError} if it has a class that the run does not know
 */
export async function predictClassFolders(
  run: OpenedRun,
  path: string,
  tools: RunTools,
): Promise<Predicted & { readonly folder: string }> {
  const told = new Told(tools.watcher);
  const { folder, notes } = await findJudgingFolder(path, {
    kind: pictures,
    labels: run.record.labels,
    part: "test",
  });
  for (const note of notes) tools.watcher.note(note);
  const { records, labels } = await scanFolder(folder, {
    minimumClasses: 1,
    listener: told,
  });
  const unknown = labels.find((label) => !run.record.labels.includes(label));
  if (unknown !== undefined) {
    throw new InputError(
      `${folder} has a class ${
        JSON.stringify(unknown)
      } that ${run.path} was not trained on; it knows ${
        run.record.labels.join(", ")
      }`,
    );
  }
  const predicted = await predictRecords(run, { records, told }, tools);
  return { ...predicted, folder };
}

async function predictRecords(
  run: OpenedRun,
  { records, told }: { records: readonly ImageRecord[]; told: Told },
  tools: RunTools,
): Promise<Predicted> {
  const { record } = run;
  const digested = await digestRecords(records);
  digested.skipped.forEach(told.skip);
  const { width, recipe: { scaleRows } } = record;
  const { adapter } = tools.session;
  const tuning = recordedTuning(record.environment.tuning, adapter);
  const reader = rowReader(record, { ...tools, tuning });
  const read = await reader.read(digested.records);
  using _workers = read.pixels;
  const rows = read.pixels ?? read.features;
  const usable = digested.records.filter(({ sha256 }) => rows.has(sha256));
  const digests = usable.map(({ sha256 }) => sha256);
  const { features, pixels } = read;
  const source = pictureRows({ views: [features], pixels }, {
    digests,
    labels: new Uint32Array(digests.length),
    width,
    scaleRows,
  });
  const probabilities = digests.length === 0
    ? new Float32Array()
    : await predictRows(run, source, tools);
  return {
    predictions: predictionsOf(probabilities, {
      labels: record.labels,
      files: usable.map(({ path, file, sha256, label }) => ({
        path,
        file,
        sha256,
        ...label === "" ? {} : { truth: label },
      })),
    }),
    skipped: [...told.skipped, ...read.skipped],
  };
}

/** Probabilities `(count, classes)` of rows. */
export function predictRows(
  run: Pick<OpenedRun, "record" | "values" | "step">,
  rows: RowSource,
  { session, model }: Pick<RunTools, "session" | "model">,
): Promise<Float32Array> {
  const { record } = run;
  return predictNetwork(session, {
    network: trainedNetwork(run, { model: model?.model }),
    rows,
    loss: record.loss,
    tuning: recordedTuning(record.environment.tuning, session.adapter),
  });
}
