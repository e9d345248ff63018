import {
  accuracyOfMatrix,
  classMetrics,
  confusionMatrix,
  macroF1,
} from "../report/mod.ts";
import { InputError } from "../errors.ts";
import { predictClassFolders, shown } from "../run/mod.ts";
import { dataFolder } from "./_tools.ts";
import { openRunToUse, runModelOptions, withRunTools } from "./_run_options.ts";
import { type Command, defineCommand, exitCodes } from "./command.ts";
import { formatPercent, formatTable } from "./format.ts";

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
    const { labels } = run.record;
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
    const outcomes = predictions.flatMap(({ truthClass, predictedClass }) =>
      truthClass === undefined
        ? []
        : [{ truth: truthClass, predicted: predictedClass }]
    );
    const matrix = confusionMatrix(outcomes, labels.length);
    const accuracy = accuracyOfMatrix(matrix);
    const metrics = classMetrics(matrix);
    terminal.line(
      `accuracy ${
        formatPercent(accuracy.accuracy)
      }, ${accuracy.correct} of ${accuracy.total} (95 % interval ${
        formatPercent(accuracy.low)
      } to ${formatPercent(accuracy.high)})`,
    );
    const table = metrics.map(({ support, precision, recall, f1 }, index) => [
      labels[index],
      `${support}`,
      share(precision),
      share(recall),
      share(f1),
    ]);
    terminal.line("");
    const header = ["class", "photos", "precision", "recall", "F1"];
    const right = [1, 2, 3, 4];
    for (const row of formatTable([header, ...table], { right })) {
      terminal.line(row);
    }
    terminal.line("");
    terminal.line("confusion, true classes down, predicted across");
    const counts = matrix.map((row, index) => [
      labels[index],
      ...row.map((count) => count === 0 ? "." : `${count}`),
    ]);
    for (
      const row of formatTable(counts, {
        right: labels.map((_, index) => index + 1),
      })
    ) terminal.line(row);
    terminal.event({
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
      skipped: skipped.length,
    });
    return exitCodes.success;
  },
});

function share(value: number | undefined): string {
  return value === undefined ? "-" : formatPercent(value);
}
