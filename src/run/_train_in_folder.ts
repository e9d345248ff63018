import {
  type JsonObject,
  openLog,
  readLog,
  replaceFile,
} from "../bytes/mod.ts";
import {
  BatchLog,
  checkIdentity,
  CheckpointFolder,
  type RunIdentity,
  type TrainedHead,
  trainHead,
  type TrainingEvent,
} from "../train/mod.ts";
import { examplesOf } from "./_labelled_rows.ts";
import type { Examples } from "./examples.ts";
import type { RunFolder } from "./run_folder.ts";
import type { RunRecord } from "./run_record.ts";
import type { RunTools } from "./train_run.ts";
import type { Watcher } from "./watcher.ts";

/** Trains the head of a run, from its newest checkpoint if there is one. */
export async function trainInFolder(
  folder: RunFolder,
  { record, examples, tools }: {
    record: RunRecord;
    examples: Examples;
    tools: RunTools;
  },
): Promise<TrainedHead> {
  const { recipe, settings, labels } = record;
  const { session, signal, watcher } = tools;
  const checkpoints = new CheckpointFolder(folder.file("checkpoints"));
  const identity = identityOf(record, tools);
  const resume = (await checkpoints.steps()).length > 0
    ? await checkpoints.newest()
    : undefined;
  if (resume) checkIdentity(resume, identity);
  const train = examplesOf(examples, "train");
  const validation = examplesOf(examples, "validation");
  const step = resume?.step ?? 0;
  using batches = await BatchLog.open(folder.file("batches.csv"), {
    step,
    ids: train.indices,
  });
  await keepLogUpTo(folder.file("log.jsonl"), step);
  using log = openLog(folder.file("log.jsonl"));
  const told = tell(watcher, { steps: recipe.steps, done: step });
  const head = await trainHead({
    session,
    train,
    validation,
    classes: labels.length,
    recipe,
    seed: settings.seed,
    checkpoints: checkpoints.storeFor(identity),
    resume,
    signal,
    onEvent(event) {
      log.append(loggedEvent(event));
      if (event.event === "step") batches.append(event);
      told.hear(event);
    },
  });
  told.finish();
  return head;
}

/** What the checkpoints of a run are about. */
function identityOf(
  { labels, digests }: RunRecord,
  { model }: RunTools,
): RunIdentity {
  return { labels, digests: { ...digests, model: model?.sha256 ?? "none" } };
}

/** Shows training events as they happen. */
function tell(
  watcher: Watcher,
  { steps, done }: { steps: number; done: number },
) {
  const bar = watcher.progress({ label: "train", total: steps, unit: "steps" });
  bar.update(done);
  return {
    hear(event: TrainingEvent): void {
      if (event.event === "step") {
        bar.update(event.step, `loss ${event.loss.toFixed(4)}`);
      } else if (event.event === "eval") {
        const accuracy = (event.validationAccuracy * 100).toFixed(1);
        watcher.note(`step ${event.step}: validation accuracy ${accuracy} %`);
        watcher.event({ ...event });
      }
    },
    finish: () => bar.finish(),
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
