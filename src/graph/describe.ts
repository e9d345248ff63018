/**
 * What there is to see in a graph that may not be importable as a whole.
 *
 * @module
 */
import {
  dataInputs,
  evaluationOrder,
  nodeNamed,
  nodesByName,
} from "./names.ts";
import type { GraphDef, NodeDef } from "./graphdef.ts";
import { findResampling } from "./find_resampling.ts";
import { GraphBuilder, isSupported } from "./graph_builder.ts";
import type { ImportOptions } from "./import.ts";
import {
  elementCount,
  type Graph,
  type Node,
  type Shape,
  tensorOf,
} from "./ir.ts";
import type { LayerNumbers } from "./keras_layers.ts";

/** How many nodes there are of each op, the most frequent first. */
export function countOps(graphDef: GraphDef): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { op } of graphDef.nodes) {
    counts.set(op, (counts.get(op) ?? 0) + 1);
  }
  return new Map([...counts].sort((a, b) => b[1] - a[1]));
}

/**
 * Nodes that cannot be imported, whatever is before them; those in branches that are
 * not taken are left out. A graph may run without them.
 *
 * @throws {InputError} if the graph is damaged.
 */
export function unsupportedNodes(
  graphDef: GraphDef,
  options: Pick<ImportOptions, "inputs"> = {},
): { name: string; op: string }[] {
  const builder = importWhatIsPossible(graphDef, options);
  const { inner } = findResampling(graphDef) ?? {};
  return graphDef.nodes
    .filter(({ name }) => !inner?.has(name))
    .filter(({ op }) => !["NoOp", "Placeholder"].includes(op))
    .filter(({ name, op }) =>
      builder.failures.has(name) ||
      !builder.isSettled(name) && !isSupported(op)
    )
    .map(({ name, op }) => ({ name, op }));
}

/** Names of the nodes that are fed, in the order of the file. */
export function placeholderNames(graphDef: GraphDef): string[] {
  return graphDef.nodes
    .filter(({ op }) => op === "Placeholder")
    .map(({ name }) => name);
}

/**
 * Names of the nodes that no other one reads, constants and placeholders left
 * out: what the graph is for.
 */
export function outputNames(graphDef: GraphDef): string[] {
  const read = new Set(
    graphDef.nodes.flatMap((node) => dataInputs(node).map(({ node }) => node)),
  );
  // What only tells an order, as the branches of a condition have it.
  const waitedFor = new Set(
    graphDef.nodes.flatMap(({ inputs }) =>
      inputs.flatMap((name) => name.startsWith("^") ? [name.slice(1)] : [])
    ),
  );
  const ops = new Map(graphDef.nodes.map(({ name, op }) => [name, op]));
  const isSource = (node: NodeDef) => {
    const { op, name } = node;
    const [source] = dataInputs(node);
    const isBranch = op === "Identity" && source !== undefined &&
      ops.get(source.node) === "Switch";
    return ["Const", "Placeholder", "PlaceholderWithDefault", "NoOp"]
      .includes(op) ||
      isBranch || op === "Switch" && waitedFor.has(name);
  };
  return graphDef.nodes
    .filter((node) => !read.has(node.name) && !isSource(node))
    .map(({ name }) => name);
}

/** A tensor with its shape. */
export interface NamedShape {
  /** The name in our graph. */
  readonly name: string;
  /** Dimensions, outermost first. */
  readonly shape: Shape;
}

/**
 * Tensors that are likely to serve as features, the likeliest first: one
 * vector an image (`[n, c]` or `[n, 1, 1, c]`), computed from the input, and
 * not yet past the last dense layer, which is taken to be the classifier.
 * What cannot be imported is left out.
 *
 * @throws {InputError} if the graph is damaged.
 */
