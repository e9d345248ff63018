/** What a training tells, as files of its run and as progress. */
import {
  type JsonObject,
  openLog,
  readLog,
  replaceFile,
} from "../bytes/mod.ts";
import { BatchLog, type TrainingEvent } from "../train/mod.ts";
import type { RunFolder } from "./run_folder.ts";
import type { Watcher } from "../watcher.ts";

/** Hears a training's events. */
export interface TrainingStory extends Disposable {
  /** Writes an event to `log.jsonl` and `batches.csv`, and shows it. */
  hear(event: TrainingEvent): void;
  /** Says that training has ended. */
  finish(): void;
}

/** Opens the logs of a run that has done `step` of `steps` updates; `ids` are what `batches.csv` calls rows. */
export async function openStory(
  folder: RunFolder,
  { step, steps, ids, watcher, stepsPerEpoch }: {
    step: number;
    steps: number;
    ids: ArrayLike<number>;
    watcher: Watcher;
    /** Where evaluations are told by their epoch. */
    stepsPerEpoch?: number;
  },
): Promise<TrainingStory> {
  const batches = await BatchLog.open(folder.file("batches.csv"), {
    step,
    ids,
  });
  await keepLogUpTo(folder.file("log.jsonl"), step);
  const log = openLog(folder.file("log.jsonl"));
  const bar = watcher.progress({ label: "train", total: steps, unit: "steps" });
  bar.update(step);
  const when = (step: number) =>
    stepsPerEpoch === undefined
      ? `step ${step}`
      : `epoch ${Math.ceil(step / stepsPerEpoch)} (step ${step})`;
  return {
    hear(event) {
      log.append(loggedEvent(event));
      if (event.event === "step") {
        batches.append(event);
        bar.update(event.step, `loss ${event.loss.toFixed(4)}`);
      } else if (event.event === "eval") {
        const accuracy = (event.validationAccuracy * 100).toFixed(1);
        const loss = stepsPerEpoch === undefined
          ? ""
          : `, loss ${event.validationLoss.toFixed(4)}`;
        watcher.note(
          `${when(event.step)}: validation accuracy ${accuracy} %${loss}`,
        );
        watcher.event({ ...event });
      }
    },
    finish: () => bar.finish(),
    [Symbol.dispose]() {
      log[Symbol.dispose]();
      batches[Symbol.dispose]();
    },
  };
}

/** A training event as a line of `log.jsonl`; the rows are in `batches.csv`. */
function loggedEvent(event: TrainingEvent): JsonObject {
  if (event.event !== "step") return { ...event };
  const { step, loss, accuracy, rate } = event;
  return { event: "step", step, loss, accuracy, rate };
}

/** Drops what the log says of steps that will be done again. */
async function keepLogUpTo(path: string, step: number): Promise<void> {
  const lines = step === 0
    ? []
    : (await readLog(path)).filter((line) =>
      typeof line.step !== "number" || line.step <= step
    );
  await replaceFile(
    path,
    lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
  );
}
