/**
 * The learning rate of each step, and what the optimizer reads of it on the GPU.
 *
 * @module
 */
import type { BatchOrder } from "./batches.ts";
import { scheduleWidth, type UpdateRule } from "../../kernels/optimizer.ts";

/** The schedules that a recipe may have. */
export const recipeScheduleNames = [
  "constant",
  "cosine",
  "step",
  "onecycle",
] as const;

/** The schedules there are; `rising` is that of `--find-lr`. */
export const scheduleNames = [...recipeScheduleNames, "rising"] as const;

/** One of {@linkcode scheduleNames}. */
export type ScheduleName = typeof scheduleNames[number];

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

/** Every decision of a training run that is not the network's. */
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
  /** Rate of a stage in which only the head is trained, where there is one [30 times the rate: runs of before there was a choice do not say]. */
  readonly freezeRate?: number;
  /** Updates in all. */
  readonly steps: number;
  /** Epochs in all, where these are what is counted; `steps` are those of all of them. */
  readonly epochs?: number;
  /** Rows of a step. */
  readonly batch: number;
  /** Times the rate, the share of each weight (not of a bias) that a step takes away. */
  readonly weightDecay: number;
  /** Whether each row is divided by its root mean square, so that features of any scale do. */
  readonly scaleRows: boolean;
  /** Whether the weights of the logits start at zero, as they may where the loss is convex, or are drawn. */
  readonly start: "zeros" | "drawn";
  /** `fixed`: rows are shuffled once, and each epoch has the same whole batches, without the rows that fill none [shuffled anew in each epoch]. */
  readonly order?: BatchOrder;
  /** Steps between two evaluations, each with a checkpoint [those of an epoch]. */
  readonly stepsPerEvaluation?: number;
  /** The step of the first of them [{@linkcode Recipe.stepsPerEvaluation}]. */
  readonly firstEvaluation?: number;
}

/** Whether a recipe counts epochs, and not steps. */
export function countsEpochs(
  { epochs, stepsPerEvaluation }: Pick<Recipe, "epochs" | "stepsPerEvaluation">,
): boolean {
  return epochs !== undefined || stepsPerEvaluation === undefined;
}

/** The epoch that ends with a step: from 0 in a `fixed` order, as its tutorial counts, else from 1. */
export function epochAfter(
  step: number,
  { recipe: { order }, epochSteps }: {
    recipe: Pick<Recipe, "order">;
    /** Steps of an epoch. */
    epochSteps: number;
  },
): number {
  return Math.ceil(step / epochSteps) - (order === "fixed" ? 1 : 0);
}

/** Steps of an epoch of so many rows; the last one of a shuffled epoch may go on in the next. */
export function stepsPerEpoch(
  { batch, order }: Pick<Recipe, "batch" | "order">,
  rows: number,
): number {
  return order === "fixed" ? Math.floor(rows / batch) : Math.ceil(rows / batch);
}

/** Adam's shares of the past that stay. */
export const adamConstants = { beta1: 0.9, beta2: 0.999 } as const;

/** Adam's guard against division by 0: the frameworks' defaults. */
export const adamEpsilons: { readonly [K in Framework]: number } = {
  keras: 1e-7,
  pytorch: 1e-8,
};

/** What is added to the norm of all gradients before they are divided by it, to clip them. */
export const clipGuards: { readonly [K in Framework]: number } = {
  keras: 0,
  pytorch: 1e-6,
};

/** The share of the velocity that stays with `momentum`. */
export const momentumConstant = 0.9;

/**
 * What a batch norm's moving mean and variance keep at each step once they are
 * means of ten (PyTorch's default). Keras's 0.99 needs hundreds of steps to
 * forget where they began, and small sets are trained in fewer.
 */
export const momentumOfStatistics = 0.9;

/** The `step` schedule: times `factor` after each of `stages` equal parts. */
export const stepDecayConstants = { factor: 0.1, stages: 3 } as const;

/** The `onecycle` schedule (PyTorch's defaults): the share of steps that rise, and what the highest rate is divided by at both ends. */
export const oneCycleConstants = {
  risingShare: 0.3,
  firstDivisor: 25,
  lastDivisor: 1e4,
  lowestMomentum: 0.85,
  highestMomentum: 0.95,
} as const;

/** The `rising` schedule: powers of ten from the first rate to the last. */
export const risingDecades = 6;

/** The kernel's rule of an optimizer. */
export function ruleOf(name: OptimizerName): UpdateRule {
  return name === "adamw" ? "adam" : name;
}

/** What decides how parameters change at each step: part of a recipe. */
export type UpdateSettings = Pick<
  Recipe,
  "optimizer" | "framework" | "schedule" | "rate" | "steps" | "weightDecay"
>;

/**
 * The learning rate of the update after `step` others (0 for the first).
 *
 * - `cosine`, as Keras's `CosineDecay`: `rate * (1 + cos(pi * step / steps)) / 2`
 * - `step`: `rate * 0.1 ** floor(3 * step / steps)`
 * - `onecycle`, as PyTorch's `OneCycleLR`: half a cosine up from `rate / 25`,
 *   one down to `rate / 25e4` (Smith and Topin 2018, arXiv:1708.07120)
 * - `rising`: exponentially from `rate / 1e6`, to find the rate at which training
 *   becomes unstable (Smith 2017, arXiv:1506.01186)
 */
