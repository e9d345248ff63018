/**
 * From folders of pictures to a run folder: the main job.
 *
 * @module
 */
import { resolve } from "@std/path";
import { isJsonObject } from "../bytes/mod.ts";
import { bottleneckTexts, findTrainingFolders, pictures } from "../data/mod.ts";
import type { FeatureModel, ResolvedModel } from "../features/mod.ts";
import type { Graph } from "../graph/mod.ts";
import type { Tuning } from "../plan/mod.ts";
import {
  denseOf,
  type RecipeName,
  type RecipeOverrides,
  resolveRecipe,
  warmDense,
} from "../train/mod.ts";
import {
  chooseTuning,
  recordedTuning,
  tuningRecord,
} from "../tune/choose_tuning.ts";
import type { DigestedRecord } from "../data/mod.ts";
import {
  checkFiles,
  checkFolders,
  foldersOf,
  type MovedFolders,
  movedSettings,
  readKnownFiles,
} from "./changed_data.ts";
import { finishedRun } from "./finished_run.ts";
import { drawAugmented } from "./augmented.ts";
import {
  type Examples,
  examplesFromBottlenecks,
  examplesFromPictures,
} from "./examples.ts";
import { finishRun, type RunOutcome } from "./finish_run.ts";
import {
  checkTrainable,
  isPlainHead,
  lossKind,
  networkOf,
  type NetworkRecord,
} from "./network.ts";
import { rowReader, rowsOf, type RunTools } from "./rows.ts";
import {
  checkIsFree,
  createRunFolder,
  RunFolder,
  writeData,
  writeModel,
} from "./run_folder.ts";
import {
  checkSameData,
  checkSameModel,
  formatRunRecord,
  type ModelRecord,
  type NetworkSettings,
  plainHead,
  type RunRecord,
  type RunSettings,
} from "./run_record.ts";
import { UsageError } from "../errors.ts";
import { version } from "../version.ts";
import { type RunParts, trainInFolder } from "./training.ts";
import { predictRows } from "./use_run.ts";

/** What to train. */
export interface TrainRunOptions {
  /** What was asked for; seed 0 and pictures as their EXIF says where nothing is said. */
  readonly settings: Pick<RunSettings, "data"> & Partial<RunSettings>;
  /** The recipe by name [default]. */
  readonly recipe?: RecipeName;
  /** Flags over the recipe. */
  readonly overrides?: RecipeOverrides;
  /** The network to train [one dense layer on features]. */
  readonly network?: NetworkSettings | undefined;
  /** The command line that asks for all this, for the report. */
  readonly command?: string | undefined;
  /** The run's folder [the next free `runs/NAME-N`]. */
  readonly out?: string | undefined;
  /** Told the run's folder as soon as it can be resumed. */
  readonly onFolder?: ((path: string) => void) | undefined;
}

/**
 * Trains a new run and writes its folder.
 *
 * @throws {InputError} for data that cannot be learnt from; nothing is written then
 */
export async function trainRun(
  options: TrainRunOptions,
  tools: RunTools,
): Promise<RunOutcome> {
  const { settings, out, onFolder } = options;
  if (out !== undefined) await checkIsFree(out);
  const { record, examples } = await prepareRun(options, tools);
  using _workers = examples.pixels;
  const { folder, lock } = await createRunFolder({
    path: out,
    data: settings.data,
  });
  using _lock = lock;
  // First, so that the folder can be resumed from here on.
  await folder.writeRecord(record);
  onFolder?.(folder.path);
  await writeData(folder, examples);
  return await trainAndFinish(folder, { record, examples, tools });
}

/**
 * Reads the data of a new run and decides all there is to decide; writes nothing.
 *
 * @throws {InputError} for data that cannot be learnt from
 */
