/**
 * From folders of pictures to a run folder: the main job.
 *
 * @module
 */
import { resolve } from "@std/path";
import { isJsonObject, type JsonObject } from "../bytes/mod.ts";
import type { ResolvedModel } from "../features/mod.ts";
import type { Session } from "../gpu/mod.ts";
import type { PassName } from "../passes/mod.ts";
import type { Tuning } from "../plan/mod.ts";
import {
  predictHead,
  type RecipeName,
  type RecipeOverrides,
  resolveNetworkRecipe,
  resolveRecipe,
} from "../train/mod.ts";
import { writeData } from "./_data_files.ts";
import { writeHead } from "./_head_files.ts";
import { examplesOf } from "./_labelled_rows.ts";
import { checkTrainable } from "./_network.ts";
import { valuesToStartFrom } from "./_network_start.ts";
import { predictRows } from "./_predict_rows.ts";
import { rowReader } from "./_row_reader.ts";
import { checkSameData, checkSameModel } from "./_same_run.ts";
import { trainInFolder } from "./_train_in_folder.ts";
import {
  isNetworkRecord,
  trainNetworkInFolder,
} from "./_train_network_in_folder.ts";
import { tuneNetwork } from "./_tune_network.ts";
import {
  recordedTuning,
  type Tuner,
  tuningRecord,
} from "../tune/choose_tuning.ts";
import {
  type Examples,
  examplesFromBottlenecks,
  examplesFromPictures,
} from "./examples.ts";
import { finishRun, type RunOutcome } from "./finish_run.ts";
import type { NetworkSettings } from "./network_settings.ts";
import { checkIsFree, createRunFolder, RunFolder } from "./run_folder.ts";
import type { ModelRecord, RunRecord, RunSettings } from "./run_record.ts";
import type { Watcher } from "../watcher.ts";

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
  /** Chooses the kernels of a new run [the adapter's preset]. */
  readonly tuner?: Tuner | undefined;
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
  const folder = await createRunFolder({ path: out, data: settings.data });
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
  const { settings, network, command } = options;
  const examples = await readExamples(options, tools);
  const { recipe, note } = recipeFor(options, examples);
  if (note) tools.watcher.note(note);
  const record: RunRecord = {
    settings,
    recipe,
    labels: examples.labels,
    width: examples.width,
    ...tools.model ? { model: modelRecord(tools.model, tools.without) } : {},
    ...network && { network },
    digests: { data: examples.digest, split: examples.split.digest },
    environment: {
      ...tools.environment,
      adapter: { ...tools.session.adapter },
      tuning: tuningRecord(examples.tuning, tools.session.adapter),
    },
    ...command !== undefined && { command },
  };
  if (!isNetworkRecord(record)) return { record, examples };
  checkTrainable(record, tools);
  // The features of a frozen graph and the layers on them are computed in one way.
  const tuning = examples.tuning ?? await tuneNetwork(record, tools);
  return { record: withTuning(record, tuning, tools), examples };
}

function withTuning(
  record: RunRecord,
  tuning: Tuning,
  { session: { adapter } }: RunTools,
): RunRecord {
  const environment = {
    ...record.environment,
    tuning: tuningRecord(tuning, adapter),
  };
  return { ...record, environment };
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
  await folder.removeTemporaries();
  checkSameModel(record, { run: path, model: tools.model });
  warnOfOtherAdapter(record, tools);
  const examples = await readExamples(record, {
    ...tools,
    tuning: recordedTuning(record.environment.tuning, tools.session.adapter),
  });
  using _workers = examples.pixels;
  checkSameData(record, { run: path, examples });
  await writeData(folder, examples);
  return await trainAndFinish(folder, { record, examples, tools });
}

function warnOfOtherAdapter(
  { environment: { adapter } }: RunRecord,
  { session, watcher }: RunTools,
): void {
  const before = adapter !== undefined && isJsonObject(adapter)
    ? adapter.description
    : undefined;
  const now = session.adapter.description;
  if (before === undefined || before === now) return;
  watcher.warn(
    `The run was begun on ${before}, this is ${now}: the weights will differ in their last digits`,
  );
}

/** The model's entry in `run.json`. */
export function modelRecord(
  resolved: ResolvedModel,
  without: readonly PassName[],
): ModelRecord {
  const { model, name, path, sha256, provenance, reason } = resolved;
  const { inputTensor, bottleneckTensor, preprocessing, precision } = model;
  return {
    name,
    path: resolve(path),
    sha256,
    inputTensor,
    bottleneckTensor,
    preprocessing,
    precision,
    without,
    ...provenance === undefined ? {} : { provenance },
    ...reason === undefined ? {} : { reason },
  };
}

function recipeFor(
  { recipe: name, overrides, network }: TrainRunOptions,
  { split }: Examples,
) {
  const trainRows =
    split.records.filter(({ split }) => split === "train").length;
  return network
    ? resolveNetworkRecipe(name, {
      mode: network.mode,
      scaleRows: network.base.kind === "features",
      trainRows,
      overrides,
    })
    : resolveRecipe(name, { trainRows, overrides });
}

function readExamples(
  { settings, network }: {
    readonly settings: RunSettings;
    readonly network?: NetworkSettings | undefined;
  },
  tools: RunTools & { readonly tuning?: Tuning },
): Promise<Examples> {
  const { watcher } = tools;
  if (settings.isBottlenecks) return examplesFromBottlenecks(settings, watcher);
  const { exif, views, seed } = settings;
  const reader = rowReader({ network, exif, views, seed }, {
    ...tools,
    version: tools.environment.espalier,
  });
  return examplesFromPictures(settings, { reader, watcher });
}

async function trainAndFinish(
  folder: RunFolder,
  { record, examples, tools }: {
    record: RunRecord;
    examples: Examples;
    tools: RunTools;
  },
): Promise<RunOutcome> {
  if (isNetworkRecord(record)) {
    const trained = await trainNetworkInFolder(folder, {
      record,
      examples,
      tools,
      initial: () => valuesToStartFrom(record.network, folder.path),
    });
    const probabilities = await predictRows(
      { record, values: trained.values },
      examples,
      tools,
    );
    const { step } = trained;
    return await finishRun(folder, {
      record,
      examples,
      probabilities,
      tools,
      step,
    });
  }
  const head = await trainInFolder(folder, { record, examples, tools });
  await writeHead(folder, head, record);
  const { rows } = examplesOf(examples, "test");
  const probabilities = await predictHead(tools.session, { head, rows });
  return await finishRun(folder, { record, examples, probabilities, tools });
}
