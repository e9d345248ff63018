/**
 * Trains a whole network, or the layers of it that are not frozen.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import type { Session } from "../gpu/session.ts";
import type { Graph, Tensor } from "../graph/ir.ts";
import type { Tuning } from "../../kernels/tuning.ts";
import { NetworkTrainer } from "./_network_trainer.ts";
import type { EvaluationEvent, StepEvent, TrainingEvent } from "./events.ts";
import type { NetworkCheckpoints, NetworkState } from "./network_state.ts";
import type { RowSource } from "./row_source.ts";
import type { UpdateSettings } from "./schedule.ts";
import type { Clip, Loss } from "./training_step.ts";
import type { VariableValues } from "./variables.ts";

/** A part of a training run with its own layers and schedule. */
export interface NetworkStage {
  /** Variables to train, from `trainableOf`; all others are frozen. */
  readonly variables: readonly string[];
  /** Optimizer and schedule; `steps` are those of this stage. */
  readonly settings: UpdateSettings;
  /** How gradients are clipped [not at all]. */
  readonly clip?: Clip | undefined;
  /** Times the rate, for each variable [1]. */
  readonly rateScale?: ((variable: Tensor) => number) | undefined;
}

/** What {@linkcode trainNetwork} works on. */
export interface TrainNetworkOptions {
  /** Where it runs. */
  readonly session: Session;
  /**
   * From a batch of images to logits, with its weights as variables. It has been
   * through its passes but for `concatInPlace`.
   */
  readonly network: Graph;
  /** What is made small. */
  readonly loss: Loss;
  /** The rows to learn from: at least a batch of them. */
  readonly train: RowSource;
  /** Evaluated every {@linkcode TrainNetworkOptions.stepsPerEvaluation} steps. */
  readonly validation?: RowSource | undefined;
  /** One after another; each starts its optimizer anew. */
  readonly stages: readonly NetworkStage[];
  /** Decides batches and dropout, an integer in [0, 2^32). */
  readonly seed: number;
  /** Steps between two evaluations, each with a checkpoint [those of an epoch]. */
  readonly stepsPerEvaluation?: number | undefined;
  /** Gets the state at step 0 and after each evaluation. */
  readonly checkpoints?: NetworkCheckpoints | undefined;
  /** A state to go on from; the final weights are the same, byte for byte. */
  readonly resume?: NetworkState | undefined;
  /** Hears of steps, evaluations and checkpoints as they happen. */
  readonly onEvent?: ((event: TrainingEvent) => void) | undefined;
  /** Stops between two submits, after a checkpoint. */
  readonly signal?: AbortSignal | undefined;
  /** The kernels' ways of computing [the adapter's preset]. */
  readonly tuning?: Tuning | undefined;
  /** Most bytes of training rows to keep on the GPU [512 MB]. */
  readonly residentBytes?: number | undefined;
}

/** A trained network with the story of its training, since the state it went on from. */
export interface TrainedNetwork {
  /** All variables by name. */
  readonly values: VariableValues;
  /** Every update. */
  readonly steps: readonly StepEvent[];
  /** Every evaluation. */
  readonly evaluations: readonly EvaluationEvent[];
}

/**
 * Trains a network in stages, such as a new head first and all layers then. Many
 * steps run in one submit, and their losses are read together. The same adapter,
 * driver and seed give the same bytes. One run at a time in a session.
 *
 * @throws {InputError} if the batch is larger than the data, memory is short, an
 * op on the way has no gradient, the loss is no longer a number, or the state to
 * go on from is of another network
 * @throws the signal's reason once it is aborted
 */
export async function trainNetwork(
  options: TrainNetworkOptions,
): Promise<TrainedNetwork> {
  const steps: StepEvent[] = [];
  const evaluations: EvaluationEvent[] = [];
  const onEvent = (event: TrainingEvent): void => {
    if (event.event === "step") steps.push(event);
    if (event.event === "eval") evaluations.push(event);
    options.onEvent?.(event);
  };
  const total = options.stages
    .reduce((sum, { settings }) => sum + settings.steps, 0);
  if (total < (options.resume?.step ?? 0)) {
    throw new InputError(
      `The checkpoint of step ${options.resume?.step} is past the ${total} steps of this run: train a new run`,
    );
  }
  const trainer = await NetworkTrainer.open({ ...options, onEvent });
  try {
    if (!options.resume) await trainer.checkpoint();
    while (trainer.step < total) {
      if (options.signal?.aborted) await trainer.checkpoint();
      options.signal?.throwIfAborted();
      await trainer.advance();
      if (!trainer.isEvaluationDue && trainer.step < total) continue;
      await trainer.evaluate();
      await trainer.checkpoint();
    }
    return { values: await trainer.values(), steps, evaluations };
  } finally {
    await trainer.close();
  }
}