export async function prepareRun(
  options: TrainRunOptions,
  tools: RunTools,
): Promise<{ record: RunRecord; examples: Examples }> {
  const { network = plainHead, command } = options;
  const settings = await settingsOf(options, tools);
  const { model, session: { adapter } } = tools;
  checkFitsRecipe(options, model);
  const examples = await readExamples({ settings, network }, {
    ...tools,
    onLabels: (labels) => warmUp(labels, { options, tools }),
  });
  const { recipe, note } = recipeFor(options, examples);
  if (note) tools.watcher.note(note);
  if (recipe.name === "classic" && examples.width !== inceptionV3.width) {
    tools.watcher.warn(
      `--recipe classic is the tutorial's, on the ${inceptionV3.width} features of an Inception-v3, and these text files have ${examples.width}`,
    );
  }
  const { labels, width, digest: data, split } = examples;
  const trained: NetworkRecord = {
    settings,
    recipe,
    network,
    loss: lossKind(network, labels.length),
    labels,
    width,
  };
  const tuning = await tuningFor(trained, { examples, tools });
  const record: RunRecord = {
    ...trained,
    ...model && { model: modelRecord(model) },
    ...storedPictures(settings, examples),
    digests: { data, split: split.digest },
    environment: {
      espalier: version,
      deno: Deno.version.deno,
      created: new Date().toISOString(),
      adapter: { ...adapter },
      tuning: tuningRecord(tuning, adapter),
    },
    ...command !== undefined && { command },
  };
  return { record, examples };
}

/**
 * What was asked for, with the folders that are meant: those of a data set's parts
 * are settled here, once, so that a run that is resumed reads the same.
 */
async function settingsOf(
  { settings: given }: TrainRunOptions,
  { watcher }: RunTools,
): Promise<RunSettings> {
  const { data, validation, test, limit, isBottlenecks = false } = given;
  const { notes, warnings, ...found } = await findTrainingFolders({
    data: resolve(data),
    validation: validation && resolve(validation),
    test: test && resolve(test),
  }, isBottlenecks ? bottleneckTexts : pictures);
  for (const note of notes) watcher.note(note);
  for (const { message } of warnings) watcher.warn(message);
  return {
    seed: 0,
    exif: true,
    ...given,
    isBottlenecks,
    data: found.data,
    ...found.validation !== undefined && { validation: found.validation },
    ...found.test !== undefined && { test: found.test },
    ...limit !== undefined && { limitedBy: "seed" },
  };
}

/** Compiles the plain head's kernels while its pictures are read. */
function warmUp(
  labels: readonly string[],
  { options: { network = plainHead, recipe = "default", overrides }, tools }: {
    options: TrainRunOptions;
    tools: RunTools;
  },
): void {
  if (!isPlainHead(network) || network.dropout > 0) return;
  const { recipe: { optimizer } } = resolveRecipe(recipe, {
    target: "dense",
    trainRows: 1,
    overrides: { optimizer: overrides?.optimizer },
  });
  const classes = labels.length;
  // What cannot be loaded here cannot be loaded later, and says so then.
  warmDense(tools.session, { optimizer, classes }).catch(() => {});
}

/** A picture on the way back costs twice what it does on the way to the loss. */
const costOfTraining = 3;

/**
 * Checks that the network can be trained, and chooses the kernels for it: those of
 * the features, since a frozen graph and the layers on it are computed in one way,
 * else others, measured first if that is worth it. One dense layer has no choice.
 */
async function tuningFor(
  record: NetworkRecord,
  { examples, tools }: { examples: Examples; tools: RunTools },
): Promise<Tuning | undefined> {
  const { session: { adapter }, tuner, model, watcher, signal } = tools;
  const parts = { model: model?.model };
  const network = networkOf(record, parts);
  if (denseOf(network)) return examples.tuning;
  checkTrainable(network, { record, adapter });
  return examples.tuning ?? await chooseTuning({
    adapter,
    tuner,
    model: frozen(networkOf(record, { ...parts, batch: 1 })),
    watcher,
    signal,
    pictures: record.recipe.steps * record.recipe.batch * costOfTraining,
    isAnyCached: () => Promise.resolve(false),
  });
}

