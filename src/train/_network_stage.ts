/** One stage of a network's training: its step, its data and what it remembers. */
import { programFlops } from "../../kernels/mod.ts";
import type { Session } from "../gpu/session.ts";
import { elementCount, type Graph, tensorOf } from "../graph/ir.ts";
import { variableBuffer } from "../plan/plan.ts";
import { NetworkData, type RowRequest } from "./_network_data.ts";
import type { StepProgress } from "./_step_ring.ts";
import { planStep, StepRunner } from "./_step_runner.ts";
import { planData } from "./_training_data.ts";
import { wholeVectors } from "./feature_rows.ts";
import type { StateTensor } from "./network_state.ts";
import { ruleOf } from "./head.ts";
import {
  adamConstants,
  clipGuards,
  penaltyOf,
  updateSchedule,
} from "./schedule.ts";
import type { NetworkStage, TrainNetworkOptions } from "./train_network.ts";
import { buildTrainingStep, type TrainingStep } from "./training_step.ts";
import { checkMemory, withSmallerBatch } from "./training_memory.ts";

/** Work of one submit: a slow adapter still answers Ctrl-C within a second or so. */
const flopsPerSubmit = { fallback: 5e9, gpu: 500e9 };

/** Steps whose losses are read together at most. */
const mostSteps = 100;

/** Bytes of rows that are brought for one submit, where they do not stay; as many are read ahead. */
const streamedBytes = 128 * 2 ** 20;

/** A stage that is loaded. */
export class StageRunner {
  readonly #session: Session;
  readonly #stage: NetworkStage;
  readonly #options: TrainNetworkOptions;
  readonly #step: TrainingStep;
  readonly #runner: StepRunner;
  readonly #data: NetworkData;
  /** The most steps that run in one go. */
  readonly steps: number;
  /** Whether the rows of each submit are brought for it. */
  readonly isStreaming: boolean;

  private constructor(
    options: TrainNetworkOptions,
    { stage, step, runner, data, steps, isStreaming }: {
      stage: NetworkStage;
      step: TrainingStep;
      runner: StepRunner;
      data: NetworkData;
      steps: number;
      isStreaming: boolean;
    },
  ) {
    this.#options = options;
    this.#session = options.session;
    this.#stage = stage;
    this.#step = step;
    this.#runner = runner;
    this.#data = data;
    this.steps = steps;
    this.isStreaming = isStreaming;
  }

  /** Compiles the stage's step and uploads its data; its moments are zero. */
  static async open(
    options: TrainNetworkOptions,
    stage: NetworkStage,
  ): Promise<StageRunner> {
    const { session, train, tuning } = options;
    const { step, steps, plan, single } = buildStage(options, stage);
    const loading = StepRunner.load(session, step, { tuning });
    const runner = await loading.catch((error) => {
      throw withSmallerBatch(error, single, batchOf(options.network));
    });
    const data = new NetworkData(session, {
      source: train,
      plan,
      buffer: runner.dataBuffer,
    });
    await data.open();
    const opened = new StageRunner(options, {
      stage,
      step,
      runner,
      data,
      steps,
      isStreaming: !plan.resident,
    });
    for (const { name, shape } of opened.#moments()) {
      const zeros = new Float32Array(elementCount(shape));
      await session.write(variableBuffer(name, zeros.length), zeros);
    }
    return opened;
  }

  /**
   * Runs the updates after `first` of the stage and `start` of the run, on these
   * rows; meanwhile those of the updates after them are read.
   */
  async run(
    { rows, taken }: RowRequest,
    { first, start, next }: {
      first: number;
      start: number;
      next?: RowRequest | undefined;
    },
  ): Promise<StepProgress[]> {
    const { train, network } = this.#options;
    const count = rows.length / batchOf(network);
    const running = this.#runner.run({
      first: start,
      count,
      batches: await this.#data.stage({ rows, taken }),
      labels: rows.map((row) => train.labels[row]),
      schedule: updateSchedule(this.#stage.settings, { first, count }),
    });
    if (next) this.#data.prepare(next);
    return await running;
  }

  /** What the optimizer remembers. */
  async moments(): Promise<Record<string, StateTensor>> {
    const moments = this.#moments();
    const values = await this.#runner.values();
    return Object.fromEntries(
      moments.map(({ name, shape }) => [name, { shape, data: values[name] }]),
    );
  }

  /** Goes on with what the optimizer remembered. */
  async restore(
    moments: Readonly<Record<string, StateTensor>>,
  ): Promise<void> {
    for (const { name } of this.#moments()) {
      const moment = moments[name];
      if (!moment) continue;
      const { data } = moment;
      await this.#session.write(variableBuffer(name, data.length), data);
    }
  }

  /** Frees the program. */
  close(): Promise<void> {
    return this.#runner.close();
  }

  #moments() {
    const { network } = this.#options;
    return this.#step.states.filter(({ name }) => !network.tensors.has(name));
  }
}

/** Images of a batch: the network is made for so many. */
export function batchOf(network: Graph): number {
  return tensorOf(network, network.inputs[0]).shape[0];
}

/**
 * The step of a stage, and how many of them run in one go.
 *
 * @throws {InputError} if it needs more memory than the adapter allows
 */
function buildStage(options: TrainNetworkOptions, stage: NetworkStage) {
  const { session, network, train, residentBytes } = options;
  const { limits } = session.adapter;
  const batch = batchOf(network);
  const { isBytes = false, features } = train;
  const valueBytes = isBytes ? 1 : 4;
  const { clip, settings: { framework = "keras" } } = stage;
  const build = (sizes: { dataRows: number; steps: number }) =>
    buildTrainingStep(network, {
      ...sizes,
      isBytes,
      logits: network.outputs[0],
      variables: stage.variables,
      loss: options.loss,
      clip: clip && { ...clip, guard: clipGuards[framework] },
      seed: options.seed,
      update: {
        rule: ruleOf(stage.settings.optimizer),
        secondShare: 1 - adamConstants.beta2,
        penalty: penaltyOf(stage.settings),
        ...(stage.rateScale && { rateScale: stage.rateScale }),
      },
    });
  const single = planStep(build({ dataRows: batch, steps: 1 })).plan.program;
  checkMemory(single, { batch, limits });
  const data = planData(train, { batch, limits, residentBytes, valueBytes });
  const resident = data.resident && train.isFixed;
  const submit =
    flopsPerSubmit[session.adapter.isFallback ? "fallback" : "gpu"];
  const streamedRows = Math.min(
    data.dataRows,
    streamedBytes / (wholeVectors(features) * valueBytes),
  );
  const steps = Math.max(
    1,
    Math.min(
      mostSteps,
      Math.floor(submit / programFlops(single)),
      resident ? Infinity : Math.floor(streamedRows / batch),
    ),
  );
  const dataRows = resident ? data.dataRows : steps * batch;
  const step = build({ dataRows, steps });
  return { step, steps, plan: { dataRows, resident }, single };
}
