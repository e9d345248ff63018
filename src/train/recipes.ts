/**
 * How networks are trained: named recipes, and the user's flags over them.
 *
 * @module
 */
import * as v from "valibot";
import { InputError, UsageError } from "../errors.ts";
import { batchOrders } from "./batches.ts";
import {
  frameworkNames,
  optimizerNames,
  type Recipe,
  type RecipeName,
  recipeNames,
  scheduleNames,
  stepsPerEpoch,
} from "./schedule.ts";
import type { Clip } from "./training_step.ts";

/** What of a network is trained: a new head, all layers, or all from fresh weights. */
export const networkModes = ["head", "finetune", "scratch"] as const;

/** One of {@linkcode networkModes}. */
export type NetworkMode = typeof networkModes[number];

/** What a recipe is for: one dense layer on features, whose loss is convex, or a network in one of the modes. */
export type RecipeTarget = "dense" | NetworkMode;

/** The recipe `onecycle` clips each value of a network's gradient to this. */
export const onecycleClip: Clip = { by: "value", limit: 0.1 };

/** From so many rows on, fewer epochs are as good. */
const manyRows = 5000;

/** Steps between evaluations where steps are counted and not epochs. */
const usualStepsPerEvaluation = 100;

/** A recipe before there are data; with neither steps nor epochs it takes so many epochs as are usual. */
type BaseRecipe = Omit<Recipe, "name" | "steps"> & {
  readonly steps?: number;
  /** Evaluated is after the first epoch and after each so many more, where epochs are counted. */
  readonly epochsPerEvaluation?: number;
};

/** New weights on frozen layers learn so much faster than all together may. */
const headRateMultiplier = 30;

/** The rate of the head's stage in a recipe of before it was recorded. */
export function freezeRateOf(
  { freezeRate, rate }: Pick<Recipe, "freezeRate" | "rate">,
): number {
  return freezeRate ?? rate * headRateMultiplier;
}

const network = {
  optimizer: "adam",
  schedule: "constant",
  weightDecay: 0,
  scaleRows: false,
  start: "drawn",
} as const satisfies Partial<BaseRecipe>;

const defaults: { readonly [K in RecipeTarget]: BaseRecipe } = {
  dense: {
    optimizer: "adamw",
    rate: 0.02,
    schedule: "cosine",
    steps: 1000,
    batch: 64,
    weightDecay: 0.1,
    scaleRows: true,
    start: "zeros",
    stepsPerEvaluation: usualStepsPerEvaluation,
  },
  head: { ...network, rate: 0.001, batch: 32 },
  // In 3 epochs of digits a falling rate is half a percent better than a constant one.
  scratch: { ...network, rate: 0.003, batch: 32, schedule: "cosine" },
  finetune: { ...network, rate: 3e-4, batch: 16, schedule: "onecycle" },
};

/** The tutorial that retrains Inception-v3, whatever is trained. */
const classic: BaseRecipe = {
  optimizer: "sgd",
  rate: 0.001,
  freezeRate: 0.001,
  schedule: "constant",
  epochs: 1001,
  epochsPerEvaluation: 100,
  batch: 64,
  weightDecay: 0,
  scaleRows: false,
  start: "drawn",
  order: "fixed",
};

const onecycleRate = 1e-4;

/** The decay of `adamw` where the user chose it for a network, as in PyTorch. */
const decayOfAdamw = 0.01;

function baseOf(name: RecipeName, target: RecipeTarget): BaseRecipe {
  const base = defaults[target];
  const isDense = target === "dense";
  switch (name) {
    case "default":
      return base;
    case "classic":
      return classic;
    case "onecycle":
      return {
        ...base,
        optimizer: "adam",
        framework: "pytorch",
        schedule: "onecycle",
        rate: isDense ? base.rate : onecycleRate,
        freezeRate: onecycleRate,
        weightDecay: 1e-4,
      };
    default:
      return name satisfies never;
  }
}

/** What of a recipe a user may change. */
export type Overridden =
  | "optimizer"
  | "rate"
  | "freezeRate"
  | "schedule"
  | "weightDecay"
  | "steps"
  | "batch";

