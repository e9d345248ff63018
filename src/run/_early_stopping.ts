import { readLog } from "../bytes/mod.ts";
import type { TrainingEvent } from "../train/mod.ts";
import type { RunFolder } from "./run_folder.ts";
import { parseTrainingLog } from "./training_log.ts";

/** Why a training was stopped, where it was not a person. */
export const earlyStop = new Error("The validation loss no longer falls");

/** The step with the lowest validation loss, and how many evaluations ago it was. */
export class BestStep {
  readonly #patience: number;
  #loss = Infinity;
  #since = 0;
  step: number | undefined;

  constructor(patience = Infinity) {
    this.#patience = patience;
  }

  hear(step: number, loss: number): void {
    this.#since++;
    if (!(loss < this.#loss)) return;
    this.#loss = loss;
    this.#since = 0;
    this.step = step;
  }

  get isPatienceOver(): boolean {
    return this.#since >= this.#patience;
  }
}

/** Watches the validation loss, also that of a run that goes on, and stops when patience is over. */
export async function earlyStopping(
  folder: RunFolder,
  best: BestStep,
) {
  const stopping = new AbortController();
  const log = parseTrainingLog(await readLog(folder.file("log.jsonl")));
  for (const { step, loss } of log.validation) best.hear(step, loss);
  if (best.isPatienceOver) stopping.abort(earlyStop);
  return {
    signal: stopping.signal,
    hear(event: TrainingEvent): void {
      if (event.event === "eval") best.hear(event.step, event.validationLoss);
      if (event.event === "checkpoint" && best.isPatienceOver) {
        stopping.abort(earlyStop);
      }
    },
  };
}
