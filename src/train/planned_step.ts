/**
 * A training step that is planned, whichever way, and how many of them run in
 * one submit: what differs from step to step lies in buffers that the GPU reads
 * at its counter, and so do the losses it leaves.
 *
 * @module
 */
import type { Plan } from "../../kernels/program.ts";
import { plainTuning, type Tuning } from "../../kernels/tuning.ts";
import type { AdapterFacts, ProgramHandle, Session } from "../gpu/session.ts";
import { elementCount, type Graph, tensorOf } from "../graph/ir.ts";
import { planGraph } from "../plan/plan.ts";
import { stepInputs, type TrainingStep } from "./training_step.ts";
import {
  ownBuffer,
  readState,
  type StateBuffer,
  type Tensors,
  variableBuffers,
} from "./variables.ts";

/**
 * The ways of planning a step: `graph` has a node for each of its parts, `dense`
 * is the fused step of one dense layer. They differ in the last digits.
 */
export const planningWays = ["graph", "dense"] as const;

/** One of {@linkcode planningWays}. */
export type PlanningWay = typeof planningWays[number];

/** Rows of a batch: a network is made for so many. */
export function batchOf(network: Graph): number {
  return tensorOf(network, network.inputs[0]).shape[0];
}

/** Work of one submit: a slow adapter still answers Ctrl-C within a second or so. */
export function flopsPerSubmit({ isFallback }: AdapterFacts): number {
  return isFallback ? 5e9 : 500e9;
}

/** Names of the buffers that steps read and write, most of them by their counter. */
export interface StepBuffers {
  /** `(dataRows, depth)`: rows, each filled up to whole vec4s. */
  readonly data: string;
  /** `(steps, batch)`: where the rows of each step are among the data. */
  readonly batches: string;
  /** u32 `(steps, batch)`: the class of each row of each step. */
  readonly labels: string;
  /** f32 `(steps, 4)` from `updateSchedule`. */
  readonly schedule: string;
  /** u32 `(1)`. */
  readonly counter: string;
  /** u32 `(1)`: steps done before, for what is random. */
  readonly start?: string;
  /** f32 `(steps, parts, 2)`: shares of the loss and of the number of right rows. */
  readonly progress: string;
}

/** A step as a program, and where what it works on lies. */
export interface PlannedStep {
  /** What one step runs. */
  readonly plan: Plan;
  /** Names of what it is fed with and tells. */
  readonly buffers: StepBuffers;
  /** How many shares of a step's loss there are, to be added up. */
  readonly parts: number;
  /** The network's variables, those that are not trained too. */
  readonly variables: readonly StateBuffer[];
  /** What the optimizer remembers. */
  readonly moments: readonly StateBuffer[];
  /** The places of rows among the data as the step reads them. */
  placesOf(places: Uint32Array): Uint32Array | Float32Array;
}

/** The plan of a step that is a graph, with names that steps of the same sizes share in a session. */
export function planGraphStep(
  network: Graph,
  { step: { graph, progress, states }, tuning = plainTuning }: {
    step: TrainingStep;
    tuning?: Tuning;
  },
): PlannedStep {
  const nameOf = (name: string): string => {
    const { shape, dtype } = tensorOf(graph, name);
    const type = dtype === "u8" ? " bytes" : "";
    return `network ${name} ${elementCount(shape)}${type}`;
  };
  const { data, batches, labels, schedule, counter, start } = stepInputs;
  const named = [...Object.values(stepInputs), progress];
  const names = Object.fromEntries(named.map((name) => [name, nameOf(name)]));
  return {
    plan: planGraph(graph, { label: "training step", names, tuning }),
    buffers: {
      data: names[data],
      batches: names[batches],
      labels: names[labels],
      schedule: names[schedule],
      counter: names[counter],
      start: names[start],
      progress: names[progress],
    },
    parts: 1,
    variables: variableBuffers(network),
    moments: states.filter(({ name }) => !network.tensors.has(name))
      .map(ownBuffer),
    placesOf: (places) => places,
  };
}

export interface StepProgress {
  /** Mean loss of the batch, before the update. */
  readonly loss: number;
  /** Rows that were right, before the update. */
  readonly correct: number;
}

/** Runs a training step many times a submit. */
export class StepRunner {
  readonly #session: Session;
  readonly #program: ProgramHandle;
  readonly planned: PlannedStep;

  private constructor(
    session: Session,
    { planned, program }: { planned: PlannedStep; program: ProgramHandle },
  ) {
    this.#session = session;
    this.planned = planned;
    this.#program = program;
  }

  /** Compiles a step; variables and data have to be written before it runs. */
  static async load(
    session: Session,
    planned: PlannedStep,
  ): Promise<StepRunner> {
    const program = await session.load(planned.plan);
    return new StepRunner(session, { planned, program });
  }

  /**
   * Runs `count` steps in one submit; resolves with what they told. All is asked
   * for before it returns, so that what is asked for next comes after it.
   */
  async run(
    { first = 0, count, places, labels, schedule }: {
      /** Steps done before [0]. */
      first?: number;
      count: number;
      /** `(count, batch)`: where each row is among the data. */
      places: Uint32Array;
      /** `(count, batch)`: its class. */
      labels: Uint32Array;
      /** `(count, 4)` from `updateSchedule`. */
      schedule: Float32Array;
    },
  ): Promise<StepProgress[]> {
    const { buffers, parts, placesOf } = this.planned;
    const session = this.#session;
    const asked = [
      session.write(buffers.batches, placesOf(places)),
      session.write(buffers.labels, labels),
      session.write(buffers.schedule, schedule),
      session.write(buffers.counter, new Uint32Array([0])),
    ];
    if (buffers.start !== undefined) {
      asked.push(session.write(buffers.start, new Uint32Array([first])));
    }
    asked.push(session.run(this.#program, { repeat: count }));
    const read = session.read(buffers.progress, count * parts * 8);
    const [bytes] = await Promise.all([read, ...asked]);
    return addedUp(new Float32Array(bytes), { count, parts });
  }

  /** Variables and what the optimizer remembers, once all that was asked for is done. */
  async state(): Promise<{ variables: Tensors; moments: Tensors }> {
    const [variables, moments] = await Promise.all([
      readState(this.#session, this.planned.variables),
      readState(this.#session, this.planned.moments),
    ]);
    return { variables, moments };
  }

  /** Frees the program; what outlives it stays in the session. */
  close(): Promise<void> {
    return this.#session.unload(this.#program);
  }
}

function addedUp(
  shares: Float32Array,
  { count, parts }: { count: number; parts: number },
): StepProgress[] {
  return Array.from({ length: count }, (_, step) => {
    const progress = { loss: 0, correct: 0 };
    for (let part = step * parts; part < (step + 1) * parts; part++) {
      progress.loss += shares[part * 2];
      progress.correct += shares[part * 2 + 1];
    }
    return progress;
  });
}
