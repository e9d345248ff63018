/**
 * Any frozen graph on tensors: what is fed comes in, what is fetched goes out.
 *
 * @module
 */
import type { Precision } from "../../kernels/half.ts";
import { notFiniteText } from "../bytes/finite.ts";
import { InputError, UsageError } from "../errors.ts";
import type { ProgramHandle, Session } from "../gpu/mod.ts";
import {
  type ConstantData,
  elementCount,
  type Graph,
  type GraphDef,
  importGraph,
  isInput,
  knownShapes,
  neededNodes,
  type Node,
  type NodeDef,
  nodeOfTensor,
  setValues,
  type Shape,
  type Tensor,
  tensorOf,
} from "../graph/mod.ts";
import {
  keepNan,
  largestBatch,
  liftBatch,
  optimise,
  type PassName,
} from "../passes/mod.ts";
import { planGraph, presetTuning } from "../plan/mod.ts";
import { silentWatcher, type Watcher } from "../watcher.ts";
import { inputOf } from "./describe_model.ts";
import { counted } from "../plural.ts";

/** Values with their shape. */
export interface TensorValue {
  /** Dimensions, outermost first. */
  readonly shape: Shape;
  /** Elements, row-major; whole numbers only for constants that are some. */
  readonly data: ConstantData;
}

