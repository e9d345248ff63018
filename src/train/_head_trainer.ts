/**
 * A training run on the GPU, as steps, evaluations and checkpoints.
 */
import { InputError } from "../errors.ts";
import type { ProgramHandle, Session } from "../gpu/session.ts";
import { LogitsRunner } from "./_logits.ts";
import { runSteps } from "./_step_ring.ts";
import { planData, TrainingData } from "./_training_data.ts";
import { BatchSampler } from "./batches.ts";
import type { TrainingEvent } from "./events.ts";
import { rowCount, wholeVectors } from "./feature_rows.ts";
import {
  type HeadParameters,
  momentsOf,
  packedSize,
  packParameters,
  packPlaces,
  parameterBuffer,
  trainingBuffers,
  trainingPlan,
  type TrainingShape,
  unpackParameters,
  zeroParameters,
} from "./head.ts";
import { stepsPerEvaluation } from "./recipes.ts";
import { rateAt, updateSchedule } from "./schedule.ts";
import { scoreLogits } from "./softmax.ts";
import type { TrainHeadOptions } from "./train_head.ts";
import { checkResumable, type TrainingState } from "./training_state.ts";

/** Work of one submit: a slow adapter still answers Ctrl-C within a second or so. */
const flopsPerSubmit = 5e9;

type Options = TrainHeadOptions & { onEvent(event: TrainingEvent): void };

/** What {@linkcode HeadTrainer.open} prepares. */
interface Prepared {
  readonly shape: TrainingShape;
  readonly handle: ProgramHandle;
  readonly data: TrainingData;
  readonly validation: LogitsRunner | undefined;
  readonly sampler: BatchSampler;
}

/** One run: owns its programs and the parameters on the GPU. */
export class HeadTrainer {
  readonly #options: Options;
  readonly #session: Session;
  readonly #prepared: Prepared;
  #step: number;
  #lastCheckpoint: number | undefined;

  private constructor(options: Options, prepared: Prepared) {
    this.#options = options;
    this.#session = options.session;
    this.#prepared = prepared;
    this.#step = options.resume?.step ?? 0;
    this.#lastCheckpoint = options.resume?.step;
  }

  /** Compiles, uploads the rows, and sets the parameters to zero or to the state to go on from. */
  static async open(options: Options): Promise<HeadTrainer> {
    const { session, train, validation, classes, recipe, resume, seed } =
      options;
    const { features } = train;
    const { batch, scaleRows: scale } = recipe;
    if (resume) {
      checkResumable(resume, { shape: { features, classes }, recipe });
    }
    const plan = planData({ features, count: rowCount(train) }, {
      batch,
      limits: session.adapter.limits,
      ...(options.residentBytes !== undefined &&
        { residentBytes: options.residentBytes }),
    });
    const shape: TrainingShape = {
      features,
      classes,
      batch,
      dataRows: plan.dataRows,
      steps: stepsAtOnce({ features, classes, batch, ...plan }),
    };
    const handle = await session.load(trainingPlan(shape, {
      optimizer: recipe.optimizer,
      texels: session.adapter.isFallback,
    }));
    const trainingData = new TrainingData(session, {
      source: train,
      plan,
      scale,
      buffer: trainingBuffers(shape).data.name,
    });
    const rows = rowCount(train);
    const trainer = new HeadTrainer(options, {
      shape,
      handle,
      data: trainingData,
      validation: validation && rowCount(validation) > 0
        ? await LogitsRunner.open(session, { shape, source: validation, scale })
        : undefined,
      sampler: resume
        ? BatchSampler.restored(rows, resume.batches)
        : BatchSampler.seeded(rows, { seed }),
    });
    await trainingData.open();
    await trainer.#restore();
    return trainer;
  }

  /** Updates done. */
  get step(): number {
    return this.#step;
  }

