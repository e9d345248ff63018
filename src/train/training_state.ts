/**
 * Everything a training run needs to go on as if it had never stopped.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import type { BatchState } from "./batches.ts";
import type { HeadParameters, HeadShape } from "./head.ts";
import type { Recipe } from "./recipes.ts";

/** The state of a training run between two steps. */
export interface TrainingState extends HeadShape {
  /** Updates done. */
  readonly step: number;
  /** How it is being trained. */
  readonly recipe: Recipe;
  /** Weights and bias. */
  readonly parameters: HeadParameters;
  /** The optimizer's moments by name, shaped as the parameters. */
  readonly moments: Readonly<Record<string, HeadParameters>>;
  /** Where the sampler of batches stands. */
  readonly batches: BatchState;
}

/** Where states are kept; {@linkcode CheckpointFolder} is one. */
export interface CheckpointStore {
  /** Keeps a state; returns the name it goes by. */
  save(state: TrainingState): Promise<string>;
}

/**
 * Refuses to go on from a state of another head or recipe.
 *
 * @throws {InputError} that says which of them differs
 */
export function checkResumable(
  state: TrainingState,
  { shape, recipe }: { shape: HeadShape; recipe: Recipe },
): void {
  const { features, classes } = shape;
  if (state.features !== features || state.classes !== classes) {
    throw new InputError(
      `The checkpoint of step ${state.step} is of ${state.features} features and ${state.classes} classes, the data has ${features} and ${classes}: train a new run`,
    );
  }
  const different = Object.entries(recipe).find(([key, value]) =>
    Object.entries(state.recipe).some(([other, old]) =>
      other === key && old !== value
    )
  );
  if (different) {
    throw new InputError(
      `The checkpoint of step ${state.step} was made with another ${
        different[0]
      } than ${different[1]}: train a new run to change it`,
    );
  }
}
