/** A network's training run on the GPU, as steps, evaluations and checkpoints. */
import { InputError } from "../errors.ts";
import { tensorOf } from "../graph/ir.ts";
import { variableBuffer } from "../plan/plan.ts";
import { NetworkEvaluator } from "./_network_evaluator.ts";
import { batchOf, StageRunner } from "./_network_stage.ts";
import { BatchSampler } from "./batches.ts";
import type { TrainingEvent } from "./events.ts";
import { checkNetworkState, type StateTensor } from "./network_state.ts";
import { rateAt } from "./schedule.ts";
import { scoreLogits, scoreSigmoid } from "./softmax.ts";
import type { TrainNetworkOptions } from "./train_network.ts";
import {
  readValues,
  variablesOf,
  type VariableValues,
  writeInitialValues,
} from "./variables.ts";

type Options = TrainNetworkOptions & { onEvent(event: TrainingEvent): void };

/** One run: owns its programs and the variables on the GPU. */
export class NetworkTrainer {
  readonly #options: Options;
  readonly #sampler: BatchSampler;
  readonly #stepsPerEvaluation: number;
  #stage: { index: number; first: number; runner: StageRunner };
  #evaluator: NetworkEvaluator | undefined;
  #step: number;
  #lastCheckpoint: number | undefined;

  private constructor(
    options: Options,
    stage: { index: number; first: number; runner: StageRunner },
  ) {
    const { train, network, resume, seed } = options;
    this.#options = options;
    this.#stage = stage;
    this.#sampler = resume
      ? BatchSampler.restored(train.count, resume.batches)
      : BatchSampler.seeded(train.count, { seed });
    this.#stepsPerEvaluation = options.stepsPerEvaluation ??
      Math.ceil(train.count / batchOf(network));
    this.#step = resume?.step ?? 0;
    this.#lastCheckpoint = resume?.step;
  }

