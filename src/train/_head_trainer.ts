/**
 * A training run on the GPU, as steps, evaluations and checkpoints.
 */
import { InputError } from "../errors.ts";
import type { ProgramHandle, Session } from "../gpu/session.ts";
import { LogitsRunner } from "./_logits.ts";
import { Reports } from "./_reports.ts";
import { runSteps, type StepProgress } from "./_step_ring.ts";
import { planData, stepsAtOnce, TrainingData } from "./_training_data.ts";
import { BatchSampler } from "./batches.ts";
import type { TrainingEvent } from "./events.ts";
import { pictureCount, rowCount } from "./feature_rows.ts";
import {
  areFinite,
  type HeadParameters,
  momentsOf,
  packedSize,
  packParameters,
  packPlaces,
  parameterBuffer,
  unpackParameters,
  zeroParameters,
} from "./head.ts";
import {
  progressParts,
  trainingBuffers,
  trainingPlan,
  type TrainingShape,
} from "./head_step.ts";
import { rateAt, updateSchedule } from "./schedule.ts";
import { scoreLogits } from "./softmax.ts";
import type { TrainHeadOptions } from "./train_head.ts";
import { checkResumable, type TrainingState } from "./training_state.ts";
import { viewRows } from "./views.ts";

type Options = TrainHeadOptions & { onEvent(event: TrainingEvent): void };

/** What {@linkcode HeadTrainer.open} prepares. */
interface Prepared {
  readonly shape: TrainingShape;
  readonly handle: ProgramHandle;
  readonly data: TrainingData;
  readonly validation: LogitsRunner | undefined;
  readonly sampler: BatchSampler;
}

/**
 * One run: owns its programs and the parameters on the GPU. What is asked for is
 * told later, in the same order: {@linkcode HeadTrainer.settle} waits for it.
 */
export class HeadTrainer {
  readonly #options: Options;
  readonly #session: Session;
  readonly #prepared: Prepared;
  readonly #reports = new Reports();
  #step: number;
  /** The newest checkpoint that is asked for, and the newest that is kept. */
  #checkpoint: number | undefined;
  #lastCheckpoint: number | undefined;

  private constructor(options: Options, prepared: Prepared) {
    this.#options = options;
    this.#session = options.session;
    this.#prepared = prepared;
    this.#step = options.resume?.step ?? 0;
    this.#checkpoint = this.#lastCheckpoint = options.resume?.step;
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
    const pictures = pictureCount(train);
    const trainer = new HeadTrainer(options, {
      shape,
      handle,
      data: trainingData,
      validation: validation && rowCount(validation) > 0
        ? await LogitsRunner.open(session, { shape, source: validation, scale })
        : undefined,
      sampler: resume
        ? BatchSampler.restored(pictures, resume.batches)
        : BatchSampler.seeded(pictures, { seed }),
    });
    await trainingData.open();
    await trainer.#restore();
    return trainer;
  }

  /** Updates done or under way. */
  get step(): number {
    return this.#step;
  }

  /**
   * Submits up to `wanted` updates, and tells of everything before them.
   *
   * @throws {InputError} if a loss was not finite
   */
  async advance(wanted: number): Promise<void> {
    const { shape, handle, data, sampler } = this.#prepared;
    const { recipe, train } = this.#options;
    const { batch } = shape;
    const count = Math.min(wanted, shape.steps);
    const names = trainingBuffers(shape);
    const pictures = sampler.take(count * batch);
    const first = this.#step;
    const rows = viewRows(pictures, {
      taken: first * batch,
      count: pictureCount(train),
      views: train.views ?? 1,
    });
    const places = await data.stage(rows);
    const progress = runSteps(this.#session, {
      program: handle,
      buffers: {
        batches: names.places.name,
        labels: names.labels.name,
        schedule: names.schedule.name,
        counter: names.counter.name,
        progress: names.progress.name,
      },
      count,
      parts: progressParts(shape),
      batches: packPlaces(places, batch),
      labels: rows.map((row) => train.labels[row]),
      schedule: updateSchedule(recipe, { first, count }),
    });
    this.#step += count;
    this.#reports.add(
      progress,
      (steps) => this.#tellSteps(steps, { first, rows: pictures }),
    );
    await this.#reports.tell({ left: 1 });
  }

  #tellSteps(
    steps: readonly StepProgress[],
    { first, rows }: { first: number; rows: Uint32Array },
  ): void {
    const { recipe, onEvent } = this.#options;
    const { batch } = this.#prepared.shape;
    for (const [i, { loss, correct }] of steps.entries()) {
      const step = first + i + 1;
      if (!Number.isFinite(loss)) {
        throw this.#diverged(`loss became ${loss}`, step);
      }
      onEvent({
        event: "step",
        step,
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
    const runner = this.#prepared.validation;
    if (!validation || !runner) return;
    const step = this.#step;
    const logits = runner.run();
    this.#reports.add(logits, (values) => {
      const { loss, accuracy } = scoreLogits(values, validation.labels);
      onEvent({
        event: "eval",
        step,
        validationAccuracy: accuracy,
        validationLoss: loss,
      });
    });
    // Its later runs need the parameters of now.
    if (!runner.isOneRun) await this.settle();
  }

  /** Keeps the state of now, if it is finite, unless this step's is kept already. */
  checkpoint(): void {
    const { checkpoints, onEvent } = this.#options;
    const step = this.#step;
    if (!checkpoints || this.#checkpoint === step) return;
    this.#checkpoint = step;
    this.#reports.add(this.#state(), async (state) => {
      const name = await checkpoints.save(state);
      this.#lastCheckpoint = step;
      onEvent({ event: "checkpoint", step, name });
    });
  }

  /**
   * Waits for all that was asked for and tells of it.
   *
   * @throws {InputError} if a loss or a parameter was not finite: the checkpoint before stays the newest
   */
  settle(): Promise<void> {
    return this.#reports.tell();
  }

  /** The parameters as they are now. */
  async parameters(): Promise<HeadParameters> {
    const step = this.#step;
    const parameters = await this.#read("parameters");
    if (areFinite(parameters)) return parameters;
    throw this.#diverged("weights became infinite", step);
  }

  /** Frees the programs; named buffers stay with the session. */
  async close(): Promise<void> {
    await this.#prepared.validation?.close();
    await this.#session.unload(this.#prepared.handle);
  }

  async #state(): Promise<TrainingState> {
    const { recipe, classes, train } = this.#options;
    const names = momentsOf(recipe.optimizer);
    const step = this.#step;
    const batches = this.#prepared.sampler.state();
    const [parameters, ...moments] = await Promise.all([
      this.parameters(),
      ...names.map((name) => this.#read(name)),
    ]);
    return {
      step,
      features: train.features,
      classes,
      recipe,
      parameters,
      moments: Object.fromEntries(
        names.map((name, index) => [name, moments[index]]),
      ),
      batches,
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

  #diverged(what: string, step: number): InputError {
    const last = this.#lastCheckpoint;
    const kept = last === undefined
      ? ""
      : `the last good checkpoint is step ${last}; `;
    return new InputError(
      `The ${what} at step ${step} (rate ${this.#options.recipe.rate}): ${kept}try a smaller --rate`,
    );
  }
}
