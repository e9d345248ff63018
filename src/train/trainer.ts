/**
 * The training loop: a network, or the layers of it that are not frozen.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { type BatchOptions, BatchSampler } from "./batches.ts";
import { checkState, type TrainingState } from "./checkpoint.ts";
import { Evaluator } from "./evaluator.ts";
import type { EvaluationEvent, StepEvent, TrainingEvent } from "./events.ts";
import { batchOf, type StepProgress } from "./planned_step.ts";
import { checkBatch } from "./recipes.ts";
import { rateAt } from "./schedule.ts";
import { scoreLogits, scoreSigmoid } from "./softmax.ts";
import { StageRunner, type TrainNetworkOptions, wayOf } from "./stage.ts";
import {
  initialTensors,
  type Tensors,
  writeInitialValues,
  writeState,
} from "./variables.ts";

/** A trained network with the story of its training, since the state it went on from. */
export interface TrainedNetwork {
  /** All variables by name. */
  readonly values: Tensors;
  /** Updates done. */
  readonly step: number;
  /** The step with the lowest validation loss, if there was an evaluation. */
  readonly bestStep: number | undefined;
  /** Every update. */
  readonly steps: readonly StepEvent[];
  /** Every evaluation. */
  readonly evaluations: readonly EvaluationEvent[];
}

/**
 * Trains a network in stages, such as a new head first and all layers then. Many
 * steps run in one submit, and their losses are read together while the next ones
 * run. The same adapter, driver and seed give the same bytes. One run at a time
 * in a session.
 *
 * @throws {InputError} if the batch is larger than the data, memory is short, an
 * op on the way has no gradient, the loss is no longer a number, or the state to
 * go on from is of another network or other settings
 * @throws the signal's reason once it is aborted
 */
export async function trainNetwork(
  options: TrainNetworkOptions,
): Promise<TrainedNetwork> {
  const { stages, resume, signal, patience } = options;
  const steps: StepEvent[] = [];
  const evaluations: EvaluationEvent[] = [];
  const onEvent = (event: TrainingEvent): void => {
    if (event.event === "step") steps.push(event);
    if (event.event === "eval") evaluations.push(event);
    options.onEvent?.(event);
  };
  const total = stages.reduce((sum, { settings }) => sum + settings.steps, 0);
  if (resume && total < resume.step) {
    throw new InputError(
      `The checkpoint of step ${resume.step} is past the ${total} steps of this run: train a new run`,
    );
  }
  const trainer = await Trainer.open({ ...options, onEvent });
  try {
    if (!resume) trainer.checkpoint();
    while (trainer.step < total && !trainer.best.isPatienceOver) {
      if (signal?.aborted) {
        trainer.checkpoint();
        await trainer.settle();
        signal.throwIfAborted();
      }
      await trainer.advance();
      if (!trainer.isEvaluationDue && trainer.step < total) continue;
      await trainer.evaluate();
      trainer.checkpoint();
      // Whether it goes on depends on what it hears.
      if (patience !== undefined) await trainer.settle();
    }
    await trainer.settle();
    const { step, best: { step: bestStep } } = trainer;
    const values = await trainer.values();
    return { values, step, bestStep, steps, evaluations };
  } finally {
    await trainer.close();
  }
}

/** The state before the first step, with the values that a network's variables start at. */
export function startingState(
  options: Pick<
    TrainNetworkOptions,
    "network" | "loss" | "train" | "stages" | "seed" | "order"
  >,
): TrainingState {
  const { network, train, seed } = options;
  const sampler = BatchSampler.seeded(train.count, {
    seed,
    ...batchOptions(options),
  });
  return {
    step: 0,
    stage: 0,
    settings: settingsOf(options, 0),
    way: wayOf(options),
    variables: initialTensors(network),
    moments: {},
    batches: sampler.state(),
  };
}

function batchOptions(
  { network, order }: Pick<TrainNetworkOptions, "network" | "order">,
): BatchOptions {
  return { order, batch: batchOf(network) };
}

type Options = TrainNetworkOptions & { onEvent(event: TrainingEvent): void };

/** A stage that runs, and the steps before it. */
interface RunningStage {
  readonly index: number;
  readonly first: number;
  readonly runner: StageRunner;
}

/**
 * One run: owns its programs and the variables on the GPU. What is asked for is
 * told later, in the same order: {@linkcode Trainer.settle} waits for it.
 */
class Trainer {
  readonly #options: Options;
  readonly #sampler: BatchSampler;
  readonly #stepsPerEvaluation: number;
  readonly #firstEvaluation: number;
  readonly #reports = new Reports();
  readonly best: BestStep;
  /** Updates done or under way. */
  step: number;
  #stage: RunningStage;
  #evaluator: Evaluator | undefined;
  /** The newest checkpoint that is asked for, and the newest that is kept. */
  #checkpoint: number | undefined;
  #lastCheckpoint: number | undefined;
  #read: { step: number; variables: Tensors } | undefined;

