/**
 * What a run is trained with, in one line for people: also what nobody asked for.
 *
 * @module
 */
import {
  countsEpochs,
  freezeRateOf,
  oneCycleConstants,
  type Recipe,
  stepsPerEpoch,
} from "../train/mod.ts";
import type { NetworkSettings, RunRecord } from "./run_record.ts";
import { counted } from "../plural.ts";

/** The recipe of a run with `trainRows` training rows; in its first `headSteps` only the head is trained. */
export function recipeText(
  record: Pick<RunRecord, "recipe" | "network">,
  { trainRows, headSteps }: { trainRows: number; headSteps: number },
): string {
  const { recipe, network } = record;
  const parts = [
    recipe.optimizer,
    ratesText(record, headSteps),
    durationText(recipe, trainRows),
    ...decayText(recipe),
    ...networkTexts(network),
  ];
  return `recipe ${recipe.name}: ${parts.join(", ")}`;
}

function ratesText(
  { recipe, network: { rateMultiplier } }: Pick<
    RunRecord,
    "recipe" | "network"
  >,
  headSteps: number,
): string {
  const shape = scheduleTexts[recipe.schedule];
  const all = `rate ${rateText(recipe.rate)}${shape}${
    rateMultiplier === 1
      ? ""
      : ` (times ${rateMultiplier} before the head, which is ${
        rateText(recipe.rate * rateMultiplier)
      })`
  }`;
  if (headSteps === 0) return all;
  const head = rateText(freezeRateOf(recipe));
  const alone = `rate ${head}${shape} while only the head is trained`;
  return headSteps === recipe.steps
    ? `${alone}, which is all the time`
    : `${alone}, for ${counted(headSteps, "step")}, then ${all} for all layers`;
}

const { firstDivisor, lowestMomentum, highestMomentum } = oneCycleConstants;

const scheduleTexts: { readonly [K in Recipe["schedule"]]: string } = {
  constant: "",
  cosine: " falling to 0",
  step: " falling to a tenth twice",
  onecycle:
    ` in one cycle (from a ${firstDivisor}th up and down to nearly 0, momentum between ${highestMomentum} and ${lowestMomentum})`,
  rising: " rising",
};

function durationText(recipe: Recipe, trainRows: number): string {
  const { steps, epochs, batch, order } = recipe;
  if (!countsEpochs(recipe) || epochs === undefined) {
    return `${counted(steps, "step")} of ${counted(batch, "row")}`;
  }
  const batches = stepsPerEpoch(recipe, trainRows);
  const left = trainRows - batches * batch;
  const fixed = order === "fixed"
    ? ` in one fixed order${
      left > 0 ? ` (${left} of ${counted(trainRows, "row")} fill no batch)` : ""
    }`
    : "";
  return [
    counted(epochs, "epoch"),
    counted(batches, "batch"),
    counted(batch, "row"),
  ].join(" of ") + fixed;
}

function decayText({ weightDecay, optimizer }: Recipe): string[] {
  if (weightDecay === 0) return [];
  return [
    optimizer === "adamw"
      ? `weight decay ${weightDecay}`
      : `weight decay ${weightDecay} (L2)`,
  ];
}

function networkTexts(
  { clip, augmentation, labelSmoothing, dropout }: NetworkSettings,
): string[] {
  const changes = Object.entries(augmentation ?? {})
    .filter(([, amount]) => amount > 0)
    .map(([name, amount]) => `${name} ${amount}`);
  return [
    ...dropout > 0 ? [`dropout ${dropout}`] : [],
    ...clip
      ? [
        `gradients clipped at ${
          clip.by === "norm" ? "a norm of " : ""
        }${clip.limit}`,
      ]
      : [],
    ...labelSmoothing > 0 ? [`label smoothing ${labelSmoothing}`] : [],
    ...changes.length > 0 ? [`pictures changed by ${changes.join(", ")}`] : [],
  ];
}

/** Without the last digits that 30 times 0.0003 leaves. */
function rateText(rate: number): string {
  return String(Number(rate.toPrecision(6)));
}
