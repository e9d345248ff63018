/**
 * One stage of a training: its step, the rows on the GPU, and what its optimizer
 * remembers.
 *
 * @module
 */
import { programFlops, roundUp } from "../../kernels/mod.ts";
import {
  plainTuning,
  presetTuning,
  type Tuning,
} from "../../kernels/tuning.ts";
import type { Session } from "../gpu/session.ts";
import type { Graph, Tensor } from "../graph/ir.ts";
import type { BatchOrder } from "./batches.ts";
import type { CheckpointStore, TrainingState } from "./checkpoint.ts";
import { denseOf, planDenseStep } from "./dense_step.ts";
import type { TrainingEvent } from "./events.ts";
import {
  batchOf,
  flopsPerSubmit,
  planGraphStep,
  type PlannedStep,
  type PlanningWay,
  type StepProgress,
  StepRunner,
} from "./planned_step.ts";
import type { RowSource } from "./row_source.ts";
import { planData, type RowRequest, StageData } from "./stage_data.ts";
import {
  adamConstants,
  clipGuards,
  type OptimizerName,
  penaltyOf,
  ruleOf,
  updateSchedule,
  type UpdateSettings,
} from "./schedule.ts";
import {
  checkMemory,
  planMemory,
  type TrainingMemoryPlan,
  withSmallerBatch,
} from "./training_memory.ts";
import {
  buildTrainingStep,
  type Clip,
  type Loss,
  type StepUpdate,
} from "./training_step.ts";
import { type Tensors, writeState } from "./variables.ts";

/** A part of a training run with its own layers and schedule. */
export interface TrainingStage {
  /** Variables to train, from `trainableOf`; all others are frozen. */
  readonly variables: readonly string[];
  /** Optimizer and schedule; `steps` are those of this stage. */
  readonly settings: UpdateSettings;
  /** How gradients are clipped [not at all]. */
  readonly clip?: Clip | undefined;
  /** Times the rate, for each variable [1]. */
  readonly rateScale?: ((variable: Tensor) => number) | undefined;
}

/** What `trainNetwork` works on. */
export interface TrainNetworkOptions {
  /** Where it runs. */
  readonly session: Session;
  /**
   * From a batch of rows to logits, with its weights as variables. It has been
   * through its passes but for `forwardPasses`.
   */
  readonly network: Graph;
  /** What is made small. */
  readonly loss: Loss;
  /** The rows to learn from: at least a batch of them. */
  readonly train: RowSource;
  /** Evaluated every {@linkcode TrainNetworkOptions.stepsPerEvaluation} steps. */
  readonly validation?: RowSource | undefined;
  /** One after another; each starts its optimizer anew. */
  readonly stages: readonly TrainingStage[];
  /** Decides batches and dropout, an integer in [0, 2^32). */
  readonly seed: number;
  /** In which order epochs take rows [shuffled]. */
  readonly order?: BatchOrder | undefined;
  /** Steps between two evaluations, each with a checkpoint [those of an epoch]. */
  readonly stepsPerEvaluation?: number | undefined;
  /** The step of the first of them [stepsPerEvaluation]. */
  readonly firstEvaluation?: number | undefined;
  /** Evaluations without a better validation loss after which training stops [never]. */
  readonly patience?: number | undefined;
  /** Evaluations before the state to go on from, which patience counts too. */
  readonly history?: readonly {
    readonly step: number;
    readonly loss: number;
  }[];
  /** Gets the state at step 0 and after each evaluation. */
  readonly checkpoints?: CheckpointStore | undefined;
  /** A state to go on from; the final weights are the same, byte for byte. */
  readonly resume?: TrainingState | undefined;
  /** Hears of steps, evaluations and checkpoints as they happen. */
  readonly onEvent?: ((event: TrainingEvent) => void) | undefined;
  /** Stops between two submits, after a checkpoint. */
  readonly signal?: AbortSignal | undefined;
  /** The kernels' ways of computing [the adapter's preset]. */
  readonly tuning?: Tuning | undefined;
  /** Most bytes of training rows to keep on the GPU [512 MB]. */
  readonly residentBytes?: number | undefined;
}