  /**
   * Runs up to `wanted` updates in one submit and tells of each.
   *
   * @throws {InputError} if a loss is not finite
   */
  async advance(wanted: number): Promise<void> {
    const { shape, handle, data, sampler } = this.#prepared;
    const { recipe, onEvent } = this.#options;
    const { batch } = shape;
    const count = Math.min(wanted, shape.steps);
    const names = trainingBuffers(shape);
    const rows = sampler.take(count * batch);
    const first = this.#step;
    const schedule = updateSchedule(recipe, { first, count });
    const progress = await runSteps(this.#session, {
      program: handle,
      buffers: {
        batches: names.places.name,
        labels: names.labels.name,
        schedule: names.schedule.name,
        counter: names.counter.name,
        progress: names.progress.name,
      },
      count,
      batches: packPlaces(await data.stage(rows), batch),
      labels: rows.map((row) => this.#options.train.labels[row]),
      schedule,
    });
    for (const [i, { loss, correct }] of progress.entries()) {
      this.#step = first + i + 1;
      if (!Number.isFinite(loss)) throw this.#diverged(`loss became ${loss}`);
      onEvent({
        event: "step",
        step: this.#step,
        loss,
        accuracy: correct / batch,
        rate: rateAt(recipe, first + i),
        rows: rows.slice(i * batch, (i + 1) * batch),
      });
    }
  }

  /** Scores the validation rows, if there are any. */
  async evaluate(): Promise<void> {
    const { validation, onEvent } = this.#options;
    if (!validation || !this.#prepared.validation) return;
    const logits = await this.#prepared.validation.run();
    const { loss, accuracy } = scoreLogits(logits, validation.labels);
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
    const state = await this.#state();
    const name = await checkpoints.save(state);
    this.#lastCheckpoint = this.#step;
    onEvent({ event: "checkpoint", step: this.#step, name });
  }

  /** The parameters as they are now. */
  async parameters(): Promise<HeadParameters> {
    const parameters = await this.#read("parameters");
    if (!isFinite(parameters)) throw this.#diverged("weights became infinite");
    return parameters;
  }

  /** Frees the programs; named buffers stay with the session. */
  async close(): Promise<void> {
    await this.#prepared.validation?.close();
    await this.#session.unload(this.#prepared.handle);
  }

  async #state(): Promise<TrainingState> {
    const { recipe, classes, train } = this.#options;
    const names = momentsOf(recipe.optimizer);
    const [parameters, ...moments] = await Promise.all([
      this.parameters(),
      ...names.map((name) => this.#read(name)),
    ]);
    return {
      step: this.#step,
      features: train.features,
      classes,
      recipe,
      parameters,
      moments: Object.fromEntries(
        names.map((name, index) => [name, moments[index]]),
      ),
      batches: this.#prepared.sampler.state(),
    };
  }

  async #restore(): Promise<void> {
    const { recipe, resume } = this.#options;
    const { shape } = this.#prepared;
    const zeros = zeroParameters(shape);
    const values: [string, HeadParameters][] = [
      ["parameters", resume?.parameters ?? zeros],
      ...momentsOf(recipe.optimizer).map((name): [string, HeadParameters] => [
        name,
        resume?.moments[name] ?? zeros,
      ]),
    ];
    for (const [name, value] of values) {
      const packed = packParameters(shape, value);
      await this.#session.write(parameterBuffer(shape, name), packed);
    }
  }

  async #read(name: string): Promise<HeadParameters> {
    const { shape } = this.#prepared;
    const bytes = await this.#session.read(
      parameterBuffer(shape, name),
      packedSize(shape) * 4,
    );
    return unpackParameters(shape, new Float32Array(bytes));
  }

  #diverged(what: string): InputError {
    const last = this.#lastCheckpoint;
    const kept = last === undefined
      ? ""
      : `the last good checkpoint is step ${last}; `;
    return new InputError(
      `The ${what} at step ${this.#step} (rate ${this.#options.recipe.rate}): ${kept}try a smaller --rate`,
    );
  }
}

function stepsAtOnce(
  { features, classes, batch, dataRows, resident }: {
    features: number;
    classes: number;
    batch: number;
    dataRows: number;
    resident: boolean;
  },
): number {
  const flops = 4 * batch * wholeVectors(features) * wholeVectors(classes);
  const steps = Math.min(
    stepsPerEvaluation,
    Math.floor(flopsPerSubmit / flops),
    resident ? Infinity : Math.floor(dataRows / batch),
  );
  return Math.max(1, steps);
}

function isFinite({ weights, bias }: HeadParameters): boolean {
  return weights.every(Number.isFinite) && bias.every(Number.isFinite);
}
