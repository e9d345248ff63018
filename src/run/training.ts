/**
 * Training in a run's folder: from its newest checkpoint if there is one, with
 * everything that is told in its logs.
 *
 * @module
 */
import {
  type JsonObject,
  openLog,
  readLog,
  replaceFile,
} from "../bytes/mod.ts";
import { InputError } from "../errors.ts";
import { counted } from "../plural.ts";
import type { Graph } from "../graph/mod.ts";
import {
  BatchLog,
  checkIdentity,
  type Checkpoint,
  CheckpointFolder,
  countsEpochs,
  denseOf,
  epochAfter,
  type EvaluationEvent,
  freezeRateOf,
  type Loss,
  type Recipe,
  startingState,
  stepsPerEpoch,
  type Tensors,
  type TrainedNetwork,
  type TrainingEvent,
  type TrainingStage,
  trainNetwork,
  type TrainNetworkOptions,
} from "../train/mod.ts";
import { recordedTuning } from "../tune/choose_tuning.ts";
import type { Watcher } from "../watcher.ts";
import type { Examples } from "./examples.ts";
import { keptValues } from "./cut.ts";
import { headVariables, trainedVariables } from "./frozen_layers.ts";
import { layersCsv, layersNote, networkLayers, networkOf } from "./network.ts";
import { recipeText } from "./recipe_text.ts";
import { rowsOf, type RunTools } from "./rows.ts";
import type { RunFolder } from "./run_folder.ts";
import { identityOf, type RunRecord } from "./run_record.ts";
import { parseTrainingLog } from "./training_log.ts";
import { openRun } from "./use_run.ts";

/** A run, the rows it learns from, and what it works with. */
export interface RunParts {
  readonly record: RunRecord;
  readonly examples: Examples;
  readonly tools: RunTools;
}

/** Trains the network of a run, from its newest checkpoint if there is one. */
export async function trainInFolder(
  folder: RunFolder,
  parts: RunParts,
): Promise<Pick<TrainedNetwork, "values" | "step">> {
  const { record, examples, tools } = parts;
  const { recipe: { scaleRows, ...recipe }, network: { patience } } = record;
  const { watcher, signal } = tools;
  const checkpoints = new CheckpointFolder(folder.file("checkpoints"));
  const identity = identityOf(record);
  const kept = (await checkpoints.steps()).length > 0
    ? await checkpoints.newest()
    : undefined;
  if (kept) {
    checkIdentity(kept, identity);
    checkPlace(kept, { record, examples });
  }
  const network = networkOf(record, {
    model: tools.model?.model,
    values: kept ? kept.variables : await valuesToStartFrom(record, folder),
  });
  await tellLayers(folder, network, parts);
  const problem = trainingOf(network, parts);
  const trainRows = problem.train.count;
  watcher.note(recipeText(record, {
    trainRows,
    headSteps: headSteps(network, { record, trainRows }),
  }));
  const store = checkpoints.storeFor(identity);
  // Kept before anything is compiled: from here on the run needs neither the
  // run that its weights are from nor any draw to begin again.
  const start = kept ?? startingState(problem);
  if (!kept) await store.save(start, { bestStep: undefined });
  using story = await openStory(folder, {
    ...{ record, watcher, step: start.step, ids: problem.train.indices },
    epochSteps: stepsPerEpoch(recipe, trainRows),
  });
  const { values, step, bestStep } = await trainNetwork({
    ...problem,
    validation: rowsOf(examples, "validation", { scaleRows }),
    stepsPerEvaluation: recipe.stepsPerEvaluation,
    firstEvaluation: recipe.firstEvaluation,
    patience,
    history: parseTrainingLog(await readLog(folder.file("log.jsonl")))
      .validation,
    checkpoints: store,
    resume: start,
    signal,
    onEvent: (event) => story.hear(event),
  });
  story.finish();
  if (patience === undefined || bestStep === undefined || bestStep === step) {
    return { values, step };
  }
  watcher.note(
    `stopped after step ${step}: the validation loss was best at step ${bestStep}, whose weights are taken`,
  );
  const best = await checkpoints.read(bestStep);
  return { values: best.variables, step: bestStep };
}