/** A network with the weights it starts from, which is timed like any frozen graph. */
function frozen(network: Graph): Pick<FeatureModel, "graph"> {
  const tensors = new Map(network.tensors);
  for (const [name, { variable, ...tensor }] of tensors) {
    if (variable) tensors.set(name, { ...tensor, constant: variable });
  }
  return { graph: { ...network, tensors } };
}

/**
 * Goes on with a run from its newest checkpoint. Its final weights are those of
 * a run that was never stopped, byte for byte.
 *
 * What has moved is checked by its digests, and `run.json` then says where it is.
 * A run that has nothing left to do is left as it is.
 *
 * @throws {InputError} if the data, the split or the model are not what they
 * were; the first files that differ are named
 */
export async function resumeRun(
  path: string,
  tools: RunTools,
  /** Where its folders are now; those that go with `data` need no word. */
  moved: Partial<Pick<RunSettings, "data" | "validation" | "test">> = {},
): Promise<RunOutcome> {
  const folder = new RunFolder(path);
  const { exported } = await folder.readRecord();
  if (exported) {
    throw new UsageError(
      `${path} was exported to predict, and holds nothing to train on with: resume the run that it is of`,
    );
  }
  using _lock = await folder.lock();
  // Again: another process may have ended it just now.
  const before = await folder.readRecord();
  await folder.removeTemporaries();
  checkSameModel(before, { run: path, model: tools.model });
  const record = await movedRecord(before, { moved, model: tools.model });
  const isMoved = formatRunRecord(record) !== formatRunRecord(before);
  const finished = await finishedRun(folder, record);
  if (finished) {
    if (isMoved) await folder.writeRecord(record);
    tools.watcher.note(finished.message);
    return finished.outcome;
  }
  const { settings } = record;
  await checkFolders(settings, path);
  warnOfOtherAdapter(record, tools);
  const known = await readKnownFiles(folder);
  const checkKnown = (records: readonly DigestedRecord[]) =>
    known && checkFiles(known, {
      run: path,
      records,
      place: foldersOf(settings),
    });
  const examples = await readExamples(record, {
    ...tools,
    tuning: recordedTuning(record.environment.tuning, tools.session.adapter),
    onDigests: checkKnown,
  });
  using _workers = examples.pixels;
  if (settings.isBottlenecks) checkKnown(examples.split.records);
  checkSameData(record, { run: path, examples });
  if (isMoved) await folder.writeRecord(record);
  await writeData(folder, examples);
  return await trainAndFinish(folder, { record, examples, tools });
}

/** A record with its folders and its model where they are now. */
async function movedRecord(
  record: RunRecord,
  { model: opened, moved }: { moved: MovedFolders } & Pick<RunTools, "model">,
): Promise<RunRecord> {
  const { model } = record;
  return {
    ...record,
    settings: await movedSettings(record.settings, moved),
    ...model && opened && { model: { ...model, path: resolve(opened.path) } },
  };
}

function warnOfOtherAdapter(
  { environment: { adapter } }: RunRecord,
  { session, watcher }: RunTools,
): void {
  const before = adapter !== undefined && isJsonObject(adapter)
    ? adapter.description
    : undefined;
  const now = session.adapter.description;
  if (typeof before !== "string" || before === now) return;
  watcher.warn(
    `The run was begun on ${before}, this is ${now}: the weights will differ in their last digits`,
  );
}

/** How the training pictures are stored, for `run.json`; nothing where features were given. */
function storedPictures(
  { isBottlenecks, exif }: RunSettings,
  { split: { records } }: Examples,
): Pick<RunRecord, "pictures"> {
  if (isBottlenecks) return {};
  const train = records.filter(({ split }) => split === "train");
  const turned =
    train.filter(({ stored }) =>
      exif && stored !== undefined && stored.orientation !== 1
    ).length;
  const kinds = train.flatMap(({ stored }) => stored?.kind ?? []);
  const others = Map.groupBy(
    kinds.filter((kind) => kind !== "jpeg"),
    (kind) => kind,
  );
  return {
    pictures: {
      count: train.length,
      turned,
      others: Object.fromEntries(
        [...others].sort().map(([kind, all]) => [kind, all.length]),
      ),
    },
  };
}

