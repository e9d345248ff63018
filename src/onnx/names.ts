/** Names of tensors as users give them, and what the ends of a network are. */
import { InputError } from "../errors.ts";
import { nodeOfTensor } from "../graph/names.ts";
import { nodeNameOf } from "../graph/to_graphdef.ts";
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxValue } from "./model.ts";

/** Inputs that are fed: old files list weights among them. */
export function fedInputs({ inputs, initializers }: OnnxGraph): OnnxValue[] {
  const given = new Set(initializers.map(({ name }) => name));
  return inputs.filter(({ name }) => !given.has(name));
}

/** What some tensors need: nodes and tensors, those after the `cuts` only. */
export function neededOnnx(
  { nodes }: Pick<OnnxGraph, "nodes">,
  { outputs, cuts }: {
    readonly outputs: readonly string[];
    /** Tensors whose value is given. */
    readonly cuts: ReadonlySet<string>;
  },
): {
  readonly nodes: ReadonlySet<OnnxNode>;
  readonly names: ReadonlySet<string>;
} {
  const producers = producersOf(nodes);
  const needed = { nodes: new Set<OnnxNode>(), names: new Set<string>() };
  const open = [...outputs];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (needed.names.has(name)) continue;
    needed.names.add(name);
    const node = cuts.has(name) ? undefined : producers.get(name);
    if (!node || needed.nodes.has(node)) continue;
    needed.nodes.add(node);
    open.push(...node.inputs);
  }
  return needed;
}

/**
 * Which node makes each tensor.
 *
 * @throws {InputError} if two make one
 */
export function producersOf(
  nodes: readonly OnnxNode[],
): Map<string, OnnxNode> {
  const producers = new Map<string, OnnxNode>();
  for (const node of nodes) {
    for (const name of node.outputs) {
      if (name === "") continue;
      if (producers.has(name)) {
        throw new InputError(
          `The model makes tensor "${name}" twice; the file is damaged`,
        );
      }
      producers.set(name, node);
    }
  }
  return producers;
}

/**
 * The model's name of a tensor that a user names, with or without `:0`, or as a frozen
 * graph would have it; the name itself where there is none such.
 */
export function tensorNamed(
  { inputs, nodes }: Pick<OnnxGraph, "inputs" | "nodes">,
  name: string,
): string {
  const names = [
    ...inputs.map(({ name }) => name),
    ...nodes.flatMap(({ outputs }) => outputs),
  ].filter((name) => name !== "");
  const plain = nodeOfTensor(name);
  return names.find((one) => one === name) ??
    names.find((one) => one === plain) ??
    names.find((one) => nodeNameOf(one) === plain) ?? name;
}

/** Ops that only change how scores look. */
const plumbing: ReadonlySet<string> = new Set(
  ("Softmax LogSoftmax Sigmoid Identity Cast Dropout Reshape Squeeze Unsqueeze " +
    "Flatten Transpose ArgMax TopK Add Mul Clip").split(" "),
);

/** Ops whose products a classifier is made of. */
const products: ReadonlySet<string> = new Set(["Gemm", "MatMul", "Conv"]);

/**
 * Tensors that are likely to be features, the likeliest first: what the last dense
 * layer reads, and what comes out.
 */
export function likelyFeatures(graph: OnnxGraph): string[] {
  const [output] = graph.outputs;
  if (!output) return [];
  const producers = producersOf(graph.nodes);
  // The last is the likeliest; a circle comes to where it was.
  const found = new Set([output.name]);
  for (const name of found) {
    const node = producers.get(name);
    const source = node?.inputs.find((input) => producers.has(input));
    if (!node || source === undefined) break;
    if (!products.has(node.op) && !plumbing.has(node.op)) break;
    found.add(source);
    if (products.has(node.op)) break;
  }
  return [...found].reverse();
}

/** What may lie between a convolution into classes and their probabilities. */
const afterClasses: ReadonlySet<string> = new Set([
  ...plumbing,
  ...["Relu", "GlobalAveragePool", "AveragePool", "ReduceMean"],
]);

/** How many classes ImageNet has, without and with a background; no features are as many. */
const imageNetClasses: ReadonlySet<number> = new Set([1000, 1001]);

/**
 * The model with the means of what its classifier reads, where that is a convolution
 * of single pixels (SqueezeNet's), whose classes are averaged after it; undefined
 * where it is not.
 */
export function withMeansOfClassified(
  model: OnnxModel,
): { readonly model: OnnxModel; readonly means: string } | undefined {
  const { graph } = model;
  const read = classifiedMap(graph);
  if (read === undefined) return undefined;
  const means = `${read}/means`;
  const node: OnnxNode = {
    ...{ name: means, op: "GlobalAveragePool", domain: "" },
    ...{ inputs: [read], outputs: [means], attributes: new Map() },
  };
  const nodes = [...graph.nodes, node];
  return { model: { ...model, graph: { ...graph, nodes } }, means };
}

/** What a convolution into classes reads. */
function classifiedMap(graph: OnnxGraph): string | undefined {
  const producers = producersOf(graph.nodes);
  const passed = new Set<string>();
  let name = graph.outputs[0]?.name ?? "";
  // A circle ends where it comes to what was passed.
  for (
    let node = producers.get(name);
    node && !passed.has(name);
    node = producers.get(name)
  ) {
    if (node.op === "Conv") {
      return mapBefore(graph, { node, passed, producers });
    }
    const sources = node.inputs.filter((input) =>
      (producers.get(input)?.op ?? "Constant") !== "Constant"
    );
    if (!afterClasses.has(node.op) || sources.length !== 1) return undefined;
    passed.add(name);
    name = sources[0];
  }
}

/** What a convolution reads, if it is one into classes. */
function mapBefore(
  { initializers }: OnnxGraph,
  { node, passed, producers }: {
    readonly node: OnnxNode;
    /** The tensors after it. */
    readonly passed: ReadonlySet<string>;
    readonly producers: ReadonlyMap<string, OnnxNode>;
  },
): string | undefined {
  const [read, filter] = node.inputs;
  const { shape = [] } = initializers.find(({ name }) => name === filter) ?? {};
  const [classes = 0, , height, width] = shape;
  const ops = [...passed].map((name) => producers.get(name)?.op);
  const isAveraged = ops.some((op) => op !== "Relu" && !plumbing.has(op ?? ""));
  const isClasses = imageNetClasses.has(classes) || ops.includes("Softmax");
  return height === 1 && width === 1 && isAveraged && isClasses
    ? read
    : undefined;
}
