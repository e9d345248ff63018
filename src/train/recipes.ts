/**
 * How a head is trained: named recipes, and the user's flags over them.
 *
 * @module
 */
import { InputError, UsageError } from "../errors.ts";
import { isJsonObject, type JsonValue } from "../bytes/json.ts";
import { type ScheduleName, scheduleNames } from "./schedule.ts";

/** The optimizers there are; `adamw` is `adam` with {@linkcode Recipe.weightDecay}. */
export const optimizerNames = [
  "sgd",
  "momentum",
  "nesterov",
  "adam",
  "adamw",
] as const;

/** One of {@linkcode optimizerNames}. */
export type OptimizerName = typeof optimizerNames[number];

/** The recipes there are. */
export const recipeNames = ["default", "classic", "onecycle"] as const;

/** One of {@linkcode recipeNames}. */
export type RecipeName = typeof recipeNames[number];

/** The frameworks whose formulas a recipe may follow, where they differ. */
export const frameworkNames = ["keras", "pytorch"] as const;

/** One of {@linkcode frameworkNames}; `updateSchedule` says what differs. */
export type Framework = typeof frameworkNames[number];

/** Every decision of a training run. Heads start at zero: their loss is convex. */
export interface Recipe {
  /** The name it was resolved from. */
  readonly name: RecipeName;
  /** The update rule. */
  readonly optimizer: OptimizerName;
  /** Whose formulas the rule follows, Adam's epsilon among them [keras]. */
  readonly framework?: Framework;
  /** Learning rate, the schedule's highest. */
  readonly rate: number;
  /** How the rate changes over the steps. */
  readonly schedule: ScheduleName;
  /** Updates in all. */
  readonly steps: number;
  /** Rows of a step. */
  readonly batch: number;
  /** Times the rate, the share of each weight (not of a bias) that a step takes away. */
  readonly weightDecay: number;
  /** Whether each row is divided by its root mean square, so that features of any scale do. */
  readonly scaleRows: boolean;
}

/** Steps between two evaluations, each with a checkpoint. */
export const stepsPerEvaluation = 100;

const decayOfAdamw = 0.1;

const recipes: { readonly [K in Exclude<RecipeName, "onecycle">]: Recipe } = {
  default: {
    name: "default",
    optimizer: "adamw",
    rate: 0.02,
    schedule: "cosine",
    steps: 1000,
    batch: 64,
    weightDecay: decayOfAdamw,
    scaleRows: true,
  },
  classic: {
    name: "classic",
    optimizer: "sgd",
    rate: 0.001,
    schedule: "constant",
    steps: 1001,
    batch: 64,
    weightDecay: 0,
    scaleRows: false,
  },
};

/** What a user may change of a recipe. */
export interface RecipeOverrides {
  /** Update rule. */
  readonly optimizer?: OptimizerName | undefined;
  /** Learning rate, above 0. */
  readonly rate?: number | undefined;
  /** How the rate changes. */
  readonly schedule?: ScheduleName | undefined;
  /** From 0; 0 is none. */
  readonly weightDecay?: number | undefined;
  /** Updates in all, from 1. */
  readonly steps?: number | undefined;
  /** Rows of a step, from 1 to the training rows. */
  readonly batch?: number | undefined;
  /** Times all training rows are taken, in place of steps. */
  readonly epochs?: number | undefined;
}

/** A recipe for the data at hand, with a note where it had to give way. */
export interface ResolvedRecipe {
  /** What to train with. */
  readonly recipe: Recipe;
  /** A sentence for the user, if the batch was lowered. */
  readonly note?: string;
}

/**
 * The recipe of that name with the overrides, for `trainRows` training rows. A
 * batch that is larger is lowered to them, unless the user asked for it.
 *
 * @throws {UsageError} if an override is out of range, or the recipe is for networks
 * @throws {InputError} if there are no training rows, or fewer than the batch asked for
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { resolveRecipe } from "./recipes.ts";
 * const { recipe } = resolveRecipe("classic", { trainRows: 720, overrides: { steps: 10 } });
 * strictEqual(recipe.steps, 10);
 * ```
 */
