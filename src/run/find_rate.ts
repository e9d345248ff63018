/**
 * Which learning rate suits: training with one that rises until the loss does.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import {
  type StepEvent,
  trainNetwork,
  type TrainNetworkOptions,
} from "../train/mod.ts";
import { networkOf } from "./network.ts";
import type { RunTools } from "./rows.ts";
import type { RunRecord } from "./run_record.ts";
import { prepareRun, type TrainRunOptions } from "./train_run.ts";
import { type RunParts, trainingOf } from "./training.ts";

/** Steps from the lowest to the highest rate. */
const steps = 100;

const highestRate = 1;

/** The share of the past in the running mean of losses (fastai's). */
const smoothing = 0.9;

/** Once the loss is so many times its lowest, higher rates tell nothing. */
const hopeless = 4;

export interface RatePoint {
  readonly rate: number;
  /** Running mean of the losses up to there. */
  readonly loss: number;
}

export interface FoundRate {
  /** By rising rate. */
  readonly points: readonly RatePoint[];
  /** A tenth of the rate at which the loss was lowest. */
  readonly suggestion: number;
}

/**
 * Trains for up to 100 steps with a rate that rises from 1e-6 to 1, and suggests
 * one. Nothing is written.
 *
 * @throws {InputError} for data that cannot be learnt from
 */
export async function findRate(
  options: TrainRunOptions,
  tools: RunTools,
): Promise<FoundRate> {
  const { record, examples } = await prepareRun(options, tools);
  using _workers = examples.pixels;
  const found: RatePoint[] = [];
  const mean = new RunningMean();
  const stopping = new AbortController();
  const bar = tools.watcher.progress({
    label: "find rate",
    total: steps,
    unit: "steps",
  });
  const hear = ({ step, rate, loss: batchLoss }: StepEvent): void => {
    if (stopping.signal.aborted) return;
    const loss = mean.add(batchLoss);
    found.push({ rate, loss });
    bar.update(step, `rate ${rate.toExponential(1)}, loss ${loss.toFixed(4)}`);
    const lowest = Math.min(...found.map((point) => point.loss));
    if (loss > hopeless * lowest) stopping.abort(enough);
  };
  const signals = [stopping.signal, tools.signal ?? []].flat();
  try {
    await train({ record, examples, tools }, {
      signal: AbortSignal.any(signals),
      onEvent: (event) => event.event === "step" && hear(event),
    });
  } catch (error) {
    const diverged = error instanceof InputError && found.length > 0;
    if (error !== enough && !diverged) throw error;
  }
  bar.finish();
  const best = found.reduce((one, other) =>
    other.loss < one.loss ? other : one
  );
  return { points: found, suggestion: Number((best.rate / 10).toPrecision(2)) };
}

/** Why a training was stopped, where it was not a person. */
const enough = new Error("The loss rises");

async function train(
  { record, examples, tools }: RunParts,
  heard: Pick<TrainNetworkOptions, "signal" | "onEvent">,
): Promise<void> {
  const rising: RunRecord = {
    ...record,
    recipe: { ...record.recipe, schedule: "rising", rate: highestRate, steps },
    network: { ...record.network, freezeEpochs: 0 },
  };
  const network = networkOf(rising, {
    model: tools.model?.model,
  });
  const parts = { record: rising, examples, tools };
  await trainNetwork({ ...trainingOf(network, parts), ...heard });
}

/** A mean that forgets, corrected for having begun at 0. */
class RunningMean {
  #sum = 0;
  #weight = 0;

  add(value: number): number {
    this.#sum = smoothing * this.#sum + (1 - smoothing) * value;
    this.#weight = smoothing * this.#weight + (1 - smoothing);
    return this.#sum / this.#weight;
  }
}
