import { accuracyOfMatrix, classMetrics, macroF1 } from "../report/mod.ts";
import { InputError } from "../errors.ts";
import {
  confusionOf,
  predictClassFolders,
  type Prediction,
  shown,
} from "../run/mod.ts";
import { type Command, defineCommand, exitCodes } from "./command.ts";
import { formatPercent } from "./format.ts";
import { dataFolder } from "./folders.ts";
import { runModelOptions } from "./options.ts";
import { accuracyText, openRunToUse, withRunTools } from "./session.ts";
import type { Terminal } from "./terminal.ts";

/** `espalier eval RUN DIR`: how good the classifier is on other pictures. */
export const evaluate: Command = defineCommand({
  name: "eval",
  summary: "measure a trained run on another folder of labelled photos",
  examples: [
    {
      command: "eval runs/photos-1 held_out",
      says: "accuracy, precision and recall of each class, confusion",
    },
  ],
  json: true,
  options: runModelOptions,
  positionals: {
    run: { description: "a folder that train made" },
    dir: { description: "a folder with one folder a class" },
  },
  async run({ options, positionals, terminal, interruption }) {
    const run = await openRunToUse(positionals.run, terminal);
    const folder = await dataFolder(positionals.dir);
    const { predictions, skipped } = await withRunTools(run, {
      request: options,
      host: { terminal, interruption },
      work: (tools) => predictClassFolders(run, folder, tools),
    });
    if (predictions.length === 0) {
      const [{ path, reason }] = skipped;
      throw new InputError(
        `${positionals.dir}: none of ${skipped.length} images can be used, such as ${path}: ${reason}`,
      );
    }
    const measured = measure(predictions, run.record.labels);
    printMeasured(terminal, measured);
    terminal.event({ ...eventOf(measured), skipped: skipped.length });
    return exitCodes.success;
  },
});

type Measured = ReturnType<typeof measure>;

function measure(
  predictions: readonly Prediction[],
  labels: readonly string[],
) {
  const matrix = confusionOf(predictions, labels);
  const accuracy = accuracyOfMatrix(matrix);
  return { labels, matrix, accuracy, metrics: classMetrics(matrix) };
}

function printMeasured(
  terminal: Terminal,
  { labels, matrix, accuracy, metrics }: Measured,
): void {
  terminal.line(accuracyText(accuracy));
  terminal.line("");
  const header = ["class", "photos", "precision", "recall", "F1"];
  const table = metrics.map(({ support, precision, recall, f1 }, index) => [
    labels[index],
    `${support}`,
    share(precision),
    share(recall),
    share(f1),
  ]);
  terminal.table([header, ...table], { right: [1, 2, 3, 4] });
  terminal.line("");
  terminal.line("confusion, true classes down, predicted across");
  const counts = matrix.map((row, index) => [
    labels[index],
    ...row.map((count) => count === 0 ? "." : `${count}`),
  ]);
  terminal.table(counts, { right: matrix.map((_, index) => index + 1) });
}

function eventOf({ labels, matrix, accuracy, metrics }: Measured) {
  return {
    event: "done",
    ...shown(accuracy),
    macroF1: macroF1(metrics) ?? null,
    classes: metrics.map(({ support, precision, recall, f1 }, index) => ({
      label: labels[index],
      n: support,
      precision: precision ?? null,
      recall: recall ?? null,
      f1: f1 ?? null,
    })),
    confusion: matrix,
  };
}

function share(value: number | undefined): string {
  return value === undefined ? "-" : formatPercent(value);
}