/** Values that are fed, or were computed. */
export interface FedTensor extends TensorValue {
  /** Elements, row-major. */
  readonly data: Float32Array;
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
  /** Who is told how many images are done [nobody]. */
  readonly watcher?: Pick<Watcher, "progress">;
  /** Stops between two batches. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a frozen graph, and gives the values of the fetches in their order. A
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

/** A graph at the batch it was frozen with, and what is fed of it. */
interface FedGraph {
  readonly graph: Graph;
  /** By the names of `graph.inputs`. */
  readonly values: ReadonlyMap<string, FedTensor>;
  /** How many times the graph's own batch is fed. */
  readonly repeats: number;
}

/** What is imported to be run: its last outputs are what some nodes let pass if it is finite. */
interface ImportedGraph extends FedGraph {
  /** The names of those nodes. */
  readonly checked: readonly string[];
}

/**
 * Imports what the fetches need, and checks that the feeds are what it needs.
 *
 * @throws {InputError} if the graph cannot be imported, {@linkcode UsageError}
 * if a feed is missing or of another shape.
 */
function importFed(
  declared: GraphDef,
  { feeds, fetches }: Pick<RunGraphOptions, "feeds" | "fetches">,
): ImportedGraph {
  const { graphDef, byNode } = settled(declared, feedsByNode(feeds));
  const cuts = new Set(byNode.keys());
  const needed = neededNodes(graphDef, { outputs: fetches, cuts });
  checkInputs(needed, cuts);
  const names = new Set(graphDef.nodes.map(({ name }) => name));
  const inputs: Record<string, Shape> = {};
  for (const [name, { shape }] of byNode) {
    // One that is there and not needed is ignored, as TensorFlow does.
    if (names.has(name) && !needed.has(name)) continue;
    const isCut = needed.get(name)?.op !== "Placeholder";
    inputs[name] = isCut ? cutShape(graphDef, name, shape) : shape;
  }
  const checked = [...needed].flatMap(([name, { op }]) =>
    op === "CheckNumerics" && !cuts.has(name) ? [name] : []
  );
  const outputs = [...fetches, ...checked];
  const bound = (takesBatch: boolean) => {
    const imported = importGraph(graphDef, { outputs, inputs, takesBatch });
    return bindFeeds(withoutCasts(imported), byNode);
  };
  const isMany = [...byNode.values()].some(({ shape }) => shape[0] !== 1);
  const whole = isMany ? ifSound(() => bound(true)) : undefined;
  const single = whole && ifSound(() => bound(false));
  const isWhole = whole?.repeats === 1 &&
    !(single && isLifted(graphDef, single, whole.graph));
  if (isWhole) return { ...whole, checked };
  const fed = single ?? bound(false);
  checkShapeFetches(graphDef, { ...fed, fetches: outputs, cuts });
  return { ...fed, checked };
}

/**
 * Whether a graph of one image, for many, is that which it is for a batch of them: one
 * may mix its images, or count them.
 */
function isLifted(
  { nodes }: GraphDef,
  { graph, repeats }: FedGraph,
  whole: Graph,
): boolean {
  const given = new Set(
    nodes.flatMap(({ name, op }) => op === "Const" ? [name] : []),
  );
  const factsOf = ({ nodes, tensors, outputs }: Graph) =>
    JSON.stringify([
      outputs,
      nodes,
      [...tensors.values()].map(({ name, shape, constant }) => [
        ...[name, shape],
        constant && !given.has(name) ? [...constant.read()] : constant && "",
      ]),
    ]);
  const lifted = ifSound(() => liftBatch(graph, repeats));
  return lifted !== undefined && factsOf(lifted) === factsOf(whole);
}

/** What can be made, or nothing where the graph does not allow it. */
function ifSound<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Single values, and what is true or not, decide what the graph is. */
function settled(
  graphDef: GraphDef,
  byNode: ReadonlyMap<string, FedTensor>,
): { graphDef: GraphDef; byNode: Map<string, FedTensor> } {
  const nodes = new Map(graphDef.nodes.map((node) => [node.name, node]));
  const [once, each] = [new Map(byNode), new Map(byNode)];
  for (const [name, { shape }] of byNode) {
    const node = nodes.get(name);
    const isOnce = node !== undefined && isInput(node) &&
      (shape.length === 0 || inputOf(node).dtype === "bool");
    (isOnce ? each : once).delete(name);
  }
  return { graphDef: setValues(graphDef, once), byNode: each };
}

function feedsByNode(
  feeds: ReadonlyMap<string, FedTensor>,
): Map<string, FedTensor> {
  const byNode = new Map<string, FedTensor>();
  for (const [name, value] of feeds) {
    const node = nodeOfTensor(name);
    if (byNode.has(node)) {
      throw new UsageError(`Tensor "${node}:0" is fed twice; feed it once`);
    }
    byNode.set(node, value);
  }
  return byNode;
}

function checkInputs(
  needed: ReadonlyMap<string, NodeDef>,
  fed: ReadonlySet<string>,
): void {
  for (const [name, node] of needed) {
    if (node.op !== "Placeholder") continue;
    const { shape, dtype } = inputOf(node);
    if (dtype === "string") throw notAnArray(name, needed);
    if (fed.has(name)) continue;
    const sizes = shape?.map((size) => size < 0 ? "?" : size).join(", ");
    const known = sizes === undefined ? "" : ` of shape [${sizes}]`;
    throw new UsageError(
      `Input "${name}"${known} is not fed: add --feed ${name}:0=FILE.npy`,
    );
  }
}

function notAnArray(
  input: string,
  needed: ReadonlyMap<string, NodeDef>,
): UsageError {
  const resize = [...needed.values()].find(({ op }) => op === "ResizeBilinear");
  const after = resize ? `${resize.name}:0` : "the decoded pixels";
  return new UsageError(
    `Input "${input}" takes the bytes of a picture, which no .npy holds: feed ${after} instead, or use espalier extract`,
  );
}

/**
 * The shape of a tensor inside of the graph that is fed: the batch as the graph
 * has it where it is known, the rest as it is fed.
 */
function cutShape(graphDef: GraphDef, name: string, fed: Shape): Shape {
  const known = shapesIfSound(graphDef).get(name);
  if (!known) return fed;
  const fits = known.length === fed.length &&
    known.slice(1).every((size, axis) => size < 0 || size === fed[axis + 1]);
  if (!fits) {
    throw new UsageError(
      `Tensor "${name}" has shape [${known.join(", ")}], which [${
        fed.join(", ")
      }] does not fit`,
    );
  }
  const [batch = 1, ...rest] = known;
  const isWhole = batch > 0 && fed.length > 0 && fed[0] % batch === 0;
  return isWhole ? [batch, ...rest.map((_, axis) => fed[axis + 1])] : fed;
}

/** Damage elsewhere in the file is no reason not to run a part of it. */
function shapesIfSound(graphDef: GraphDef): ReadonlyMap<string, Shape> {
  return ifSound(() => knownShapes(graphDef)) ?? new Map();
}

/** Whole numbers are uploaded as floats already, bytes too: their casts are no work. */
function withoutCasts(graph: Graph): Graph {
  const tensors = new Map(graph.tensors);
  for (const [name, tensor] of tensors) {
    if (tensor.dtype === "string" || tensor.constant) continue;
    tensors.set(name, { ...tensor, dtype: "f32" });
  }
  return {
    ...graph,
    tensors,
    nodes: graph.nodes.map((node): Node =>
      node.op === "cast" && node.attributes.to === "f32"
        ? { ...node, op: "reshape", attributes: {} }
        : node
    ),
  };
}

/** What is fed once, while others are fed for each image, becomes a constant. */
function bindFeeds(
  graph: Graph,
  feeds: ReadonlyMap<string, FedTensor>,
): FedGraph {
  const fed = graph.inputs.map((name) => {
    const tensor = tensorOf(graph, name);
    const value = feeds.get(name);
    if (!value) throw new Error(`Input "${name}" was not checked`);
    return { tensor, value, repeats: repeatsOf(tensor, value) };
  });
  const [most] = fed.toSorted((one, other) => other.repeats - one.repeats);
  const repeats = most?.repeats ?? 1;
  const tensors = new Map(graph.tensors);
  const values = new Map<string, FedTensor>();
  for (const { tensor, value, repeats: times } of fed) {
    const isOnce = tensor.shape.length === 0 || (times === 1 && repeats > 1);
    if (isOnce) tensors.set(tensor.name, asConstant(tensor, value));
    else if (times === repeats) values.set(tensor.name, value);
    else {
      throw new UsageError(
        `"${most.tensor.name}" is fed with ${
          counted(repeats, "image")
        }, "${tensor.name}" with ${times}: feed as many of each`,
      );
    }
  }
  const inputs = graph.inputs.filter((name) => values.has(name));
  return { graph: { ...graph, tensors, inputs }, values, repeats };
}

function repeatsOf(
  { name, shape }: Tensor,
  { shape: [fed = 1] }: FedTensor,
): number {
  const [batch = 1] = shape;
  if (fed % batch === 0) return fed / batch;
  throw new UsageError(
    `Input "${name}" takes [${
      shape.join(", ")
    }], got ${fed} in its first dimension: feed a multiple of ${batch}`,
  );
}

function asConstant(tensor: Tensor, { data }: FedTensor): Tensor {
  const read = () => tensor.dtype === "f32" ? data : Int32Array.from(data);
  return { ...tensor, constant: { read } };
}

/** Arithmetic on shapes is done for the graph's own batch: what it gives is true of no other. */
function checkShapeFetches(
  graphDef: GraphDef,
  { graph, values, repeats, fetches, cuts }: FedGraph & {
    readonly fetches: readonly string[];
    readonly cuts: ReadonlySet<string>;
  },
): void {
  if (repeats === 1) return;
  for (const [at, output] of graph.outputs.entries()) {
    if (!tensorOf(graph, output).constant) continue;
    const needed = neededNodes(graphDef, { outputs: [fetches[at]], cuts });
    if ([...values.keys()].some((name) => needed.has(nodeOfTensor(name)))) {
      throw new InputError(
        `Tensor "${
          fetches[at]
        }" is worked out from the batch the graph was frozen with: feed one image`,
      );
    }
  }
}