/**
 * How the steps of a training are planned: fused where the network is one dense
 * layer under softmax and nothing else is asked for.
 */
export function wayOf(
  { network, loss, train, stages }: Pick<
    TrainNetworkOptions,
    "network" | "loss" | "train" | "stages"
  >,
): PlanningWay {
  const dense = denseOf(network);
  const isPlain = loss.kind === "softmax" && !loss.labelSmoothing &&
    loss.classWeights === undefined && train.isBytes !== true &&
    stages.every(({ variables, clip, rateScale, settings }) =>
      variables.length === 2 && clip === undefined &&
      rateScale === undefined && penaltyOf(settings) === 0
    );
  return dense && isPlain ? "dense" : "graph";
}

export class StageRunner {
  readonly #stage: TrainingStage;
  readonly #options: TrainNetworkOptions;
  /** Runs the stage's step, and has the variables. */
  readonly step: StepRunner;
  readonly #data: StageData;
  /** The most steps that run in one go. */
  readonly steps: number;
  /** The most of these that may be under way: a slow adapter still stops within a second or so. */
  readonly submits: number;

  private constructor(
    options: TrainNetworkOptions,
    { stage, step, data, steps, submits }: {
      stage: TrainingStage;
      step: StepRunner;
      data: StageData;
      steps: number;
      submits: number;
    },
  ) {
    this.#options = options;
    this.#stage = stage;
    this.step = step;
    this.#data = data;
    this.steps = steps;
    this.submits = submits;
  }

  /** Compiles the stage's step and uploads its rows; its moments are those given, or zero. */
  static async open(
    options: TrainNetworkOptions,
    { stage, moments = {} }: { stage: TrainingStage; moments?: Tensors },
  ): Promise<StageRunner> {
    const { session, train, network } = options;
    const { planned, plan, ...most } = planStage(options, stage);
    const data = new StageData(session, {
      source: train,
      plan,
      buffer: planned.buffers.data,
    });
    const loading = StepRunner.load(session, planned);
    // Rows are made while the step is compiled.
    const [step] = await Promise.all([loading, data.begin()]).catch(
      (error) => {
        throw withSmallerBatch(error, planned, batchOf(network));
      },
    );
    await data.upload();
    await writeState(session, planned.moments, moments);
    return new StageRunner(options, { stage, step, data, ...most });
  }

  /** Whether the rows of each submit are brought for it. */
  get isStreaming(): boolean {
    return this.#data.isStreaming;
  }

