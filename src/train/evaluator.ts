/**
 * What a network says of rows: scored while it is trained, or as probabilities.
 *
 * @module
 */
import { programFlops, roundUp } from "../../kernels/mod.ts";
import { presetTuning, type Tuning } from "../../kernels/tuning.ts";
import type { AdapterFacts, ProgramHandle, Session } from "../gpu/session.ts";
import { elementCount, type Graph, tensorOf } from "../graph/ir.ts";
import { concatInPlace } from "../passes/concat_in_place.ts";
import { largestBatch, liftBatch } from "../passes/lift_batch.ts";
import { planGraph } from "../plan/plan.ts";
import {
  type DenseNetwork,
  denseOf,
  planDenseForward,
  type PlannedForward,
} from "./dense_step.ts";
import { batchOf, flopsPerSubmit, type PlanningWay } from "./planned_step.ts";
import { filledRows, type RowSource } from "./row_source.ts";
import { sigmoidRows, softmaxRows } from "./softmax.ts";
import type { Loss } from "./training_step.ts";
import { variableBuffers, writeInitialValues } from "./variables.ts";

/** Bytes of the largest tensor of a batch. */
const bytesAtOnce = 64 * 2 ** 20;

/** Rows that a workgroup of the dense kernel works on together. */
const rowsPerTile = 8;

/** How {@linkcode Evaluator.open} plans. */
export interface EvaluatorOptions {
  /** From a batch of rows to logits. */
  readonly network: Graph;
  /** Rows that are asked for at a time; as many of them are computed at once as have room. */
  readonly rows: number;
  /** Where the variables are [where programs of graphs have them]. */
  readonly way?: PlanningWay;
  /** The kernels' ways of computing [the adapter's preset]. */
  readonly tuning?: Tuning | undefined;
}

/** Runs a network forward by the variables that are on the GPU. */
export class Evaluator {
  readonly #session: Session;
  readonly #program: ProgramHandle;
  readonly #planned: PlannedForward;
  readonly #classes: number;
  /** The rows on the GPU. */
  #loaded: { source: RowSource; first: number } | undefined;

  private constructor(
    session: Session,
    { program, planned, classes }: {
      program: ProgramHandle;
      planned: PlannedForward;
      classes: number;
    },
  ) {
    this.#session = session;
    this.#program = program;
    this.#planned = planned;
    this.#classes = classes;
  }

  /** Loads the program; the variables have to be written before it runs. */
  static async open(
    session: Session,
    options: EvaluatorOptions,
  ): Promise<Evaluator> {
    const { network } = options;
    const planned = planForward(session.adapter, options);
    const program = await session.load(planned.plan);
    const [output] = network.outputs;
    const classes = elementCount(tensorOf(network, output).shape) /
      batchOf(network);
    return new Evaluator(session, { program, planned, classes });
  }

  /** Where the network's variables are. */
  get variables(): PlannedForward["variables"] {
    return this.#planned.variables;
  }

  /**
   * Asks for the logits `(count, classes)` of all rows, as they are in the first
   * epoch. Once it resolves all is asked for, so that variables may change.
   */
  async ask(
    source: RowSource,
    onRows?: (done: number) => void,
  ): Promise<{ logits: Promise<Float32Array> }> {
    const { batch } = this.#planned;
    const logits = new Float32Array(source.count * this.#classes);
    const answers: Promise<void>[] = [];
    const isLoaded = (first: number) =>
      this.#loaded?.source === source && this.#loaded.first === first;
    const read = (first: number) => {
      const reading = isLoaded(first) ? undefined : this.#read(source, first);
      reading?.catch(() => {});
      return reading;
    };
    let reading = read(0);
    for (let first = 0; first < source.count; first += batch) {
      const rows = await reading;
      this.#loaded = { source, first };
      const answer = this.#runOn(rows, { source, first }, logits);
      answer.then((done) => onRows?.(done), () => {});
      answers.push(answer.then(() => {}));
      answers.at(-1)?.catch(() => {});
      // While the GPU works; two batches are under way at most.
      if (first + batch < source.count) reading = read(first + batch);
      await answers.at(-2);
    }
    return { logits: Promise.all(answers).then(() => logits) };
  }

  /** Frees the program. */
  close(): Promise<void> {
    return this.#session.unload(this.#program);
  }

  /** Rows as the GPU wants them; a whole batch, so that a row's bytes do not depend on its neighbours. */
  async #read(source: RowSource, first: number): Promise<Float32Array> {
    const { batch, rows: { depth } } = this.#planned;
    const { features } = source;
    const count = Math.min(batch, source.count - first);
    const rows = Uint32Array.from({ length: count }, (_, at) => first + at);
    const values = await source.read(rows, new Uint32Array(count));
    const whole = new Float32Array(batch * depth);
    whole.set(filledRows(values, { features, depth }));
    return whole;
  }

