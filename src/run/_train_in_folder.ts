import {
  checkIdentity,
  CheckpointFolder,
  type RunIdentity,
  type TrainedHead,
  trainHead,
} from "../train/mod.ts";
import { examplesOf } from "./_labelled_rows.ts";
import { openStory } from "./_training_story.ts";
import type { Examples } from "./examples.ts";
import type { RunFolder } from "./run_folder.ts";
import type { RunRecord } from "./run_record.ts";
import type { RunTools } from "./train_run.ts";

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
  using story = await openStory(folder, {
    step: resume?.step ?? 0,
    steps: recipe.steps,
    ids: train.indices,
    watcher,
  });
  const head = await trainHead({
    session,
    train,
    validation: examplesOf(examples, "validation"),
    classes: labels.length,
    recipe,
    seed: settings.seed,
    checkpoints: checkpoints.storeFor(identity),
    resume,
    signal,
    onEvent: (event) => story.hear(event),
  });
  story.finish();
  return head;
}

/** What the checkpoints of a run are about. */
export function identityOf(
  { labels, digests }: RunRecord,
  { model }: RunTools,
): RunIdentity {
  return { labels, digests: { ...digests, model: model?.sha256 ?? "none" } };
}
