/**
 * How networks are trained where the user does not say: a recipe for each way.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import {
  checkDecay,
  fitRecipe,
  type Recipe,
  type RecipeName,
  type RecipeOverrides,
  type ResolvedRecipe,
} from "./recipes.ts";
import type { Clip } from "./training_step.ts";

/** What of a network is trained: several new layers, all that is there, or all from the start. */
export const networkModes = ["head", "finetune", "scratch"] as const;

/** One of {@linkcode networkModes}. */
export type NetworkMode = typeof networkModes[number];

/** The recipe `onecycle` clips each value of a gradient to this. */
export const onecycleClip: Clip = { by: "value", limit: 0.1 };

/** From so many rows on, fewer epochs are as good. */
const manyRows = 5000;

/** PyTorch's default. */
const decayOfAdamw = 0.01;

const common = {
  name: "default",
  optimizer: "adam",
  schedule: "constant",
  steps: 0,
  weightDecay: 0,
  scaleRows: false,
} as const satisfies Partial<Recipe>;

const defaults: { readonly [K in NetworkMode]: Recipe } = {
  head: { ...common, rate: 0.001, batch: 32 },
  // In 3 epochs of digits a falling rate is half a percent better than a constant one.
  scratch: { ...common, rate: 0.003, batch: 32, schedule: "cosine" },
  finetune: { ...common, rate: 3e-4, batch: 16, schedule: "onecycle" },
};

/**
 * The recipe of that name for networks, with the overrides: `default` is Adam
 * (`scratch` with a rate that falls to 0, `finetune` with one cycle up to 3e-4),
 * `onecycle` PyTorch's Adam with its OneCycle up to 1e-4 and L2 of 1e-4,
 * `classic` plain gradient descent. Takes 10 epochs, or 3 of many rows, unless steps or
 * epochs are given.
 *
 * @throws {UsageError} if an override is out of range, or there are both steps and epochs
 * @throws {InputError} if there are fewer training rows than the batch asked for
 */
export function resolveNetworkRecipe(
  name: RecipeName,
  { mode, trainRows, scaleRows, overrides }: {
    mode: NetworkMode;
    trainRows: number;
    /** Whether rows are features, which are brought to one scale. */
    scaleRows: boolean;
    overrides: RecipeOverrides;
  },
): ResolvedRecipe {
  const base = networkRecipe(name, mode);
  const optimizer = overrides.optimizer ?? base.optimizer;
  const usualDecay = optimizer === "adamw" ? decayOfAdamw : base.weightDecay;
  const recipe: Recipe = {
    ...base,
    optimizer,
    scaleRows,
    weightDecay: overrides.weightDecay ?? usualDecay,
    ...overrides.steps !== undefined && { steps: overrides.steps },
    ...overrides.batch !== undefined && { batch: overrides.batch },
    ...overrides.rate !== undefined && { rate: overrides.rate },
    ...overrides.schedule !== undefined && { schedule: overrides.schedule },
  };
  checkDecay(recipe.weightDecay);
  if (!(recipe.rate > 0)) {
    throw new UsageError(`--rate is ${recipe.rate}, expected a number above 0`);
  }
  const usual = mode !== "finetune" && trainRows >= manyRows ? 3 : 10;
  const epochs = overrides.epochs ??
    (overrides.steps === undefined ? usual : undefined);
  return fitRecipe(recipe, { trainRows, overrides: { ...overrides, epochs } });
}

function networkRecipe(name: RecipeName, mode: NetworkMode): Recipe {
  switch (name) {
    case "default":
      return defaults[mode];
    case "classic":
      return {
        ...defaults[mode],
        name,
        optimizer: "sgd",
        rate: 0.001,
        schedule: "constant",
        batch: 64,
      };
    case "onecycle":
      return {
        ...defaults[mode],
        name,
        framework: "pytorch",
        schedule: "onecycle",
        rate: 1e-4,
        weightDecay: 1e-4,
      };
    default:
      return name satisfies never;
  }
}