  /** Runs on `rows`, or those that are there, and copies what is answered; returns how many rows are done. */
  async #runOn(
    rows: Float32Array | undefined,
    { source, first }: { source: RowSource; first: number },
    logits: Float32Array,
  ): Promise<number> {
    const session = this.#session;
    const { batch, ...planned } = this.#planned;
    const { buffer, columns } = planned.logits;
    const count = Math.min(batch, source.count - first);
    const asked = rows ? [session.write(planned.rows.buffer, rows)] : [];
    asked.push(session.run(this.#program));
    const read = session.read(buffer, count * columns * 4);
    const [bytes] = await Promise.all([read, ...asked]);
    const answer = new Float32Array(bytes);
    const classes = this.#classes;
    for (let row = 0; row < count; row++) {
      logits.set(
        answer.subarray(row * columns, row * columns + classes),
        (first + row) * classes,
      );
    }
    return first + count;
  }
}

/** The program for as many of the rows as have room, and no more work than a submit should have. */
function planForward(
  adapter: AdapterFacts,
  { network, rows, way, tuning = presetTuning(adapter) }: EvaluatorOptions,
): PlannedForward {
  const bytes = Math.min(
    bytesAtOnce,
    adapter.limits.maxStorageBufferBindingSize ?? bytesAtOnce,
  );
  const dense = way === "dense" ? denseOf(network) : undefined;
  if (dense) {
    return planDenseForward(dense, {
      rows: denseRows(dense, { rows, bytes }),
      texels: presetTuning(adapter).texels,
    });
  }
  const single = planGraphForward(network, tuning);
  const factor = Math.min(
    Math.ceil(rows / batchOf(network)),
    largestBatch(network, bytes),
    Math.floor(flopsPerSubmit(adapter) / programFlops(single.plan.program)),
  );
  return factor > 1
    ? planGraphForward(liftBatch(network, factor), tuning)
    : single;
}

function denseRows(
  { features, classes }: DenseNetwork,
  { rows, bytes }: { rows: number; bytes: number },
): number {
  const rowBytes = 4 * roundUp(Math.max(features, classes), 4);
  const room = Math.floor(bytes / rowBytes / rowsPerTile);
  const wanted = Math.ceil(rows / rowsPerTile);
  return rowsPerTile * Math.max(1, Math.min(room, wanted));
}

function planGraphForward(network: Graph, tuning: Tuning): PlannedForward {
  const { inputs: [input], outputs: [output] } = network;
  const sizeOf = (tensor: string) =>
    elementCount(tensorOf(network, tensor).shape);
  const bufferOf = (tensor: string) => `evaluation ${tensor} ${sizeOf(tensor)}`;
  const batch = batchOf(network);
  return {
    plan: planGraph(concatInPlace(network), {
      label: "evaluation",
      names: { [input]: bufferOf(input), [output]: bufferOf(output) },
      tuning,
    }),
    batch,
    rows: { buffer: bufferOf(input), depth: sizeOf(input) / batch },
    logits: { buffer: bufferOf(output), columns: sizeOf(output) / batch },
    variables: variableBuffers(network),
  };
}

/**
 * Probabilities `(count, classes)` of rows, by the values that the network's
 * variables start at; the softmax of these few numbers is in f64. A sigmoid's one
 * logit becomes the classes 0 and 1. What a row gets does not depend, to the last
 * bit, on the rows beside it.
 */
export async function predictNetwork(
  session: Session,
  { network, rows, loss, tuning, onRows }: {
    network: Graph;
    rows: RowSource;
    loss: Loss["kind"];
    /** The kernels' ways of computing [the adapter's preset]. */
    tuning?: Tuning | undefined;
    onRows?: (done: number) => void;
  },
): Promise<Float32Array<ArrayBuffer>> {
  const evaluator = await Evaluator.open(session, {
    network,
    rows: rows.count,
    way: denseOf(network) ? "dense" : "graph",
    tuning,
  });
  try {
    await writeInitialValues(session, network, evaluator.variables);
    const asked = await evaluator.ask(rows, onRows);
    const logits = await asked.logits;
    if (loss === "sigmoid") return sigmoidRows(logits);
    return softmaxRows(logits, logits.length / Math.max(1, rows.count));
  } finally {
    await evaluator.close();
  }
}
