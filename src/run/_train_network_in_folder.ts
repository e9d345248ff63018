import { isJsonObject } from "../bytes/mod.ts";
import { InputError } from "../errors.ts";
import type { Graph } from "../graph/mod.ts";
import {
  checkIdentity,
  type Loss,
  type NetworkCheckpoint,
  NetworkCheckpointFolder,
  type NetworkCheckpoints,
  type NetworkStage,
  type NetworkState,
  type Recipe,
  type RowSource,
  startingState,
  trainNetwork,
  type VariableValues,
} from "../train/mod.ts";
import {
  buildNetwork,
  headVariables,
  lossKind,
  trainedVariables,
} from "./_network.ts";
import { BestStep, earlyStop, earlyStopping } from "./_early_stopping.ts";
import { rowsOf } from "./_network_rows.ts";
import { identityOf } from "./_train_in_folder.ts";
import { openStory } from "./_training_story.ts";
import { recordedTuning } from "../tune/choose_tuning.ts";
import type { Examples } from "./examples.ts";
import {
  frozenGraph,
  layersCsv,
  layersNote,
  networkLayers,
} from "./network_layers.ts";
import type { NetworkSettings } from "./network_settings.ts";
import type { RunFolder } from "./run_folder.ts";
import type { RunRecord } from "./run_record.ts";
import type { RunTools } from "./train_run.ts";

/** A run whose record says which network it trains. */
export type NetworkRecord = RunRecord & { readonly network: NetworkSettings };

/** Whether a run trains a network. */
export function isNetworkRecord(record: RunRecord): record is NetworkRecord {
  return record.network !== undefined;
}

/** What training a network came to. */
export interface TrainedRunNetwork {
  readonly values: VariableValues;
  /** The step they are of. */
  readonly step: number;
}

/** Trains the network of a run, from its newest checkpoint if there is one. */
export async function trainNetworkInFolder(
  folder: RunFolder,
  { record, examples, tools, initial }: {
    record: NetworkRecord;
    examples: Examples;
    tools: RunTools;
    /** Reads the values of another run that the network starts from. */
    initial: () => Promise<VariableValues | undefined>;
  },
): Promise<TrainedRunNetwork> {
  const { recipe, settings: { seed }, network: settings } = record;
  const { session, watcher } = tools;
  const best = new BestStep(settings.patience);
  const { checkpoints, network, train, store, resume } = await openTraining(
    folder,
    { record, examples, tools, initial, best },
  );
  const stepsPerEpoch = Math.ceil(train.count / recipe.batch);
  using story = await openStory(folder, {
    step: resume.step,
    steps: recipe.steps,
    ids: train.indices,
    watcher,
    stepsPerEpoch,
  });
  const stop = await earlyStopping(folder, best);
  const last = { step: resume.step };
  const values = await trainNetwork({
    session,
    network,
    loss: lossOf(record, examples),
    train,
    validation: rowsOf(examples, "validation", { scaled: recipe.scaleRows }),
    stages: stagesOf(network, { recipe, settings, stepsPerEpoch }),
    seed,
    tuning: recordedTuning(record.environment.tuning, session.adapter),
    checkpoints: store,
    resume,
    signal: AbortSignal.any([tools.signal ?? [], stop.signal].flat()),
    onEvent(event) {
      story.hear(event);
      stop.hear(event);
      last.step = event.step;
    },
  }).then((trained) => trained.values, (error) => {
    if (error !== earlyStop) throw error;
    return undefined;
  });
  story.finish();
  const step = settings.patience === undefined ? undefined : best.step;
  if (values && (step === undefined || step === last.step)) {
    return { values, step: last.step };
  }
  const used = await checkpoints.read(step ?? last.step);
  watcher.note(
    `stopped after step ${last.step}: the validation loss was best at step ${used.step}, whose weights are taken`,
  );
  return { values: valuesOf(used), step: used.step };
}

