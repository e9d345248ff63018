/**
 * Any frozen graph on tensors: what is fed comes in, what is fetched goes out.
 *
 * @module
 */
import type { Precision } from "../../kernels/half.ts";
import type { Session } from "../gpu/mod.ts";
import {
  type ConstantData,
  elementCount,
  type Graph,
  type GraphDef,
  type Shape,
  tensorOf,
} from "../graph/mod.ts";
import {
  largestBatch,
  liftBatch,
  optimise,
  type PassName,
} from "../passes/mod.ts";
import { planGraph, presetTuning } from "../plan/mod.ts";
import { type FedGraph, type FedTensor, importFed } from "./_fed_graph.ts";

export type { FedTensor };

/** Values with their shape. */
export interface TensorValue {
  /** Dimensions, outermost first. */
  readonly shape: Shape;
  /** Elements, row-major; whole numbers only for constants that are some. */
  readonly data: ConstantData;
}

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
  /** Called with images done and in all, first with none. */
  readonly progress?: (done: number, total: number) => void;
  /** Stops between two batches. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a frozen graph, and gives the values of the fetches in their order. A
 * constant is given as it is, and so is a tensor that is fed. Images are
 * computed in batches that the adapter can hold; a batch is always computed
 * whole, so that an image's numbers do not depend on the others. The session
 * keeps inputs, outputs and weights until it is closed.
 *
 * @throws {InputError} if the graph cannot be imported or planned;
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
  graphDef: GraphDef,
  options: RunGraphOptions,
): Promise<TensorValue[]> {
  const fed = importFed(graphDef, options);
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
  return single.outputs.map((name) => {
    const { constant, shape } = tensorOf(single, name);
    if (constant) return { shape, data: constant.read() };
    const value = results.get(name) ?? fed.values.get(name);
    if (!value) throw new Error(`Output "${name}" was not computed`);
    return value;
  });
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
  const { without = [], precision = "f32", progress, signal } = options;
  const results = new Map(single.outputs.map((name) => {
    const shape = repeated(tensorOf(single, name).shape, repeats);
    return [name, { shape, data: new Float32Array(elementCount(shape)) }];
  }));
  if (results.size === 0) return results;
  // Refuses what mixes images, even where the adapter holds one at a time.
  liftBatch(graph, repeats);
  const limit = session.adapter.limits.maxStorageBufferBindingSize;
  const batch = Math.min(
    options.batch ?? usualBatch,
    repeats,
    largestBatch(single, limit),
  );
  const whole = optimise(liftBatch(graph, batch), { without });
  progress?.(0, repeats);
  // Buffers with names outlive a program: no run may meet those of another.
  const label = `run ${nextRun++}`;
  const buffer = (name: string) => `${label}: value of ${name}`;
  const names = Object.fromEntries(
    [...whole.inputs, ...whole.outputs].map((name) => [name, buffer(name)]),
  );
  const tuning = presetTuning(session.adapter);
  const plan = planGraph(whole, { label, names, tuning, precision });
  const program = await session.load(plan);
  for (let start = 0; start < repeats; start += batch) {
    signal?.throwIfAborted();
    const count = Math.min(batch, repeats - start);
    for (const [name, { data }] of values) {
      const each = data.length / repeats;
      const part = new Float32Array(batch * each);
      part.set(data.subarray(start * each, (start + count) * each));
      await session.write(buffer(name), part);
    }
    await session.run(program);
    for (const [name, { data }] of results) {
      const each = data.length / repeats;
      const bytes = await session.read(buffer(name), count * each * 4);
      data.set(new Float32Array(bytes), start * each);
    }
    progress?.(start + count, repeats);
  }
  await session.unload(program);
  return results;
}

const usualBatch = 8;

let nextRun = 1;

function repeated(shape: Shape, times: number): Shape {
  const [leading, ...rest] = shape;
  return leading === undefined ? [] : [leading * times, ...rest];
}
