import { InputError, UsageError } from "../errors.ts";
import {
  dataTypes,
  type Graph,
  type GraphDef,
  importGraph,
  knownShapes,
  neededNodes,
  type Node,
  type NodeDef,
  nodeOfTensor,
  type Shape,
  type Tensor,
  tensorOf,
} from "../graph/mod.ts";

/** Values that are fed, row-major. */
export interface FedTensor {
  /** Dimensions, outermost first. */
  readonly shape: Shape;
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

/**
 * Imports what the fetches need, and checks that the feeds are what it needs.
 *
 * @throws {InputError} if the graph cannot be imported, {@linkcode UsageError}
 * if a feed is missing or of another shape.
 */
export function importFed(
  graphDef: GraphDef,
  { feeds, fetches }: {
    readonly feeds: ReadonlyMap<string, FedTensor>;
    readonly fetches: readonly string[];
  },
): FedGraph {
  const byNode = feedsByNode(feeds);
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
  const imported = importGraph(graphDef, { outputs: fetches, inputs });
  const fed = bindFeeds(withoutCasts(imported), byNode);
  checkShapeFetches(graphDef, { ...fed, fetches, cuts });
  return fed;
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
  for (const [name, { op, attributes }] of needed) {
    if (op !== "Placeholder") continue;
    const dtype = attributes.get("dtype");
    if (dtype?.kind === "type" && dtype.value === dataTypes.string) {
      throw notAnArray(name, needed);
    }
    if (fed.has(name)) continue;
    const shape = attributes.get("shape");
    const known = shape?.kind === "shape" && shape.value
      ? ` of shape [${
        shape.value.map((size) => size < 0 ? "?" : size).join(", ")
      }]`
      : "";
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
  try {
    return knownShapes(graphDef);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return new Map();
  }
}

/** Whole numbers are uploaded as floats already, bytes too: their casts are no work. */
function withoutCasts(graph: Graph): Graph {
  const tensors = [...graph.tensors].map(([name, tensor]): [string, Tensor] => [
    name,
    tensor.dtype === "u8" && !tensor.constant
      ? { ...tensor, dtype: "f32" }
      : tensor,
  ]);
  return {
    ...graph,
    tensors: new Map(tensors),
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
        `"${most.tensor.name}" is fed with ${repeats} images, "${tensor.name}" with ${times}: feed as many of each`,
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