  private constructor(options: Options, stage: RunningStage) {
    const { train, network, resume, seed, patience, history = [] } = options;
    this.#options = options;
    this.#stage = stage;
    const batches = batchOptions(options);
    this.#sampler = resume
      ? BatchSampler.restored(train.count, resume.batches, batches)
      : BatchSampler.seeded(train.count, { seed, ...batches });
    this.#stepsPerEvaluation = options.stepsPerEvaluation ??
      Math.ceil(train.count / batchOf(network));
    this.#firstEvaluation = options.firstEvaluation ?? this.#stepsPerEvaluation;
    this.best = new BestStep(patience);
    for (const { step, loss } of history) this.best.hear(step, loss);
    this.step = resume?.step ?? 0;
    this.#checkpoint = this.#lastCheckpoint = resume?.step;
  }

  /** Compiles, uploads the rows, and sets the variables to those of the network or of the state to go on from. */
  static async open(options: Options): Promise<Trainer> {
    const { session, network, resume, stages } = options;
    checkBatch(batchOf(network), options.train.count);
    if (resume) {
      checkState(resume, {
        network,
        settings: settingsOf(
          options,
          Math.min(resume.stage, stages.length - 1),
        ),
        way: wayOf(options),
      });
    }
    const at = stageAt(options, resume?.step ?? 0);
    const runner = await StageRunner.open(options, {
      stage: stages[at.index],
      // A stage starts its optimizer anew, even where the one before has just ended.
      ...resume?.stage === at.index && { moments: resume.moments },
    });
    const { variables } = runner.step.planned;
    if (resume) await writeState(session, variables, resume.variables);
    else await writeInitialValues(session, network, variables);
    return new Trainer(options, { ...at, runner });
  }

  /** Whether the newest step is one that is evaluated. */
  get isEvaluationDue(): boolean {
    return this.#evaluationAfter(this.step - 1) === this.step;
  }

  /**
   * Submits updates up to the next evaluation, as many as go into one submit, and
   * tells of everything before them.
   *
   * @throws {InputError} if a loss was not finite
   */
  async advance(): Promise<void> {
    await this.#enterStage();
    const { first, runner } = this.#stage;
    const batch = batchOf(this.#options.network);
    const start = this.step;
    const end = start + this.#stepsAfter(start);
    const rows = this.#sampler.take((end - start) * batch);
    const { epochRows } = this.#sampler;
    const next = runner.isStreaming
      ? {
        rows: this.#sampler.peek(this.#stepsAfter(end) * batch),
        taken: end * batch,
        epochRows,
      }
      : undefined;
    const request = { rows, taken: start * batch, epochRows };
    const { progress } = await runner.run(request, {
      first: start - first,
      start,
      next,
    });
    this.step = end;
    const stage = this.#stage;
    this.#reports.add(
      progress,
      (steps) => this.#tellSteps(steps, { stage, start, rows }),
      { isWork: true },
    );
    // While the first steps run.
    await this.#openEvaluator();
    await this.#reports.tell({ left: runner.submits - 1 });
  }

