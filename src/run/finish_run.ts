/**
 * What a run leaves behind once it is trained: the test, and the files
 * that people and programs look at.
 *
 * @module
 */
import { formatCsv, type JsonObject, readLog } from "../bytes/mod.ts";
import {
  type Accuracy,
  accuracyOf,
  accuracyOfMatrix,
  confusionMatrix,
  confusionSvg,
  curvesSvg,
  gridSvg,
  maxMistakes,
} from "../report/mod.ts";
import type { Watcher } from "../watcher.ts";
import type { Examples } from "./examples.ts";
import {
  type Prediction,
  predictionsOf,
  samplePredictions,
  withThumbnails,
} from "./predictions.ts";
import { writeReport } from "./run_report.ts";
import {
  parseTrainingLog,
  resultsCsv,
  type TrainingLog,
} from "./training_log.ts";
import type { RunFolder } from "./run_folder.ts";
import type { RunRecord } from "./run_record.ts";

/** What a run came to. */
export interface RunOutcome {
  /** The run's folder. */
  readonly run: string;
  /** What `run.json` holds. */
  readonly record: RunRecord;
  /** On the validation pictures, at the last evaluation. */
  readonly validation: Accuracy;
  /** On the test pictures. */
  readonly test: Accuracy;
  /** Files that were left out; `skipped.csv` says why. */
  readonly skipped: number;
}

/**
 * Tests what was trained, by the probabilities `(test pictures, classes)` it
 * gives, and writes everything but checkpoints, weights and logs. `step` is that
 * of the weights in use, where they are not the last.
 */
export async function finishRun(
  folder: RunFolder,
  { record, examples, probabilities, step, tools }: {
    record: RunRecord;
    examples: Examples;
    probabilities: Float32Array;
    step?: number | undefined;
    tools: { readonly watcher: Watcher };
  },
): Promise<RunOutcome> {
  const { watcher } = tools;
  const predictions = predictionsOf(probabilities, {
    labels: record.labels,
    files: examples.split.records.filter(({ split }) => split === "test")
      .map(({ path, file, label }) => ({ path, file, truth: label })),
  });
  const matrix = confusionMatrix(
    predictions.flatMap(({ truthClass, predictedClass }) =>
      truthClass === undefined
        ? []
        : [{ truth: truthClass, predicted: predictedClass }]
    ),
    record.labels.length,
  );
  const test = accuracyOfMatrix(matrix);
  const pictures = picturesOf(predictions, record);
  // A failure is thrown where they are awaited.
  pictures.catch(() => {});
  const log = parseTrainingLog(await readLog(folder.file("log.jsonl")));
  const validation = lastValidation(log, { examples, step });
  await writeTables(folder, { predictions, matrix, labels: record.labels });
  await folder.write("results.csv", resultsCsv(log));
  await folder.write("curves.svg", curvesSvg(log));
  await folder.write("confusion.svg", confusionSvg(record.labels, matrix));
  const { sample, mistakes } = await pictures;
  if (sample.length > 0) await folder.write("grid.svg", gridSvg(sample));
  const finished = {
    ...record,
    results: {
      validation: shown(validation),
      test: shown(test),
      ...step !== undefined && { step },
    },
  };
  await folder.writeRecord(finished);
  await writeReport(folder, {
    record: finished,
    examples,
    log,
    validation,
    mistakes,
    matrix,
    sample,
  });
  watcher.note(`the run is in ${folder.path}`);
  const skipped = examples.skipped.length;
  return { run: folder.path, record: finished, validation, test, skipped };
}

/** The predictions that are shown, with their pictures: a sample of those that can be read, and the surest mistakes. */
async function picturesOf(
  predictions: readonly Prediction[],
  { settings: { seed, exif, isBottlenecks } }: RunRecord,
): Promise<{ sample: readonly Prediction[]; mistakes: readonly Prediction[] }> {
  const wrong = mistakesOf(predictions);
  if (isBottlenecks) return { sample: [], mistakes: wrong };
  const chosen = samplePredictions(predictions, seed);
  // Once: opening the decoders is most of it.
  const drawn = await withThumbnails([...chosen, ...wrong], { exif });
  return {
    sample: drawn.slice(0, chosen.length)
      .filter(({ thumbnail }) => thumbnail !== undefined),
    mistakes: drawn.slice(chosen.length),
  };
}

/** The surest of the wrong predictions, as many as a report shows. */
function mistakesOf(predictions: readonly Prediction[]): Prediction[] {
  return predictions
    .filter(({ truth, label }) => truth !== undefined && truth !== label)
    .sort((one, other) => other.confidence - one.confidence)
    .slice(0, maxMistakes);
}

/** An accuracy as `run.json` and the last line of `--json` hold it. */
export function shown({ accuracy, total, low, high }: Accuracy): JsonObject {
  return total === 0
    ? { accuracy: null, n: 0 }
    : { accuracy, n: total, low, high };
}

/** The validation accuracy of the last evaluation, or of that after `step` updates. */
function lastValidation(
  { validation }: TrainingLog,
  { examples, step = Infinity }: {
    examples: Examples;
    step: number | undefined;
  },
): Accuracy {
  const last = validation.filter((point) => point.step <= step).at(-1);
  if (!last) return accuracyOf(0, 0);
  const total =
    examples.split.records.filter(({ split }) => split === "validation").length;
  return accuracyOf(Math.round(last.accuracy * total), total);
}

async function writeTables(
  folder: RunFolder,
  { predictions, matrix, labels }: {
    predictions: readonly Prediction[];
    matrix: readonly (readonly number[])[];
    labels: readonly string[];
  },
): Promise<void> {
  await folder.write(
    "predictions.csv",
    formatCsv(
      ["path", "truth", "predicted", "confidence"],
      predictions.map(({ path, truth, label, confidence }) => [
        path,
        truth,
        label,
        confidence,
      ]),
    ),
  );
  await folder.write(
    "confusion.csv",
    formatCsv(
      ["true \\ predicted", ...labels],
      matrix.map((row, index) => [labels[index], ...row]),
    ),
  );
}
