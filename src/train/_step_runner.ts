/** A training step in a session. */
import type { ProgramHandle, Session } from "../gpu/session.ts";
import { elementCount, tensorOf } from "../graph/ir.ts";
import { planGraph } from "../plan/plan.ts";
import type { Plan } from "../../kernels/program.ts";
import {
  plainTuning,
  presetTuning,
  type Tuning,
} from "../../kernels/tuning.ts";
import { runSteps, type StepBuffers, type StepProgress } from "./_step_ring.ts";
import { stepInputs, type TrainingStep } from "./training_step.ts";
import { readValues, type VariableValues } from "./variables.ts";

/** The plan of a step, with names that steps of the same sizes share in a session. */
export function planStep(
  { graph, progress }: TrainingStep,
  { tuning = plainTuning }: { tuning?: Tuning } = {},
): { plan: Plan; names: Readonly<Record<string, string>> } {
  const names = Object.fromEntries(
    [...Object.values(stepInputs), progress].map((name) => {
      const { shape, dtype } = tensorOf(graph, name);
      const type = dtype === "u8" ? " bytes" : "";
      return [name, `network ${name} ${elementCount(shape)}${type}`];
    }),
  );
  return {
    plan: planGraph(graph, { label: "training step", names, tuning }),
    names,
  };
}

/** Runs a training step many times a submit. */
export class StepRunner {
  readonly #session: Session;
  readonly #step: TrainingStep;
  readonly #program: ProgramHandle;
  readonly #names: Readonly<Record<string, string>>;

  private constructor(
    session: Session,
    { step, program, names }: {
      step: TrainingStep;
      program: ProgramHandle;
      names: Readonly<Record<string, string>>;
    },
  ) {
    this.#session = session;
    this.#step = step;
    this.#program = program;
    this.#names = names;
  }

  /** Compiles a step; variables and data have to be written before it runs. */
  static async load(
    session: Session,
    step: TrainingStep,
    { tuning = presetTuning(session.adapter) }: {
      tuning?: Tuning | undefined;
    } = {},
  ): Promise<StepRunner> {
    const { plan, names } = planStep(step, { tuning });
    const program = await session.load(plan);
    return new StepRunner(session, { step, program, names });
  }

  /** The buffer of the images. */
  get dataBuffer(): string {
    return this.#names[stepInputs.data];
  }

  /** Runs `count` steps in one submit and waits for what they tell. */
  run(
    options: {
      first?: number;
      count: number;
      batches: Uint32Array;
      labels: Uint32Array;
      schedule: Float32Array;
    },
  ): Promise<StepProgress[]> {
    const buffers: StepBuffers = {
      batches: this.#names[stepInputs.batches],
      labels: this.#names[stepInputs.labels],
      schedule: this.#names[stepInputs.schedule],
      counter: this.#names[stepInputs.counter],
      start: this.#names[stepInputs.start],
      progress: this.#names[this.#step.progress],
    };
    const program = this.#program;
    return runSteps(this.#session, { ...options, program, buffers });
  }

  /** What is trained and what the optimizer remembers, as it is now. */
  values(): Promise<VariableValues> {
    return readValues(this.#session, this.#step.states);
  }

  /** Frees the program; what outlives it stays in the session. */
  close(): Promise<void> {
    return this.#session.unload(this.#program);
  }
}
