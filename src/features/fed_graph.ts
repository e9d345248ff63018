/**
 * A graph for what is fed of it: its inputs checked, its batch decided.
 *
 * @module
 */
import { InputError, UsageError } from "../errors.ts";
import {
  type ConstantData,
  type Graph,
  type GraphDef,
  importGraph,
  isInput,
  knownShapes,
  neededNodes,
  type Node,
  type NodeDef,
  nodeOfTensor,
  resampleAttributesOf,
  setValues,
  type Shape,
  type Tensor,
  tensorOf,
} from "../graph/mod.ts";
import {
  fedInputs,
  importOnnx,
  neededOnnx,
  type OnnxModel,
  onnxTypes,
  tensorNamed,
} from "../onnx/mod.ts";
import { liftBatch } from "../passes/mod.ts";
import { counted } from "../plural.ts";
import { type GraphInput, inputOf } from "./describe_model.ts";

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

/** A graph at the batch it was frozen with, and what is fed of it. */
export interface FedGraph {
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
export function importFed(
  declared: GraphDef,
  { feeds, fetches }: {
    /** By the names of tensors. */
    readonly feeds: ReadonlyMap<string, FedTensor>;
    /** Names of tensors. */
    readonly fetches: readonly string[];
  },
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
 * {@linkcode importFed} of an ONNX model, whose tensors are fed and fetched in
 * ONNX's order of axes.
 *
 * @throws {InputError} likewise
 */
export function importFedOnnx(
  model: OnnxModel,
  { feeds, fetches }: {
    readonly feeds: ReadonlyMap<string, FedTensor>;
    readonly fetches: readonly string[];
  },
): FedGraph {
  const { graph } = model;
  const byName = new Map(
    [...feeds].map(([name, value]) => [tensorNamed(graph, name), value]),
  );
  const outputs = fetches.map((name) => tensorNamed(graph, name));
  const { names } = neededOnnx(graph, {
    outputs,
    cuts: new Set(byName.keys()),
  });
  for (const { name, shape, type } of fedInputs(graph)) {
    if (byName.has(name) || !names.has(name)) continue;
    const sizes = shape?.map((size) => typeof size === "number" ? size : -1);
    const dtype = type === onnxTypes.bool ? "bool" : "";
    throw notFed(name, { shape: sizes ?? null, dtype });
  }
  // One that is there and not needed is ignored, as for TensorFlow's graphs.
  const known = new Set([...byName.keys()].filter((name) => names.has(name)));
  const inputs = Object.fromEntries(
    [...known].map((name) => [name, byName.get(name)?.shape ?? []]),
  );
  return bindFeeds(importOnnx(model, { outputs, inputs }), byName);
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
  for (const [name, { shape, data }] of byNode) {
    const node = nodes.get(name);
    // What is not finite is fed: as a constant it would be a damaged weight.
    const isOnce = node !== undefined && isInput(node) &&
      data.every(Number.isFinite) &&
      (isSingle(node, shape) || inputOf(node).dtype === "bool");
    (isOnce ? each : once).delete(name);
  }
  return { graphDef: setValues(graphDef, once), byNode: each };
}

/** Whether one value is fed; files of NumPy's may have an axis for it. */
function isSingle(node: NodeDef, shape: Shape): boolean {
  const { shape: declared } = inputOf(node);
  return shape.length === 0 ||
    shape.join() === "1" && (declared === null || declared.length === 0);
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
    // Which inputs a branch needs is known once it is known which is taken.
    const isOpen = [...needed.values()].some(({ op }) => op === "Merge");
    if (!fed.has(name) && !isOpen) throw notFed(name, { shape, dtype });
  }
}

function notFed(
  name: string,
  { shape, dtype }: Pick<GraphInput, "shape" | "dtype">,
): UsageError {
  const sizes = shape?.map((size) => size < 0 ? "?" : size).join(", ");
  const known = sizes === undefined ? "" : ` of shape [${sizes}]`;
  const setting = dtype === "bool"
    ? `--set ${name}=false or `
    : shape === null || shape.length === 0
    ? `--set ${name}=NUMBER or `
    : "";
  return new UsageError(
    `Input "${name}"${known} is not fed: add ${setting}--feed ${name}:0=FILE.npy`,
  );
}

function notAnArray(
  input: string,
  needed: ReadonlyMap<string, NodeDef>,
): UsageError {
  const resize = [...needed.values()].find((node) =>
    node.op === "ResizeBilinear" || resampleAttributesOf(node)
  );
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
    if (!value) throw notFed(name, { shape: tensor.shape, dtype: "" });
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
