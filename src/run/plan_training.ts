/**
 * What fine-tuning a frozen graph takes of a GPU's memory, before it begins.
 *
 * @module
 */
import type { FeatureModel } from "../features/mod.ts";
import {
  type OptimizerName,
  planNetworkStep,
  type TrainingMemoryPlan,
} from "../train/mod.ts";
import { buildNetwork, lossKind, trainedVariables } from "./_network.ts";
import { type NetworkLayer, networkLayers } from "./network_layers.ts";
import type { NetworkSettings } from "./network_settings.ts";

/** How {@linkcode planTraining} is to train. */
export interface PlanTrainingOptions {
  /** Pictures of a step. */
  readonly batch: number;
  /** Classes of the new head, 2 or more. */
  readonly classes: number;
  /** The optimizer. */
  readonly optimizer: OptimizerName;
  /** Layers up to and with this one stay: a name, or a number from 1 [none]. */
  readonly freezeUntil?: string | undefined;
}

/** What {@linkcode planTraining} finds. */
export interface TrainingPlan extends TrainingMemoryPlan {
  /** The layers up to the bottleneck, and the head's. */
  readonly layers: readonly NetworkLayer[];
}

/**
 * The memory that one step of fine-tuning takes, and which layers it trains;
 * needs no GPU.
 *
 * @throws {InputError} that names an op without a gradient on the way
 * @throws {UsageError} that names a layer that is not there
 */
export function planTraining(
  model: FeatureModel,
  { batch, classes, optimizer, freezeUntil }: PlanTrainingOptions,
): TrainingPlan {
  const settings: NetworkSettings = {
    mode: "finetune",
    base: { kind: "graph" },
    hidden: [],
    dropout: 0,
    ...freezeUntil !== undefined && { freezeUntil },
    freezeEpochs: 0,
    rateMultiplier: 1,
    labelSmoothing: 0,
    isBalanced: false,
  };
  const network = buildNetwork({
    settings,
    classes,
    width: model.width,
    seed: 0,
    batch,
    model,
    without: [],
  });
  const memory = planNetworkStep(network, {
    variables: trainedVariables(network, settings),
    loss: { kind: lossKind(classes) },
    optimizer,
  });
  return { ...memory, layers: networkLayers(network, { settings }) };
}