  /** Updates of the stage that go into one submit after `step` others of the run. */
  #stepsAfter(step: number): number {
    const { index, first, runner } = this.#stage;
    return Math.min(
      runner.steps,
      this.#evaluationAfter(step) - step,
      first + this.#options.stages[index].settings.steps - step,
    );
  }

  /** The step of the first evaluation after `step` others. */
  #evaluationAfter(step: number): number {
    const [first, every] = [this.#firstEvaluation, this.#stepsPerEvaluation];
    if (step < first) return first;
    return first + (Math.floor((step - first) / every) + 1) * every;
  }

  #tellSteps(
    steps: readonly StepProgress[],
    { stage: { index, first }, start, rows }: {
      stage: RunningStage;
      start: number;
      rows: Uint32Array;
    },
  ): void {
    const { stages, onEvent, network } = this.#options;
    const { settings } = stages[index];
    const batch = batchOf(network);
    for (const [at, { loss, correct }] of steps.entries()) {
      const step = start + at + 1;
      if (!Number.isFinite(loss)) {
        throw this.#diverged(`loss became ${loss}`, { step, index });
      }
      onEvent({
        event: "step",
        step,
        loss,
        accuracy: correct / batch,
        rate: rateAt(settings, start + at - first),
        rows: rows.slice(at * batch, (at + 1) * batch),
      });
    }
  }

  async #openEvaluator(): Promise<void> {
    const { session, network, validation, tuning } = this.#options;
    if (this.#evaluator || !validation || validation.count === 0) return;
    this.#evaluator = await Evaluator.open(session, {
      network,
      rows: validation.count,
      way: wayOf(this.#options),
      tuning,
    });
  }

  /** Asks for the score of the validation rows, if there are any. */
  async evaluate(): Promise<void> {
    const { validation, loss: { kind }, onEvent } = this.#options;
    if (!validation || !this.#evaluator) return;
    const step = this.step;
    const { logits } = await this.#evaluator.ask(validation);
    const score = kind === "softmax" ? scoreLogits : scoreSigmoid;
    this.#reports.add(logits, (values) => {
      const { loss, accuracy } = score(values, validation.labels);
      this.best.hear(step, loss);
      onEvent({
        event: "eval",
        step,
        validationAccuracy: accuracy,
        validationLoss: loss,
      });
    });
  }

  /**
   * Keeps the state of now, unless this step's is kept already. One that is not
   * finite is refused when it is told: the one before stays the newest.
   */
  checkpoint(): void {
    const { checkpoints, onEvent } = this.#options;
    const step = this.step;
    if (!checkpoints || this.#checkpoint === step) return;
    this.#checkpoint = step;
    const { index, runner } = this.#stage;
    const rest = {
      step,
      stage: index,
      settings: settingsOf(this.#options, index),
      way: wayOf(this.#options),
      batches: this.#sampler.state(),
    };
    this.#reports.add(runner.step.state(), async ({ variables, moments }) => {
      this.#checkFinite(variables, { step, index });
      this.#read = { step, variables };
      const name = await checkpoints.save({ ...rest, variables, moments }, {
        bestStep: this.best.step,
      });
      this.#lastCheckpoint = step;
      onEvent({ event: "checkpoint", step, name });
    });
  }

  /**
   * Waits for all that was asked for and tells of it.
   *
   * @throws {InputError} if a loss or a variable was not finite
   */
  settle(): Promise<void> {
    return this.#reports.tell();
  }

  /** All variables as they are now. */
  async values(): Promise<Tensors> {
    const { index, runner } = this.#stage;
    const step = this.step;
    if (this.#read?.step === step) return this.#read.variables;
    const { variables } = await runner.step.state();
    this.#checkFinite(variables, { step, index });
    return variables;
  }

  /** Frees the programs; named buffers stay with the session. */
  async close(): Promise<void> {
    await this.#evaluator?.close();
    await this.#stage.runner.step.close();
  }

  /** Loads the next stage once the steps of this one are done. */
  async #enterStage(): Promise<void> {
    const at = stageAt(this.#options, this.step);
    if (at.index === this.#stage.index) return;
    await this.settle();
    await this.#stage.runner.step.close();
    const stage = this.#options.stages[at.index];
    const runner = await StageRunner.open(this.#options, { stage });
    this.#stage = { ...at, runner };
  }

  #checkFinite(variables: Tensors, at: { step: number; index: number }): void {
    for (const [name, { data }] of Object.entries(variables)) {
      if (data.every(Number.isFinite)) continue;
      throw this.#diverged(`weights of "${name}" became infinite`, at);
    }
  }

  #diverged(
    what: string,
    { step, index }: { step: number; index: number },
  ): InputError {
    const last = this.#lastCheckpoint;
    const kept = last === undefined
      ? ""
      : `the last good checkpoint is step ${last}; `;
    const { rate } = this.#options.stages[index].settings;
    return new InputError(
      `The ${what} at step ${step} (rate ${rate}): ${kept}try a smaller --rate, which --find-lr finds`,
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

/** What whoever goes on with a state of a stage has to agree with. */
function settingsOf(
  { stages, network }: Pick<TrainNetworkOptions, "stages" | "network">,
  index: number,
): TrainingState["settings"] {
  const { optimizer, framework = "keras", schedule, rate, steps, weightDecay } =
    stages[index].settings;
  return {
    ...{ optimizer, framework, schedule, rate, steps, weightDecay },
    batch: batchOf(network),
  };
}

/** The step with the lowest validation loss, and how many evaluations ago it was. */
class BestStep {
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

  /** Whether the loss has not fallen for as long as was allowed. */
  get isPatienceOver(): boolean {
    return this.#since >= this.#patience;
  }
}

/**
 * Results that are on their way from the GPU, told in the order they were asked
 * for. Who asks for the next ones before he waits for the last keeps it busy
 * while a readback sleeps.
 */
export class Reports {
  readonly #waiting: { tell: () => Promise<void>; isWork: boolean }[] = [];

  /** Passes `results` on to `tell` when their turn comes; `isWork` is for those that keep the GPU busy. */
  add<T>(
    results: Promise<T>,
    tell: (results: T) => void | Promise<void>,
    { isWork = false } = {},
  ): void {
    // A failure waits for its turn, too.
    results.catch(() => {});
    this.#waiting.push({ tell: async () => tell(await results), isWork });
  }

  /**
   * Waits for results and tells them, until `left` of those that are work remain;
   * else all.
   *
   * @throws what a result or its telling threw; the later ones are not told
   */
  async tell({ left = 0 } = {}): Promise<void> {
    const isOver = () =>
      left > 0 &&
      this.#waiting.filter(({ isWork }) => isWork).length <= left;
    while (!isOver()) {
      const next = this.#waiting.shift();
      if (!next) return;
      await next.tell();
    }
  }
}
