import { accuracyOfMatrix, classMetrics, macroF1 } from "../report/mod.ts";
import { InputError } from "../errors.ts";
import {
  confusionOf,
  type OpenedRun,
  predictClassFolders,
  type Prediction,
  readSplit,
  RunFolder,
  seenBefore,
  shown,
} from "../run/mod.ts";
import { counted } from "../plural.ts";
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
    dir: {
      description: "one folder a class, or a data set that has a test or val/",
    },
  },
  async run({ options, positionals, terminal, interruption }) {
    const run = await openRunToUse(positionals.run, terminal);
    const folder = await dataFolder(positionals.dir, { terminal });
    const { predictions, skipped, folder: read } = await withRunTools(run, {
      request: options,
      host: { terminal, interruption },
      work: (tools) => predictClassFolders(run, folder, tools),
    });
    if (predictions.length === 0) {
      const [{ path, reason }] = skipped;
      throw new InputError(
        `${positionals.dir}: none of ${
          counted(skipped.length, "image")
        } can be used, such as ${path}: ${reason}`,
      );
    }
    const measured = measure(predictions, run.record.labels);
    const before = await seenBy(run, predictions);
    terminal.line(accuracyText(measured.accuracy));
    if (before) tellSeen(terminal, before);
    printMeasured(terminal, measured);
    terminal.event({
      ...eventOf(measured),
      folder: read,
      ...before && { seen: before.seen, unseen: shown(before.accuracy) },
      skipped: skipped.length,
    });
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

/** What of the pictures the run knew; undefined where it knows features by text files only, or nothing. */
async function seenBy(
  { path, record: { labels, settings } }: OpenedRun,
  predictions: readonly Prediction[],
) {
  const split = settings.isBottlenecks
    ? undefined
    : await readSplit(new RunFolder(path));
  if (split === undefined) return undefined;
  const { seen, unseen } = seenBefore(predictions, split);
  const accuracy = accuracyOfMatrix(confusionOf(unseen, labels));
  return { seen, accuracy };
}

/** Says which photos the run was made with, and gives the accuracy of the others. */
function tellSeen(
  terminal: Terminal,
  { seen: { train, validation }, accuracy }: NonNullable<
    Awaited<ReturnType<typeof seenBy>>
  >,
): void {
  const known = train + validation;
  if (known === 0) return;
  const all = known + accuracy.total;
  const [which, are] = accuracy.total === 0
    ? [
      all === 1 ? "the only photo" : `all ${counted(all, "photo")}`,
      all === 1 ? "is" : "are",
    ]
    : [`${known} of ${counted(all, "photo")}`, known === 1 ? "is" : "are"];
  terminal.warn(
    `${which} ${are} the run's own: trained on ${train}, validated on ${validation}; their accuracy says nothing of new photos`,
  );
  if (accuracy.total > 0) {
    terminal.line(`without these: ${accuracyText(accuracy)}`);
  }
}

function printMeasured(
  terminal: Terminal,
  { labels, matrix, metrics }: Measured,
): void {
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