/** What a user may change of a recipe: whole numbers are from 1, a batch up to the training rows, the rate is above 0. */
export type RecipeOverrides =
  & { readonly [K in Overridden]?: Recipe[K] | undefined }
  & {
    /** Times all training rows are taken, in place of steps. */
    readonly epochs?: number | undefined;
    /** False leaves features as they are [as the recipe says]. */
    readonly scaleRows?: boolean | undefined;
  };

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
 * `default` is AdamW with a falling rate for one dense layer and Adam for
 * networks (`scratch` with a rate that falls to 0, `finetune` with one cycle up to
 * 3e-4, and 30 times that while only the head is trained), `classic` plain gradient
 * descent in 1,001 epochs of the same batches, `onecycle` PyTorch's Adam with its
 * OneCycle and L2 of 1e-4, at one rate for all. Networks take 10 epochs, or 3 of
 * many rows, unless steps or epochs are given.
 *
 * @throws {UsageError} if an override is out of range, or there are both steps and epochs
 * @throws {InputError} if there are no training rows, or fewer than the batch asked for
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { resolveRecipe } from "./recipes.ts";
 * const { recipe } = resolveRecipe("classic", {
 *   target: "dense",
 *   trainRows: 720,
 *   overrides: { steps: 10 },
 * });
 * strictEqual(recipe.steps, 10);
 * ```
 */
export function resolveRecipe(
  name: RecipeName,
  { target, trainRows, scaleRows, hasHeadStage = false, overrides = {} }: {
    target: RecipeTarget;
    trainRows: number;
    /** Whether each row is divided by its root mean square [as the recipe says]. */
    scaleRows?: boolean;
    /** Whether only the head is trained at first, at a rate of its own [no]. */
    hasHeadStage?: boolean;
    overrides?: RecipeOverrides;
  },
): ResolvedRecipe {
  const base = baseOf(name, target);
  const { rate, schedule, epochs, steps } = overrides;
  if (epochs !== undefined && steps !== undefined) {
    throw new UsageError("--steps and --epochs say the same: give one of them");
  }
  if (trainRows < 1) {
    throw new InputError("There are no training images: add some");
  }
  const wanted = count("batch", overrides.batch ?? base.batch);
  const batch = Math.min(wanted, trainRows);
  if (overrides.batch !== undefined) checkBatch(wanted, trainRows);
  const { optimizer, framework, start, order } = base;
  const recipe: Recipe = {
    name,
    optimizer: overrides.optimizer ?? optimizer,
    ...framework && { framework },
    rate: positive("rate", rate ?? base.rate),
    ...hasHeadStage && { freezeRate: headRate(base, overrides) },
    schedule: schedule ?? base.schedule,
    ...durationOf(base, { target, trainRows, batch, overrides }),
    batch,
    weightDecay: decayOf(base, { target, overrides }),
    scaleRows: overrides.scaleRows !== false && (scaleRows ?? base.scaleRows),
    start,
    ...order && { order },
  };
  return batch === wanted ? { recipe } : {
    recipe,
    note:
      `the batch is ${trainRows} instead of ${wanted}: there are no more training images`,
  };
}

/** The rate of the head's stage: one that is given for all, unless it has its own. */
function headRate(
  base: BaseRecipe,
  { rate, freezeRate }: RecipeOverrides,
): number {
  return positive("freeze-rate", freezeRate ?? rate ?? freezeRateOf(base));
}

/** How long a recipe takes, and when it is evaluated. */
function durationOf(
  base: BaseRecipe,
  { target, trainRows, batch, overrides }: {
    target: RecipeTarget;
    trainRows: number;
    batch: number;
    overrides: RecipeOverrides;
  },
): Pick<
  Recipe,
  "steps" | "epochs" | "stepsPerEvaluation" | "firstEvaluation"
> {
  const epochSteps = stepsPerEpoch({ ...base, batch }, trainRows);
  const { epochsPerEvaluation } = base;
  const every = base.stepsPerEvaluation === undefined
    ? {}
    : { stepsPerEvaluation: base.stepsPerEvaluation };
  const steps = overrides.steps ??
    (overrides.epochs === undefined ? base.steps : undefined);
  if (steps !== undefined) {
    return {
      steps: count("steps", steps),
      ...epochsPerEvaluation === undefined
        ? every
        : { stepsPerEvaluation: usualStepsPerEvaluation },
    };
  }
  const usual = target !== "finetune" && trainRows >= manyRows ? 3 : 10;
  const epochs = count("epochs", overrides.epochs ?? base.epochs ?? usual);
  return {
    steps: count("epochs", epochs * epochSteps),
    epochs,
    ...epochsPerEvaluation === undefined ? every : {
      stepsPerEvaluation: epochsPerEvaluation * epochSteps,
      firstEvaluation: epochSteps,
    },
  };
}

/**
 * Refuses a batch that takes a row twice.
 *
 * @throws {InputError} that says how large it may be
 */
export function checkBatch(batch: number, trainRows: number): void {
  if (batch <= trainRows) return;
  throw new InputError(
    `The batch of ${batch} is larger than the ${trainRows} training images: use --batch ${trainRows} or less`,
  );
}

/** A decay apart from the gradient and one that is L2 are of other sizes: neither passes to the other. */
function decayOf(
  base: BaseRecipe,
  { target, overrides: { optimizer = base.optimizer, weightDecay } }: {
    target: RecipeTarget;
    overrides: RecipeOverrides;
  },
): number {
  if (weightDecay === undefined) {
    if (optimizer === base.optimizer) return base.weightDecay;
    if (optimizer === "adamw") {
      // Strong for one layer.
      return target === "dense" ? defaults.dense.weightDecay : decayOfAdamw;
    }
    return base.optimizer === "adamw" ? 0 : base.weightDecay;
  }
  if (Number.isFinite(weightDecay) && weightDecay >= 0) return weightDecay;
  throw new UsageError(
    `--weight-decay is ${weightDecay}, expected a number from 0`,
  );
}

const above0 = v.pipe(v.number(), v.finite(), v.gtValue(0));
const from0 = v.pipe(v.number(), v.finite(), v.minValue(0));
const countSchema = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(1),
  v.maxValue(1e9),
);

/** A recipe as JSON holds it. */
export const recipeSchema: v.GenericSchema<unknown, Recipe> = v.object({
  name: v.picklist(recipeNames),
  optimizer: v.picklist(optimizerNames),
  framework: v.exactOptional(v.picklist(frameworkNames)),
  rate: above0,
  freezeRate: v.exactOptional(above0),
  schedule: v.picklist(scheduleNames),
  steps: countSchema,
  epochs: v.exactOptional(countSchema),
  batch: countSchema,
  weightDecay: from0,
  scaleRows: v.boolean(),
  start: v.picklist(["zeros", "drawn"]),
  order: v.exactOptional(v.picklist(batchOrders)),
  stepsPerEvaluation: v.exactOptional(countSchema),
  firstEvaluation: v.exactOptional(countSchema),
});

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
