/**
 * The learning rate of each step, and what the optimizer reads of it on the GPU.
 *
 * @module
 */
import type { Recipe } from "./recipes.ts";

/** The schedules there are. */
export const scheduleNames = ["constant", "cosine"] as const;

/** One of {@linkcode scheduleNames}. */
export type ScheduleName = typeof scheduleNames[number];

/** Adam's shares of the past that stay, and its guard against division by 0 (Keras's defaults). */
export const adamConstants = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
} as const;

/** The share of the velocity that stays with `momentum`. */
export const momentumConstant = 0.9;

/**
 * The learning rate of the update after `step` others (0 for the first).
 * Cosine, as Keras's `CosineDecay`: `rate * (1 + cos(pi * step / steps)) / 2`.
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
    default:
      return schedule satisfies never;
  }
}

/**
 * What the optimizer kernel reads: for each of `count` updates after `first`
 * others the rate, times Adam's bias correction where the rule is Adam, and the
 * share of the weights that decays. Computed in f64. Returns `(count, 2)`.
 */
export function updateSchedule(
  recipe: Recipe,
  { first, count }: { first: number; count: number },
): Float32Array<ArrayBuffer> {
  const { beta1, beta2 } = adamConstants;
  const isAdam = recipe.optimizer === "adam" || recipe.optimizer === "adamw";
  const table = new Float32Array(count * 2);
  for (let i = 0; i < count; i++) {
    const rate = rateAt(recipe, first + i);
    const updates = first + i + 1;
    const correction = isAdam
      ? Math.sqrt(1 - beta2 ** updates) / (1 - beta1 ** updates)
      : 1;
    table[i * 2] = rate * correction;
    table[i * 2 + 1] = rate * recipe.weightDecay;
  }
  return table;
}