/** The model's entry in `run.json`. */
export function modelRecord(resolved: ResolvedModel): ModelRecord {
  const { model, name, path, sha256, provenance, reason, weights } = resolved;
  const { inputTensor, bottleneckTensor, preprocessing, precision } = model;
  const { without, set } = model;
  return {
    name,
    path: resolve(path),
    sha256,
    inputTensor,
    bottleneckTensor,
    preprocessing,
    precision,
    without,
    ...set.length > 0 && { set },
    ...weights && { weights },
    ...provenance !== undefined && { provenance },
    ...reason !== undefined && { reason },
  };
}

function recipeFor(
  { recipe: name = "default", overrides = {}, network = plainHead }:
    TrainRunOptions,
  { split }: Examples,
) {
  const trainRows =
    split.records.filter(({ split }) => split === "train").length;
  const isPlain = isPlainHead(network);
  return resolveRecipe(name, {
    target: isPlain ? "dense" : network.mode,
    trainRows,
    overrides,
    hasHeadStage: network.freezeEpochs > 0,
    ...!isPlain && name !== "classic" &&
      { scaleRows: network.base.kind === "features" },
  });
}

/** Values of a row of an Inception-v3, and its convolutions up to there. */
const inceptionV3 = { width: 2048, convolutions: 94 } as const;

/** Whether features are those of an Inception-v3, whichever release: no other known network has so many values after so many convolutions. */
export function isInceptionV3(
  { graph, width }: Pick<FeatureModel, "graph" | "width">,
): boolean {
  const { length } = graph.nodes.filter(({ op }) => op === "conv2d");
  return width === inceptionV3.width && length === inceptionV3.convolutions;
}

/**
 * Refuses the tutorial's recipe for what the tutorial does not do.
 *
 * @throws {UsageError} that says what it is for
 */
function checkFitsRecipe(
  { recipe, network = plainHead }: TrainRunOptions,
  model: ResolvedModel | undefined,
): void {
  if (recipe !== "classic") return;
  const says =
    "--recipe classic is the tutorial's, a head on the features of an Inception-v3";
  if (network.base.kind !== "features") {
    throw new UsageError(
      `${says}, and this trains a network on pictures: leave --recipe out, or take --mode head with an Inception-v3`,
    );
  }
  if (!model || isInceptionV3(model.model)) return;
  throw new UsageError(
    `${says}, and ${model.name} is none (${model.model.width} values from ${model.model.bottleneckTensor}): name one with --model, such as inception-v3-2015, or leave --recipe out`,
  );
}

function readExamples(
  { settings, network }: Pick<RunRecord, "settings" | "network">,
  tools: RunTools & {
    readonly tuning?: Tuning;
    onLabels?(labels: readonly string[]): void;
    onDigests?(records: readonly DigestedRecord[]): void;
  },
): Promise<Examples> {
  const { watcher, onLabels, onDigests } = tools;
  if (settings.isBottlenecks) return examplesFromBottlenecks(settings, watcher);
  const reader = rowReader({ network, settings }, tools);
  return examplesFromPictures(settings, {
    ...{ reader, watcher, onLabels, onDigests },
  });
}

async function trainAndFinish(
  folder: RunFolder,
  parts: RunParts,
): Promise<RunOutcome> {
  const { record, examples, tools } = parts;
  const augmented = await drawAugmented(folder, parts);
  const { values, step } = await trainInFolder(folder, parts);
  await writeModel(folder, { record, values });
  const { scaleRows } = record.recipe;
  const probabilities = await predictRows(
    { record, values, step },
    rowsOf(examples, "test", { scaleRows }),
    tools,
  );
  return await finishRun(folder, {
    record,
    examples,
    ...{ probabilities, augmented },
    tools,
    // That of other weights than the newest.
    ...record.network.patience !== undefined && { step },
  });
}