export function likelyBottlenecks(
  graphDef: GraphDef,
  options: Pick<ImportOptions, "inputs"> = {},
): NamedShape[] {
  const builder = importWhatIsPossible(graphDef, options);
  const fed = new Set(builder.inputs);
  const isVector = (name: string) => {
    const { shape } = tensorOf(builder, name);
    const channels = shape.at(-1) ?? 0;
    return fed.has(name) && channels > 1 &&
      shape.every((size) => size > 0) &&
      (shape.length === 2 || shape.length === 4) &&
      elementCount(shape.slice(1, -1)) === 1;
  };
  const vectors: Node[] = [];
  const classifiers: Node[] = [];
  for (const node of builder.nodes) {
    if (!node.inputs.some((name) => fed.has(name))) continue;
    for (const name of node.outputs) fed.add(name);
    const isDense = node.op === "matmul" ||
      (node.op === "conv2d" && isVector(node.inputs[0]));
    if (isDense) classifiers.push(node);
    if (isVector(node.outputs[0])) vectors.push(node);
  }
  const classifier = classifiers.at(-1);
  const beyond = classifier
    ? descendants(builder.nodes, classifier)
    : new Set<string>();
  // Names of TensorFlow's have no spaces, and first outputs no number.
  return vectors.map(({ outputs }) => outputs[0])
    .filter((name) => !beyond.has(name) && !/ |:\d+$/.test(name))
    .map((name) => ({ name, shape: tensorOf(builder, name).shape }))
    .toReversed();
}

/** Names of all tensors that depend on a node. */
function descendants(nodes: readonly Node[], from: Node): Set<string> {
  const names = new Set(from.outputs);
  for (const node of nodes) {
    if (!node.inputs.some((name) => names.has(name))) continue;
    for (const name of node.outputs) names.add(name);
  }
  return names;
}

/**
 * Shapes of all values that can be worked out, by TensorFlow's node name.
 *
 * @throws {InputError} if the graph is damaged.
 */
export function knownShapes(
  graphDef: GraphDef,
  options: Pick<ImportOptions, "inputs"> = {},
): Map<string, Shape> {
  const builder = importWhatIsPossible(graphDef, options);
  return new Map(
    [...builder.values].map(([name, { shape }]) => [name, shape]),
  );
}

/** Imports node by node, leaving out what fails or runs in a loop, and what depends on it. */
function importWhatIsPossible(
  graphDef: GraphDef,
  options: Pick<ImportOptions, "inputs">,
): GraphBuilder {
  const nodes = nodesByName(graphDef);
  const resampling = findResampling(graphDef);
  if (resampling) {
    nodes.set(resampling.node.name, resampling.node);
    for (const name of resampling.inner) nodes.delete(name);
  }
  const shapes = new Map(
    Object.entries(options.inputs ?? {}).map(([name, shape]) =>
      [nodeNamed(nodes, name).name, shape] as const
    ),
  );
  const builder = new GraphBuilder({ ...graphDef, nodes }, shapes);
  const order = evaluationOrder(nodes, nodes.values(), { isTolerant: true });
  for (const node of order) builder.import(node);
  return builder;
}

/** A node that holds weights. */
export interface GraphLayer {
  /** From 1. */
  readonly number: number;
  /** Its name. */
  readonly name: string;
  /** Which operation. */
  readonly op: string;
  /** Of the output. */
  readonly shape: Shape;
  /** Weights, biases among them. */
  readonly parameters: number;
}

/**
 * The layers of a graph in the order of computation, numbered as `inspect` and
 * `--freeze-until` count them; single numbers are no weights, and neither is
 * what prepares pixels. By `numbers` they are numbered and listed otherwise, those
 * that it does not know behind the others.
 */
export function layersOf(graph: Graph, numbers?: LayerNumbers): GraphLayer[] {
  const layers = inOrder(graph);
  if (!numbers) return layers;
  let last = numbers.count;
  return layers.map((layer) => ({
    ...layer,
    number: numbers.of(layer.name) ?? ++last,
  })).toSorted((a, b) => a.number - b.number);
}

function inOrder(graph: Graph): GraphLayer[] {
  const layers: GraphLayer[] = [];
  for (const { name, op, inputs, outputs } of graph.nodes) {
    const weights = inputs.map((input) => tensorOf(graph, input))
      .filter(({ constant, variable, shape }) =>
        (constant ?? variable) !== undefined && shape.length > 0 &&
        !constant?.preparesPixels
      );
    if (weights.length === 0) continue;
    // What an image has several of is one layer, too.
    const known = layers.findIndex((layer) => layer.name === name);
    const parameters = weights.reduce(
      (sum, { shape }) => sum + elementCount(shape),
      0,
    );
    if (known >= 0) {
      const layer = layers[known];
      layers[known] = {
        ...layer,
        parameters: layer.parameters + parameters,
      };
      continue;
    }
    layers.push({
      number: layers.length + 1,
      name,
      op,
      shape: tensorOf(graph, outputs[0]).shape,
      parameters,
    });
  }
  return layers;
}