  /** Compiles, uploads the rows, and sets the variables to those of the network or of the state to go on from. */
  static async open(options: Options): Promise<NetworkTrainer> {
    const { session, network, validation, resume, tuning } = options;
    checkBatch(options);
    if (resume) checkNetworkState(resume, shapesOf(options));
    const at = stageAt(options, resume?.step ?? 0);
    const runner = await StageRunner.open(options, options.stages[at.index]);
    const trainer = new NetworkTrainer(options, { ...at, runner });
    if (validation && validation.count > 0) {
      trainer.#evaluator = await NetworkEvaluator.open(session, {
        network,
        tuning,
      });
    }
    if (resume) {
      for (const [name, { data }] of Object.entries(resume.variables)) {
        await session.write(variableBuffer(name, data.length), data);
      }
      // A stage starts its optimizer anew, even where the one before has just ended.
      if (resume.stage === at.index) await runner.restore(resume.moments);
    } else await writeInitialValues(session, network);
    return trainer;
  }

  /** Updates done. */
  get step(): number {
    return this.#step;
  }

  /** Whether the step just done is one that is evaluated. */
  get isEvaluationDue(): boolean {
    return this.#step % this.#stepsPerEvaluation === 0;
  }

  /**
   * Runs updates up to the next evaluation, as many as go into one submit, and
   * tells of each.
   *
   * @throws {InputError} if a loss is not finite
   */
  async advance(): Promise<void> {
    await this.#enterStage();
    const { stages, network, onEvent } = this.#options;
    const { index, first, runner } = this.#stage;
    const { settings } = stages[index];
    const batch = batchOf(network);
    const start = this.#step;
    const count = this.#stepsAfter(start);
    const rows = this.#sampler.take(count * batch);
    const end = start + count;
    const progress = await runner.run({ rows, taken: start * batch }, {
      first: start - first,
      start,
      next: runner.isStreaming
        ? {
          rows: this.#sampler.peek(this.#stepsAfter(end) * batch),
          taken: end * batch,
        }
        : undefined,
    });
    for (const [at, { loss, correct }] of progress.entries()) {
      this.#step = start + at + 1;
      if (!Number.isFinite(loss)) throw this.#diverged(`loss became ${loss}`);
      onEvent({
        event: "step",
        step: this.#step,
        loss,
        accuracy: correct / batch,
        rate: rateAt(settings, start + at - first),
        rows: rows.slice(at * batch, (at + 1) * batch),
      });
    }
  }

  /** Updates of the stage that go into one submit after `step` others of the run. */
  #stepsAfter(step: number): number {
    const { index, first, runner } = this.#stage;
    return Math.min(
      runner.steps,
      this.#stepsPerEvaluation - step % this.#stepsPerEvaluation,
      first + this.#options.stages[index].settings.steps - step,
    );
  }

  /** Scores the validation rows, if there are any. */
  async evaluate(): Promise<void> {
    const { validation, loss: { kind }, onEvent } = this.#options;
    if (!validation || !this.#evaluator) return;
    const logits = await this.#evaluator.run(validation);
    const score = kind === "softmax" ? scoreLogits : scoreSigmoid;
    const { loss, accuracy } = score(logits, validation.labels);
    onEvent({
      event: "eval",
      step: this.#step,
      validationAccuracy: accuracy,
      validationLoss: loss,
    });
  }

  /**
   * Keeps the state, unless this step's is kept already.
   *
   * @throws {InputError} if it is not finite: the one before stays the newest
   */
  async checkpoint(): Promise<void> {
    const { checkpoints, onEvent } = this.#options;
    if (!checkpoints || this.#lastCheckpoint === this.#step) return;
    const values = await this.values();
    const variables: Record<string, StateTensor> = {};
    for (const [name, shape] of shapesOf(this.#options)) {
      variables[name] = { shape, data: values[name] };
    }
    const name = await checkpoints.save({
      step: this.#step,
      stage: this.#stage.index,
      variables,
      moments: await this.#stage.runner.moments(),
      batches: this.#sampler.state(),
    });
    this.#lastCheckpoint = this.#step;
    onEvent({ event: "checkpoint", step: this.#step, name });
  }

  /** All variables as they are now. */
  async values(): Promise<VariableValues> {
    const { session, network } = this.#options;
    const tensors = variablesOf(network).map((name) => tensorOf(network, name));
    const values = await readValues(session, tensors);
    for (const [name, data] of Object.entries(values)) {
      if (data.every(Number.isFinite)) continue;
      throw this.#diverged(`weights of "${name}" became infinite`);
    }
    return values;
  }

  /** Frees the programs; named buffers stay with the session. */
  async close(): Promise<void> {
    await this.#evaluator?.close();
    await this.#stage.runner.close();
  }

  /** Loads the next stage once the steps of this one are done. */
  async #enterStage(): Promise<void> {
    const at = stageAt(this.#options, this.#step);
    if (at.index === this.#stage.index) return;
    await this.#stage.runner.close();
    const stage = this.#options.stages[at.index];
    const runner = await StageRunner.open(this.#options, stage);
    this.#stage = { ...at, runner };
  }

  #diverged(what: string): InputError {
    const last = this.#lastCheckpoint;
    const kept = last === undefined
      ? ""
      : `the last good checkpoint is step ${last}; `;
    const { rate } = this.#options.stages[this.#stage.index].settings;
    return new InputError(
      `The ${what} at step ${this.#step} (rate ${rate}): ${kept}try a smaller --rate, which --find-lr finds`,
    );
  }
}

/** The stage that the update after `step` others belongs to, and the steps before it. */
function stageAt(
  { stages }: Options,
  step: number,
): { index: number; first: number } {
  let first = 0;
  for (const [index, { settings }] of stages.entries()) {
    const isLast = index === stages.length - 1;
    if (isLast || step < first + settings.steps) return { index, first };
    first += settings.steps;
  }
  throw new RangeError("A training run needs a stage");
}

function shapesOf({ network }: Options) {
  return new Map(
    variablesOf(network).map((
      name,
    ) => [name, tensorOf(network, name).shape]),
  );
}

function checkBatch({ network, train }: Options): void {
  const batch = batchOf(network);
  if (batch <= train.count) return;
  throw new InputError(
    `The batch of ${batch} is larger than the ${train.count} training images: use --batch ${train.count} or less`,
  );
}