/** The network with the state that its training goes on from, which is kept. */
async function openTraining(
  folder: RunFolder,
  { record, examples, tools, initial, best }:
    & Parameters<typeof trainNetworkInFolder>[1]
    & { best: BestStep },
) {
  const { recipe, settings: { seed }, network: settings, labels } = record;
  const checkpoints = new NetworkCheckpointFolder(folder.file("checkpoints"));
  const kept = (await checkpoints.steps()).length > 0
    ? await checkpoints.newest()
    : undefined;
  if (kept) checkOwn(kept, { record, tools });
  const network = buildNetwork({
    settings,
    classes: labels.length,
    width: record.width,
    seed,
    batch: recipe.batch,
    model: tools.model?.model,
    without: tools.without,
    values: kept ? valuesOf(kept) : await initial(),
  });
  await tellLayers(folder, network, { settings, tools });
  const train = rowsOf(examples, "train", {
    scaled: recipe.scaleRows,
    augmented: augmentationOf(record),
  });
  const store = checkpoints.storeFor({ ...identityOf(record, tools) }, {
    bestStep: () => best.step,
  });
  const resume = kept ?? await keepStart(network, { store, train, seed });
  return { checkpoints, network, train, store, resume };
}

/**
 * Keeps the state of step 0 before anything is compiled: from here on the run
 * needs neither the run that its weights are from nor any draw to begin again.
 */
async function keepStart(
  network: Graph,
  { store, train, seed }: {
    store: NetworkCheckpoints;
    train: RowSource;
    seed: number;
  },
): Promise<NetworkState> {
  const state = startingState(network, { rows: train.count, seed });
  await store.save(state);
  return state;
}

/** Says which layers are trained, and keeps the list of all. */
async function tellLayers(
  folder: RunFolder,
  network: Graph,
  { settings, tools: { model, without, watcher } }: {
    settings: NetworkSettings;
    tools: RunTools;
  },
): Promise<void> {
  const frozen = settings.base.kind === "features" && model
    ? frozenGraph(model.model, without)
    : undefined;
  const layers = networkLayers(network, { settings, frozen });
  await folder.write("layers.csv", layersCsv(layers));
  watcher.note(`${layersNote(layers)}; layers.csv lists them`);
  watcher.event({ event: "layers", layers });
}

/** New weights on frozen layers learn so much faster than all together may. */
const headRateMultiplier = 30;

/** A checkpoint's variables by name. */
export function valuesOf({ variables }: NetworkCheckpoint): VariableValues {
  return Object.fromEntries(
    Object.entries(variables).map(([name, { data }]) => [name, data]),
  );
}

function checkOwn(
  { step, identity }: NetworkCheckpoint,
  { record, tools }: { record: RunRecord; tools: RunTools },
): void {
  const { labels, digests } = identity;
  if (!Array.isArray(labels) || !isJsonObject(digests)) {
    throw new InputError(
      `The checkpoint of step ${step} does not say what it is of: train a new run`,
    );
  }
  checkIdentity({
    step,
    labels: labels.map(String),
    digests: Object.fromEntries(
      Object.entries(digests).map(([name, digest]) => [name, `${digest}`]),
    ),
  }, identityOf(record, tools));
}

/** How training pictures of a run change. */
export function augmentationOf(
  { network: { augmentation }, settings: { seed } }: NetworkRecord,
) {
  return augmentation && { amounts: augmentation, seed };
}

/** Cross-entropy, with each class as heavy as the others where that is asked for. */
export function lossOf(
  { labels, network: { labelSmoothing, isBalanced } }: NetworkRecord,
  { split }: Examples,
): Loss {
  const train = split.records.filter((record) => record.split === "train");
  const weightOf = (label: string) =>
    train.length / labels.length /
    train.filter((record) => record.label === label).length;
  return {
    kind: lossKind(labels.length),
    labelSmoothing,
    ...isBalanced && { classWeights: labels.map(weightOf) },
  };
}

/** The head alone first, if it is to be, then all that is not frozen. */
export function stagesOf(
  network: Graph,
  { recipe, settings, stepsPerEpoch }: {
    recipe: Recipe;
    settings: NetworkSettings;
    stepsPerEpoch: number;
  },
): NetworkStage[] {
  const { clip, freezeEpochs, rateMultiplier } = settings;
  const head = headVariables(network);
  const all = trainedVariables(network, settings);
  const headSteps = all.length === head.length
    ? 0
    : Math.min(freezeEpochs * stepsPerEpoch, recipe.steps);
  const isOfHead = new Set(head);
  const first = {
    variables: head,
    settings: {
      ...recipe,
      steps: headSteps,
      rate: recipe.rate * headRateMultiplier,
    },
    clip,
  };
  const second = {
    variables: all,
    settings: { ...recipe, steps: recipe.steps - headSteps },
    clip,
    rateScale: ({ name }: { readonly name: string }) =>
      isOfHead.has(name) ? 1 : rateMultiplier,
  };
  return [first, second].filter(({ settings }) => settings.steps > 0);
}