export function rateAt(
  { schedule, rate, steps }: Pick<Recipe, "schedule" | "rate" | "steps">,
  step: number,
): number {
  switch (schedule) {
    case "constant":
      return rate;
    case "cosine":
      return rate * (1 + Math.cos(Math.PI * Math.min(step / steps, 1))) / 2;
    case "step": {
      const { factor, stages } = stepDecayConstants;
      const stage = Math.floor(stages * Math.min(step, steps - 1) / steps);
      return rate * factor ** stage;
    }
    case "onecycle": {
      const { firstDivisor, lastDivisor } = oneCycleConstants;
      const first = rate / firstDivisor;
      const last = first / lastDivisor;
      return oneCycle({ step, steps }, [first, rate, last]);
    }
    case "rising":
      return rate *
        10 ** (-risingDecades * (1 - Math.min(step / (steps - 1 || 1), 1)));
    default:
      return schedule satisfies never;
  }
}

/** What a rule keeps of the past. */
const momenta: { readonly [K in UpdateRule]: number } = {
  sgd: 0,
  momentum: momentumConstant,
  nesterov: momentumConstant,
  adam: adamConstants.beta1,
};

/** Momentum, or Adam's `beta1`, of the update after `step` others: `onecycle` moves it against the rate, as PyTorch does. */
function momentumAt(
  { schedule, steps, optimizer }: UpdateSettings,
  step: number,
): number {
  if (schedule === "onecycle") {
    const { lowestMomentum: low, highestMomentum: high } = oneCycleConstants;
    return oneCycle({ step, steps }, [high, low, high]);
  }
  return momenta[ruleOf(optimizer)];
}

/** Half a cosine from the first to the second value, then one to the third. */
function oneCycle(
  { step, steps }: { step: number; steps: number },
  [first, middle, last]: readonly [number, number, number],
): number {
  const turn = oneCycleConstants.risingShare * steps - 1;
  const end = steps - 1;
  return step <= turn
    ? halfCosine(step / turn, [first, middle])
    : halfCosine((Math.min(step, end) - turn) / (end - turn), [middle, last]);
}

function halfCosine(
  share: number,
  [from, to]: readonly [number, number],
): number {
  return to + (from - to) * (1 + Math.cos(Math.PI * share)) / 2;
}

/**
 * What the optimizer kernel reads: for each of `count` updates after `first`
 * others the rate, times Adam's bias correction where the rule is Adam; the
 * share of the weights that decays (`adamw`); what stays of the velocity, or what
 * Adam's first moment takes; and Adam's epsilon, or the momentum itself. Computed
 * in f64. Returns `(count, 4)`.
 *
 * Where the frameworks differ:
 *
 * - Adam divides by `sqrt(v) + 1e-7` before the bias correction in Keras, and by
 *   `sqrt(v) + 1e-8` after it in PyTorch.
 * - The velocity holds the rate of each step in Keras; in PyTorch the rate of the
 *   step that runs counts for all of it. They agree while the rate is constant.
 */
export function updateSchedule(
  settings: UpdateSettings,
  { first, count }: { first: number; count: number },
): Float32Array<ArrayBuffer> {
  const table = new Float32Array(count * scheduleWidth);
  const values = scheduleValues[ruleOf(settings.optimizer)];
  for (let i = 0; i < count; i++) {
    table.set(values(settings, first + i), i * scheduleWidth);
  }
  return table;
}

type ScheduleRow = [rate: number, decay: number, share: number, guard: number];

/** A table, so that a rule more has to say what it reads. */
const scheduleValues: {
  readonly [K in UpdateRule]: (
    settings: UpdateSettings,
    step: number,
  ) => ScheduleRow;
} = {
  sgd: momentumValues,
  momentum: momentumValues,
  nesterov: momentumValues,
  adam: adamValues,
};

function adamValues(settings: UpdateSettings, step: number): ScheduleRow {
  const { optimizer, weightDecay, framework = "keras" } = settings;
  const rate = rateAt(settings, step);
  const beta1 = momentumAt(settings, step);
  const updates = step + 1;
  const deviation = Math.sqrt(1 - adamConstants.beta2 ** updates);
  const decay = optimizer === "adamw" ? rate * weightDecay : 0;
  // m / (sqrt(v) / deviation + e) is deviation * m / (sqrt(v) + deviation * e).
  const epsilon = adamEpsilons[framework] *
    (framework === "pytorch" ? deviation : 1);
  return [rate * deviation / (1 - beta1 ** updates), decay, 1 - beta1, epsilon];
}

function momentumValues(settings: UpdateSettings, step: number): ScheduleRow {
  const rate = rateAt(settings, step);
  const momentum = momentumAt(settings, step);
  // The velocity is 0 before the first step, and holds the rate of the last after it.
  const isRescaled = settings.framework === "pytorch" && step > 0;
  const rescaling = isRescaled ? rate / rateAt(settings, step - 1) : 1;
  return [rate, 0, momentum * rescaling, momentum];
}

/**
 * Times each weight, what is added to its gradient: where decay is not apart
 * from the gradient, it is L2 as PyTorch's `weight_decay` of SGD and Adam.
 */
export function penaltyOf(
  { optimizer, weightDecay }: Pick<Recipe, "optimizer" | "weightDecay">,
): number {
  return optimizer === "adamw" ? 0 : weightDecay;
}