  /**
   * Asks for the updates after `first` of the stage and `start` of the run, on
   * these rows; resolves when all is asked for. Meanwhile those of the updates
   * after them are read.
   */
  async run(
    request: RowRequest,
    { first, start, next }: {
      first: number;
      start: number;
      next?: RowRequest | undefined;
    },
  ): Promise<{ progress: Promise<StepProgress[]> }> {
    const { train, network } = this.#options;
    const { rows } = request;
    const count = rows.length / batchOf(network);
    const { places, written } = await this.#data.stage(request);
    const progress = this.step.run({
      first: start,
      count,
      places,
      labels: rows.map((row) => train.labels[row]),
      schedule: updateSchedule(this.#stage.settings, { first, count }),
    });
    if (next) this.#data.prepare(next);
    return {
      progress: Promise.all([progress, written]).then(([told]) => told),
    };
  }
}

/** Steps whose losses are read together at most. */
const maxSteps = 100;

/** Submits that are under way at most: a readback sleeps for as long as some of them run. */
const maxSubmits = 8;

/** Bytes of rows that are brought for one submit, where they do not stay; as many are read ahead. */
const streamedBytes = 128 * 2 ** 20;

/**
 * The step of a stage, how many of them run in one go, and which rows stay.
 *
 * @throws {InputError} if it needs more memory than the adapter allows
 */
function planStage(options: TrainNetworkOptions, stage: TrainingStage) {
  const { session, network, train, residentBytes } = options;
  const { adapter } = session;
  const { limits } = adapter;
  const batch = batchOf(network);
  const { period, features, count, isBytes = false } = train;
  const valueBytes = isBytes ? 1 : 4;
  const plan = stepPlanner(options, stage);
  const single = plan({ dataRows: batch, steps: 1 });
  checkMemory(single, { batch, limits });
  const data = planData({ count: count * (period ?? 1), features }, {
    ...{ batch, limits, residentBytes, valueBytes },
  });
  const resident = data.resident && period !== undefined;
  const streamedRows = Math.min(
    data.dataRows,
    streamedBytes / (roundUp(features, 4) * valueBytes),
  );
  const fitting = Math.floor(
    flopsPerSubmit(adapter) / programFlops(single.plan.program),
  );
  const steps = Math.max(
    1,
    Math.min(
      maxSteps,
      fitting,
      resident ? Infinity : Math.floor(streamedRows / batch),
    ),
  );
  // Two, so that one runs while the other is told.
  const submits = Math.min(maxSubmits, Math.max(2, fitting / steps));
  const dataRows = resident ? data.dataRows : steps * batch;
  const planned = plan({
    dataRows,
    steps,
    tuning: options.tuning ?? presetTuning(adapter),
  });
  return { planned, steps, submits, plan: { dataRows, resident } };
}

/** Plans a stage's step, for so many rows and so many steps in one go. */
function stepPlanner(
  options: TrainNetworkOptions,
  { settings, variables, clip, rateScale }: TrainingStage,
) {
  const { session, network, train, loss, seed } = options;
  const { optimizer, framework = "keras" } = settings;
  const dense = wayOf(options) === "dense" ? denseOf(network) : undefined;
  return (
    { tuning = plainTuning, ...sizes }: {
      dataRows: number;
      steps: number;
      tuning?: Tuning;
    },
  ): PlannedStep => {
    if (dense) {
      const { texels } = presetTuning(session.adapter);
      const batch = batchOf(network);
      return planDenseStep(dense, { ...sizes, optimizer, batch, texels });
    }
    const step = buildTrainingStep(network, {
      ...sizes,
      isBytes: train.isBytes ?? false,
      logits: network.outputs[0],
      variables,
      loss,
      clip: clip && { ...clip, guard: clipGuards[framework] },
      seed,
      update: { ...updateOf(settings), ...(rateScale && { rateScale }) },
    });
    return planGraphStep(network, { step, tuning });
  };
}

function updateOf(settings: Parameters<typeof penaltyOf>[0]): StepUpdate {
  return {
    rule: ruleOf(settings.optimizer),
    secondShare: 1 - adamConstants.beta2,
    penalty: penaltyOf(settings),
  };
}

/**
 * The memory of one step on a network from a batch of images to logits, through
 * its passes but for `forwardPasses`; needs no GPU. Training data that stay on the
 * GPU and the program that evaluates come on top.
 *
 * @throws {InputError} that names an op without a gradient on the way, or, where
 * a buffer is larger than the limits allow, the batch that would fit
 */
export function planNetworkStep(
  network: Graph,
  { variables, loss, optimizer, limits }: {
    readonly variables: readonly string[];
    /** What is made small. */
    readonly loss: Loss;
    readonly optimizer: OptimizerName;
    /** The adapter's limits [none]. */
    readonly limits?: Readonly<Record<string, number>>;
  },
): TrainingMemoryPlan {
  const batch = batchOf(network);
  const step = buildTrainingStep(network, {
    logits: network.outputs[0],
    variables,
    loss,
    update: updateOf({ optimizer, weightDecay: 0 }),
    dataRows: batch,
    steps: 1,
  });
  const planned = planGraphStep(network, { step });
  if (limits) checkMemory(planned, { batch, limits });
  return planMemory(step, planned);
}
