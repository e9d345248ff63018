/**
 * Any frozen graph on tensors: what is fed comes in, what is fetched goes out.
 *
 * @module
 */
import type { Precision } from "../../kernels/half.ts";
import { notFiniteText } from "../bytes/finite.ts";
import { InputError } from "../errors.ts";
import type { ProgramHandle, Session } from "../gpu/mod.ts";
import {
  elementCount,
  type Graph,
  type GraphDef,
  type Shape,
  tensorOf,
} from "../graph/mod.ts";
import type { OnnxModel } from "../onnx/mod.ts";
import {
  keepNan,
  largestBatch,
  liftBatch,
  optimise,
  type PassName,
} from "../passes/mod.ts";
import { planGraph, presetTuning } from "../plan/mod.ts";
import { silentWatcher, type Watcher } from "../watcher.ts";
import {
  type FedGraph,
  type FedTensor,
  importFed,
  importFedOnnx,
  type TensorValue,
} from "./fed_graph.ts";

export type { FedTensor, TensorValue } from "./fed_graph.ts";

/** What {@linkcode runGraph} works on. */
export interface RunGraphOptions {
  /**
   * Values by the name of the tensor they stand for. A graph that was frozen
   * for a batch of 1 takes any number of images.
   */
  readonly feeds: ReadonlyMap<string, FedTensor>;
  /** Names of the tensors to compute. */
  readonly fetches: readonly string[];
  /** Passes to leave out [none]. */
  readonly without?: readonly PassName[];
  /** How the weights of convolutions and matrix products are kept on the GPU [f32]. */
  readonly precision?: Precision;
  /** Images computed at once at most [8]; the adapter may allow fewer. */
  readonly batch?: number;
  /** Who is told how many images are done [nobody]. */
  readonly watcher?: Pick<Watcher, "progress">;
  /** Stops between two batches. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a frozen graph or an ONNX model, and gives the values of the fetches in their order. A
 * constant is given as it is, and so is a tensor that is fed. Images are
 * computed in batches that the adapter can hold; a batch is always computed
 * whole, so that an image's numbers do not depend on the others. What is not
 * finite, fed or computed, becomes what TensorFlow makes of it. The session
 * keeps inputs, outputs and weights until it is closed.
 *
 * @throws {InputError} if the graph cannot be imported or planned, or checks
 * for what is not finite and finds it;
 * {@linkcode UsageError} if a feed is missing or of another shape.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "@std/assert";
 * import { openSession } from "../gpu/mod.ts";
 * import { graphOf, node, placeholder } from "../graph/testing.ts";
 *
 * const graphDef = graphOf(
 *   placeholder("x", [1, 2]),
 *   node("Relu", "y", { inputs: ["x"] }),
 * );
 * const session = await openSession();
 * const x = { shape: [2, 2], data: Float32Array.of(-1, 1, 2, -2) };
 * const [y] = await runGraph(session, graphDef, {
 *   feeds: new Map([["x:0", x]]),
 *   fetches: ["y:0"],
 * });
 * deepStrictEqual(y.shape, [2, 2]);
 * deepStrictEqual(y.data, Float32Array.of(0, 1, 2, 0));
 * await session.close();
 * ```
 */
export async function runGraph(
  session: Session,
  source: GraphDef | OnnxModel,
  options: RunGraphOptions,
): Promise<TensorValue[]> {
  const fed = "nodes" in source
    ? importFed(source, options)
    : { ...importFedOnnx(source, options), checked: [] };
  const { without = [] } = options;
  const single = optimise(fed.graph, { without });
  const computed = single.outputs.filter((name, at) =>
    !tensorOf(single, name).constant && !fed.values.has(name) &&
    single.outputs.indexOf(name) === at
  );
  const results = await compute(session, {
    ...options,
    fed: { ...fed, graph: { ...fed.graph, outputs: computed } },
    single: { ...single, outputs: computed },
  });
  const values = single.outputs.map((name): TensorValue => {
    const { constant, shape } = tensorOf(single, name);
    if (constant) return { shape, data: constant.read() };
    const value = results.get(name) ?? fed.values.get(name);
    if (!value) throw new Error(`Output "${name}" was not computed`);
    return value;
  });
  const { length } = options.fetches;
  for (const [at, name] of fed.checked.entries()) {
    checkNumerics(name, values[length + at]);
  }
  return values.slice(0, length);
}

/** Throws where the node of TensorFlow's that refuses what is not finite would. */
function checkNumerics(node: string, { data }: TensorValue): void {
  const wrong = notFiniteText(data);
  if (wrong === undefined) return;
  throw new InputError(
    `Node "${node}" (CheckNumerics) refuses ${wrong} of ${data.length} values, as in TensorFlow: feed finite values, or fetch a tensor before it`,
  );
}

/** The graph's outputs for all that is fed, by tensor name. */
async function compute(
  session: Session,
  { fed: { graph, values, repeats }, single, ...options }:
    & RunGraphOptions
    & {
      readonly fed: FedGraph;
      /** Optimised at the graph's own batch. */
      readonly single: Graph;
    },
): Promise<Map<string, FedTensor>> {
  const { without = [], precision = "f32", signal } = options;
  const results = new Map(single.outputs.map((name) => {
    const shape = repeated(tensorOf(single, name).shape, repeats);
    return [name, { shape, data: new Float32Array(elementCount(shape)) }];
  }));
  if (results.size === 0) return results;
  // Refuses what mixes images, even where the adapter holds one at a time.
  liftBatch(graph, repeats);
  const { adapter } = session;
  const largest = largestBatch(
    single,
    adapter.limits.maxStorageBufferBindingSize,
  );
  const batch = Math.min(options.batch ?? maxBatch, repeats, largest);
  const whole = keepNan(optimise(liftBatch(graph, batch), { without }));
  const { watcher = silentWatcher } = options;
  const total = repeats;
  const bar = watcher.progress({ label: "run", total, unit: "images" });
  // Buffers with names outlive a program: no run may meet those of another.
  const label = `run ${nextRun++}`;
  const buffer = (name: string) => `${label}: value of ${name}`;
  const names = Object.fromEntries(
    [...whole.inputs, ...whole.outputs].map((name) => [name, buffer(name)]),
  );
  const tuning = presetTuning(adapter);
  const plan = planGraph(whole, { label, names, tuning, precision });
  const program = await session.load(plan);
  for (let start = 0; start < repeats; start += batch) {
    signal?.throwIfAborted();
    const end = Math.min(start + batch, repeats);
    const images = { start, end, repeats, batch };
    await runImages(session, program, { images, values, results, buffer });
    bar.update(end);
  }
  bar.close();
  await session.unload(program);
  return results;
}

/** Computes the images from `start` to `end`, in a batch that may have room for more. */
async function runImages(
  session: Session,
  program: ProgramHandle,
  { images: { start, end, repeats, batch }, values, results, buffer }: {
    readonly images: Readonly<
      Record<"start" | "end" | "repeats" | "batch", number>
    >;
    readonly values: FedGraph["values"];
    readonly results: ReadonlyMap<string, FedTensor>;
    /** Names the buffer of a tensor. */
    readonly buffer: (name: string) => string;
  },
): Promise<void> {
  const partOf = (data: Float32Array) => {
    const each = data.length / repeats;
    return data.subarray(start * each, end * each);
  };
  for (const [name, { data }] of values) {
    const whole = new Float32Array(batch * (data.length / repeats));
    whole.set(partOf(data));
    await session.write(buffer(name), whole);
  }
  await session.run(program);
  for (const [name, { data }] of results) {
    const part = partOf(data);
    const bytes = await session.read(buffer(name), part.byteLength);
    part.set(new Float32Array(bytes));
  }
}

const maxBatch = 8;

let nextRun = 1;

function repeated(shape: Shape, times: number): Shape {
  const [leading, ...rest] = shape;
  return leading === undefined ? [] : [leading * times, ...rest];
}
