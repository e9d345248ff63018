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
  type ConfusionMatrix,
  confusionSvg,
  type Curves,
  curvesSvg,
  gridSvg,
  type PredictedPicture,
  surest,
} from "../report/mod.ts";
import { countsEpochs, stepsPerEpoch } from "../train/mod.ts";
import type { Examples } from "./examples.ts";
import {
  confusionOf,
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
import type { RunTools } from "./rows.ts";
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
  { record, examples, probabilities, step, augmented, tools }: {
    record: RunRecord;
    examples: Examples;
    /** The pictures of `augmented.png`. */
    augmented: readonly PredictedPicture[];
    probabilities: Float32Array;
    step?: number | undefined;
    tools: Pick<RunTools, "watcher">;
  },
): Promise<RunOutcome> {
  const predictions = predictionsOf(probabilities, {
    labels: record.labels,
    files: examples.split.records.filter(({ split }) => split === "test")
      .map(({ path, file, sha256, label }) => ({
        ...{ path, file, sha256 },
        truth: label,
      })),
  });
  const matrix = confusionOf(predictions, record.labels);
  const test = accuracyOfMatrix(matrix);
  const pictures = picturesOf(predictions, record);
  // A failure is thrown where they are awaited.
  pictures.catch(() => {});
  const log = parseTrainingLog(await readLog(folder.file("log.jsonl")));
  const validation = lastValidation(log, { examples, step });
  const curves = { ...log, ...epochsOf(record, examples) };
  await writeMeasured(folder, {
    ...{ predictions, matrix, log, curves },
    labels: record.labels,
  });
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
    ...{ record: finished, examples, validation, mistakes, sample, augmented },
    curves,
    confusion: matrix,
  });
  tools.watcher.note(`the run is in ${folder.path}`);
  const skipped = examples.skipped.length;
  return { run: folder.path, record: finished, validation, test, skipped };
}

/** The predictions that are shown, with their pictures: a sample of those that can be read, and the surest mistakes. */
async function picturesOf(
  predictions: readonly Prediction[],
  { settings: { seed, exif, isBottlenecks } }: RunRecord,
): Promise<{ sample: readonly Prediction[]; mistakes: readonly Prediction[] }> {
  const wrong = surest(
    predictions.filter(({ truth, label }) =>
      truth !== undefined && truth !== label
    ),
  );
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

/** Steps of an epoch, where the recipe counts epochs. */
function epochsOf(
  { recipe }: RunRecord,
  { split }: Examples,
): Pick<Curves, "stepsPerEpoch"> {
  const rows = split.records.filter(({ split }) => split === "train").length;
  return countsEpochs(recipe)
    ? { stepsPerEpoch: stepsPerEpoch(recipe, rows) }
    : {};
}

/** Writes the tables and drawings of the training and of the test. */
async function writeMeasured(
  folder: RunFolder,
  { predictions, matrix, labels, log, curves }: {
    predictions: readonly Prediction[];
    matrix: ConfusionMatrix;
    labels: readonly string[];
    log: TrainingLog;
    curves: Curves;
  },
): Promise<void> {
  await folder.write("results.csv", resultsCsv(log));
  await folder.write("curves.svg", curvesSvg(curves));
  await folder.write("confusion.svg", confusionSvg(labels, matrix));
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