/**
 * Refuses a state that this run cannot be in.
 *
 * @throws {InputError} that names the step
 */
function checkPlace(
  { step, batches: { position, random } }: Checkpoint,
  { record: { recipe, settings }, examples }: Omit<RunParts, "tools">,
): void {
  const rows = examples.split.records.filter(({ split }) => split === "train");
  const isPossible = step <= recipe.steps && position <= rows.length &&
    random.seed === settings.seed;
  if (isPossible) return;
  throw new InputError(
    `The checkpoint of step ${step} is not of a training of ${recipe.steps} steps on ${rows.length} images by the seed ${settings.seed}: delete it to use the one before, or train a new run`,
  );
}

/** What a run trains on its examples. */
export function trainingOf(
  network: Graph,
  { record, examples, tools: { session } }: RunParts,
): TrainNetworkOptions & { readonly train: ReturnType<typeof rowsOf> } {
  const { recipe, settings: { seed }, network: { augmentation } } = record;
  const { order } = recipe;
  const train = rowsOf(examples, "train", {
    scaleRows: recipe.scaleRows,
    augmented: augmentation && { amounts: augmentation, seed },
  });
  return {
    session,
    network,
    loss: lossOf(record, examples),
    train,
    stages: stagesOf(network, { record, trainRows: train.count }),
    order,
    seed,
    tuning: recordedTuning(record.environment.tuning, session.adapter),
  };
}

/**
 * The values that a network of a run without a checkpoint starts from, where
 * they are those of another run: of its layers before the head.
 *
 * @throws {InputError} if the other run cannot be read
 */
async function valuesToStartFrom(
  { network: { weightsOf } }: RunRecord,
  { path }: RunFolder,
): Promise<Tensors | undefined> {
  if (weightsOf === undefined) return undefined;
  const { values, record } = await openRun(weightsOf).catch((error) => {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(
      `${path} has no checkpoint yet and starts from ${weightsOf}, which cannot be read: bring that back, or train a new run`,
      { cause: error },
    );
  });
  return keptValues(values, record.network);
}

/** Says which layers are trained, and keeps the list of all; one dense layer needs no list. */
async function tellLayers(
  folder: RunFolder,
  network: Graph,
  { record: { network: settings }, tools: { model, watcher } }: RunParts,
): Promise<void> {
  if (denseOf(network)) return;
  const layers = networkLayers(network, { settings, model: model?.model });
  await folder.write("layers.csv", layersCsv(layers));
  watcher.note(`${layersNote(layers)}; layers.csv lists them`);
  watcher.event({ event: "layers", layers });
}

/** Cross-entropy, with each class as heavy as the others where that is asked for. */
function lossOf(
  { labels, loss: kind, network: { labelSmoothing, isBalanced } }: RunRecord,
  { split }: Examples,
): Loss {
  const train = split.records.filter((record) => record.split === "train");
  const weightOf = (label: string) =>
    train.length / labels.length /
    train.filter((record) => record.label === label).length;
  return {
    kind,
    labelSmoothing,
    ...isBalanced && { classWeights: labels.map(weightOf) },
  };
}

/** Steps at the start in which only the head is trained, where more is trained later. */
function headSteps(
  network: Graph,
  { record: { recipe, network: settings }, trainRows }: {
    record: RunRecord;
    trainRows: number;
  },
): number {
  const isAll = trainedVariables(network, settings).length ===
    headVariables(network).length;
  const steps = settings.freezeEpochs * stepsPerEpoch(recipe, trainRows);
  return isAll ? 0 : Math.min(steps, recipe.steps);
}

/** The head alone first, if it is to be, then all that is not frozen. */
function stagesOf(
  network: Graph,
  { record, trainRows }: { record: RunRecord; trainRows: number },
): TrainingStage[] {
  const { recipe, network: settings } = record;
  const { clip, rateMultiplier } = settings;
  const head = headVariables(network);
  const all = trainedVariables(network, settings);
  const firstSteps = headSteps(network, { record, trainRows });
  const isOfHead = new Set(head);
  const first = {
    variables: head,
    settings: {
      ...recipe,
      steps: firstSteps,
      rate: freezeRateOf(recipe),
    },
    clip,
  };
  const second = {
    variables: all,
    settings: { ...recipe, steps: recipe.steps - firstSteps },
    clip,
    ...rateMultiplier !== 1 && {
      rateScale: ({ name }: { readonly name: string }) =>
        isOfHead.has(name) ? 1 : rateMultiplier,
    },
  };
  return [first, second].filter(({ settings }) => settings.steps > 0);
}