export function resolveRecipe(
  name: RecipeName,
  { trainRows, overrides = {} }: {
    trainRows: number;
    overrides?: RecipeOverrides;
  },
): ResolvedRecipe {
  if (name === "onecycle") {
    throw new UsageError(
      "The recipe onecycle is for networks: add --mode finetune, --mode scratch, or --hidden",
    );
  }
  const base = recipes[name];
  const optimizer = overrides.optimizer ?? base.optimizer;
  const recipe: Recipe = {
    ...base,
    optimizer,
    rate: positive("rate", overrides.rate ?? base.rate),
    steps: count("steps", overrides.steps ?? base.steps),
    batch: count("batch", overrides.batch ?? base.batch),
    schedule: overrides.schedule ?? base.schedule,
    weightDecay: headDecay(optimizer, overrides.weightDecay),
  };
  return fitRecipe(recipe, { trainRows, overrides });
}

/** The kernel that updates a head takes weight decay as `adamw` has it. */
function headDecay(optimizer: OptimizerName, asked?: number): number {
  if (asked !== undefined) checkDecay(asked);
  if (optimizer === "adamw") return asked ?? decayOfAdamw;
  if (!asked) return 0;
  throw new UsageError(
    `--weight-decay of a single dense layer is for --optimizer adamw, not ${optimizer}: leave it out, or add --hidden`,
  );
}

/**
 * Refuses a weight decay that is none.
 *
 * @throws {UsageError} if it is not a number from 0
 */
export function checkDecay(value: number): void {
  if (Number.isFinite(value) && value >= 0) return;
  throw new UsageError(
    `--weight-decay is ${value}, expected a number from 0`,
  );
}

/**
 * A recipe whose batch is no larger than the data, and whose steps are those of
 * the epochs asked for.
 *
 * @throws {InputError} if there are no training rows, or fewer than the batch asked for
 * @throws {UsageError} if there are both steps and epochs
 */
export function fitRecipe(
  recipe: Recipe,
  { trainRows, overrides }: { trainRows: number; overrides: RecipeOverrides },
): ResolvedRecipe {
  if (trainRows < 1) {
    throw new InputError("There are no training images: add some");
  }
  const batch = Math.min(recipe.batch, trainRows);
  if (overrides.batch !== undefined && batch < overrides.batch) {
    throw new InputError(
      `The batch of ${recipe.batch} is larger than the ${trainRows} training images: use --batch ${trainRows} or less`,
    );
  }
  const { epochs, steps: updates } = overrides;
  if (epochs !== undefined && updates !== undefined) {
    throw new UsageError("--steps and --epochs say the same: give one of them");
  }
  const steps = epochs === undefined
    ? recipe.steps
    : count("epochs", epochs) * Math.ceil(trainRows / batch);
  const fitted = { recipe: { ...recipe, batch, steps } };
  return batch === recipe.batch ? fitted : {
    ...fitted,
    note:
      `the batch is ${trainRows} instead of ${recipe.batch}: there are no more training images`,
  };
}

/** The recipe that JSON holds, or undefined if it holds none. */
export function parseRecipe(json: JsonValue | undefined): Recipe | undefined {
  if (json === undefined || !isJsonObject(json)) return undefined;
  const name = recipeNames.find((known) => known === json.name);
  const optimizer = optimizerNames.find((known) => known === json.optimizer);
  const schedule = scheduleNames.find((known) => known === json.schedule);
  const framework = frameworkNames.find((known) => known === json.framework);
  const { rate, steps, batch, weightDecay, scaleRows } = json;
  if (
    !name || !optimizer || !schedule || framework !== json.framework ||
    typeof rate !== "number" ||
    typeof steps !== "number" || typeof batch !== "number" ||
    typeof weightDecay !== "number" || typeof scaleRows !== "boolean"
  ) return undefined;
  return {
    name,
    optimizer,
    ...framework && { framework },
    rate,
    schedule,
    steps,
    batch,
    weightDecay,
    scaleRows,
  };
}

function positive(name: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new UsageError(`--${name} is ${value}, expected a number above 0`);
}

function count(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= 1e9) return value;
  throw new UsageError(
    `--${name} is ${value}, expected a whole number from 1 to 1e9`,
  );
}
