/**
 * Trains a head on rows of features.
 *
 * @module
 */
import type { Session } from "../gpu/session.ts";
import { HeadTrainer } from "./_head_trainer.ts";
import type { EvaluationEvent, StepEvent, TrainingEvent } from "./events.ts";
import { checkRows, type LabelledRows } from "./feature_rows.ts";
import type { Head } from "./head.ts";
import { type Recipe, stepsPerEvaluation } from "./recipes.ts";
import type { CheckpointStore, TrainingState } from "./training_state.ts";

/** What {@linkcode trainHead} works on. */
export interface TrainHeadOptions {
  /** Where it runs. */
  readonly session: Session;
  /** The rows to learn from. */
  readonly train: LabelledRows;
  /** Evaluated every {@linkcode stepsPerEvaluation} steps, if there are any. */
  readonly validation?: LabelledRows | undefined;
  /** Number of classes. */
  readonly classes: number;
  /** From `resolveRecipe`. */
  readonly recipe: Recipe;
  /** Decides the batches, an integer in [0, 2^32). */
  readonly seed: number;
  /** Gets the state at step 0 and after each evaluation. */
  readonly checkpoints?: CheckpointStore | undefined;
  /** A state to go on from; the final weights are the same, byte for byte. */
  readonly resume?: TrainingState | undefined;
  /** Hears of steps, evaluations and checkpoints as they happen. */
  readonly onEvent?: ((event: TrainingEvent) => void) | undefined;
  /** Stops between two submits, after a checkpoint. */
  readonly signal?: AbortSignal | undefined;
  /** Most bytes of training rows to keep on the GPU [512 MB]. */
  readonly residentBytes?: number | undefined;
}

/** A trained head with the story of its training, since the state it went on from. */
export interface TrainedHead extends Head {
  /** Every update. */
  readonly steps: readonly StepEvent[];
  /** Every evaluation. */
  readonly evaluations: readonly EvaluationEvent[];
}

/**
 * Trains a dense softmax head `(features, classes)`. Many steps run in one
 * submit, and their losses are read together. The same adapter, driver and seed
 * give the same bytes. One run at a time in a session.
 *
 * @throws {InputError} if the rows cannot be learnt from, the loss is no longer a number, or the state to go on from is of another head or recipe
 * @throws the signal's reason once it is aborted
 */
export async function trainHead(
  options: TrainHeadOptions,
): Promise<TrainedHead> {
  const { train, validation, classes, recipe, resume, signal } = options;
  checkRows(train, { what: "training", classes });
  if (validation) checkRows(validation, { what: "validation", classes });
  const steps: StepEvent[] = [];
  const evaluations: EvaluationEvent[] = [];
  const onEvent = (event: TrainingEvent): void => {
    if (event.event === "step") steps.push(event);
    if (event.event === "eval") evaluations.push(event);
    options.onEvent?.(event);
  };
  const trainer = await HeadTrainer.open({ ...options, onEvent });
  try {
    if (!resume) trainer.checkpoint();
    while (trainer.step < recipe.steps) {
      if (signal?.aborted) {
        trainer.checkpoint();
        await trainer.settle();
        signal.throwIfAborted();
      }
      const untilEvaluation = stepsPerEvaluation -
        trainer.step % stepsPerEvaluation;
      await trainer.advance(
        Math.min(untilEvaluation, recipe.steps - trainer.step),
      );
      const due = trainer.step % stepsPerEvaluation === 0;
      if (!due && trainer.step < recipe.steps) continue;
      await trainer.evaluate();
      trainer.checkpoint();
    }
    await trainer.settle();
    const { features } = train;
    const parameters = await trainer.parameters();
    const head = { features, classes, scaleRows: recipe.scaleRows };
    return { ...head, ...parameters, steps, evaluations };
  } finally {
    await trainer.close();
  }
}
