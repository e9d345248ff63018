/**
 * `log.jsonl` read back: the points of the curves, and the table of evaluations.
 *
 * @module
 */
import * as v from "valibot";
import { parseRecord } from "../bytes/record.ts";
import { formatCsv, type JsonObject, type JsonValue } from "../bytes/mod.ts";
import type { CurvePoint, Curves } from "../report/mod.ts";

/** A measurement on one batch, or on the validation pictures. */
export type Measurement = Required<CurvePoint>;

/** All measurements of a training, by rising step. */
export interface TrainingLog extends Curves {
  readonly train: readonly Measurement[];
  readonly validation: readonly (Measurement & {
    /** The epoch that it ends; absent in older runs. */
    readonly epoch?: number;
  })[];
}

const measurementSchema = v.object({
  step: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  loss: v.pipe(v.number(), v.finite(), v.minValue(0)),
  accuracy: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  epoch: v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
});

/**
 * Reads the lines of `log.jsonl`; lines of other events, and measurements that are
 * not whole, are passed over.
 *
 * @throws {InputError} that names a number that cannot be
 */
export function parseTrainingLog(lines: readonly JsonObject[]): TrainingLog {
  return {
    train: lines.flatMap(({ event, step, loss, accuracy }) =>
      event === "step" ? measurement({ step, loss, accuracy }) : []
    ),
    validation: lines.flatMap((line) =>
      line.event === "eval"
        ? measurement({
          step: line.step,
          loss: line.validationLoss,
          accuracy: line.validationAccuracy,
          ...typeof line.epoch === "number" && { epoch: line.epoch },
        })
        : []
    ),
  };
}

type Evaluation = TrainingLog["validation"][number];

function measurement(
  found: {
    readonly [Name in keyof Evaluation]: JsonValue | undefined;
  },
): Evaluation[] {
  const { step, loss, accuracy } = found;
  const isWhole = typeof step === "number" && typeof loss === "number" &&
    typeof accuracy === "number";
  return isWhole
    ? [parseRecord(measurementSchema, found, {
      where: `log.jsonl, step ${step}`,
      remedy: "remove the line",
    })]
    : [];
}

/** A line for each evaluation, with the means of the batches since the one before. */
export function resultsCsv({ train, validation }: TrainingLog): string {
  let before = 0;
  const hasEpochs = validation.some(({ epoch }) => epoch !== undefined);
  const rows = validation.map(({ step, loss, accuracy, epoch }) => {
    const batches = train.filter((batch) =>
      batch.step > before && batch.step <= step
    );
    before = step;
    return [
      step,
      mean(batches.map((batch) => batch.loss)),
      mean(batches.map((batch) => batch.accuracy)),
      loss,
      accuracy,
      ...hasEpochs ? [epoch] : [],
    ];
  });
  return formatCsv([
    "step",
    "train_loss",
    "train_accuracy",
    "validation_loss",
    "validation_accuracy",
    ...hasEpochs ? ["epoch"] : [],
  ], rows);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