/** What an evaluation says: of its epoch, where the recipe counts these. */
function evaluationText(
  { step, epoch, validationAccuracy, validationLoss }: EvaluationEvent & {
    epoch: number;
  },
  recipe: Recipe,
): string {
  const accuracy = `validation accuracy ${
    (validationAccuracy * 100).toFixed(1)
  } %`;
  return countsEpochs(recipe)
    ? `epoch ${epoch} (step ${step}): ${accuracy}, loss ${
      validationLoss.toFixed(4)
    }`
    : `step ${step}: ${accuracy}`;
}

/** Opens the logs of a run that has done `step` updates; `ids` are what `batches.csv` calls rows. */
async function openStory(
  folder: RunFolder,
  { record: { recipe }, step, ids, watcher, epochSteps }: {
    record: RunRecord;
    step: number;
    ids: ArrayLike<number>;
    watcher: Watcher;
    epochSteps: number;
  },
) {
  const { steps: total } = recipe;
  const epochOf = (step: number) => epochAfter(step, { recipe, epochSteps });
  const epochText = (step: number) =>
    countsEpochs(recipe) ? `epoch ${epochOf(step)}, ` : "";
  const batches = await BatchLog.open(folder.file("batches.csv"), {
    step,
    ids,
  });
  const lost = await keepLogUpTo(folder.file("log.jsonl"), step);
  if (lost > 0) {
    watcher.warn(
      `${folder.file("log.jsonl")} lacks ${
        counted(lost, "step")
      } before step ${step}: the curves and results.csv have gaps`,
    );
  }
  const log = openLog(folder.file("log.jsonl"));
  const start = step;
  if (start === total) {
    watcher.note(
      `${folder.path} has all its ${
        total.toLocaleString("en-US")
      } steps: only what follows them is done again`,
    );
  }
  // Of the steps that are done now: those before are of another call.
  const bar = watcher.progress({
    label: start === 0 ? "train" : `train from step ${start}`,
    total: total - start,
    unit: "steps",
  });
  return {
    /** Writes an event to the logs, and shows it. */
    hear(event: TrainingEvent) {
      const { step } = event;
      switch (event.event) {
        case "step": {
          const { loss, accuracy, rate } = event;
          // The rows are in `batches.csv`.
          log.append({ event: "step", step, loss, accuracy, rate });
          batches.append(event);
          bar.update(
            step - start,
            `${epochText(step)}loss ${loss.toFixed(4)}`,
          );
          break;
        }
        case "eval": {
          const told = { ...event, epoch: epochOf(step) };
          log.append(told);
          watcher.note(evaluationText(told, recipe));
          watcher.event(told);
          break;
        }
        case "checkpoint":
          log.append({ ...event });
          break;
        default:
          event satisfies never;
      }
    },
    /** Says that training has ended, where there was any. */
    finish: () => total > start ? bar.finish() : bar.close(),
    [Symbol.dispose]() {
      log[Symbol.dispose]();
      batches[Symbol.dispose]();
    },
  };
}

/**
 * Drops what the log says of steps that will be done again, and what it says
 * twice; returns how many of the steps before it does not have.
 */
async function keepLogUpTo(path: string, step: number): Promise<number> {
  const kept = new Map<string, JsonObject>();
  for (const line of step === 0 ? [] : await readLog(path)) {
    const isBefore = Number.isSafeInteger(line.step) &&
      Number(line.step) >= 0 && Number(line.step) <= step;
    const key = `${line.event} ${line.step}`;
    if (isBefore && !kept.has(key)) kept.set(key, line);
  }
  const lines = [...kept.values()];
  await replaceFile(
    path,
    lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
  );
  return step - lines.filter(({ event }) => event === "step").length;
}
