/**
 * Graph -> Graph: the nodes of a backward pass, appended to those of the forward
 * one. Each op's rule says how to go back through it.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import type { Graph, Node, NodeOf, OpName, Shape } from "../graph/ir.ts";
import { type Backward, type OpRule, rules } from "../graph/ops/mod.ts";
import { GrowingGraph } from "../graph/growing_graph.ts";

/** What {@linkcode appendGradients} makes. */
export interface Differentiated {
  /** The graph with the backward nodes after all others; its outputs are as they were. */
  readonly graph: Graph;
  /** The name of each variable's gradient, shaped as the variable. */
  readonly gradients: ReadonlyMap<string, string>;
}

/**
 * Appends what computes the gradients of variables. Where several nodes read a
 * tensor, their gradients are added up, the last node's first. Only what lies
 * between the variables and the loss is differentiated, so that layers before
 * the first variable cost nothing and keep no activations.
 *
 * @param seeds For tensors of the graph, the name of the loss's gradient with
 * respect to each.
 * @throws {InputError} that names the node, if the way leads through an op
 * without a gradient, or that names a variable that no seed depends on.
 */
export function appendGradients(
  graph: Graph,
  { seeds, variables }: {
    seeds: ReadonlyMap<string, string>;
    variables: readonly string[];
  },
): Differentiated {
  const growing = new GrowingGraph(graph);
  const sums = new GradientSums(growing, seeds);
  const wanted = dependents(graph, variables);
  const wants = (name: string): boolean => wanted.has(name);
  refuseViews(graph, wanted);
  for (const node of graph.nodes.toReversed()) {
    if (!node.inputs.some(wants)) continue;
    const outputGradient = sums.of(node.outputs[0]);
    if (outputGradient === undefined) continue;
    const gradients = goBack(node, { growing, wants, outputGradient });
    for (const [at, gradient] of gradients.entries()) {
      if (gradient !== undefined) sums.add(node.inputs[at], gradient);
    }
  }
  const gradients = new Map(variables.map((name) => {
    const gradient = sums.of(name);
    if (gradient !== undefined) return [name, gradient];
    throw new InputError(
      `The loss does not depend on "${name}": freeze it, or choose logits after it`,
    );
  }));
  return { graph: growing.finish(...graph.outputs), gradients };
}

/** A bug, not bad input: a range of channels is not stored as backward nodes read it. */
function refuseViews(graph: Graph, wanted: ReadonlySet<string>): void {
  for (const name of wanted) {
    if (graph.tensors.get(name)?.view) {
      throw new Error(`Tensor "${name}" was joined in place before training`);
    }
  }
}

/** The variables and all that depends on them. */
function dependents(graph: Graph, variables: readonly string[]): Set<string> {
  const found = new Set(variables);
  for (const { inputs, outputs } of graph.nodes) {
    if (!inputs.some((name) => found.has(name))) continue;
    for (const name of outputs) found.add(name);
  }
  return found;
}

/** Gradients of tensors, each a sum that grows. */
class GradientSums {
  readonly #growing: GrowingGraph;
  readonly #sums: Map<string, string>;

  constructor(growing: GrowingGraph, seeds: ReadonlyMap<string, string>) {
    this.#growing = growing;
    this.#sums = new Map(seeds);
  }

  of(tensor: string): string | undefined {
    return this.#sums.get(tensor);
  }

  add(tensor: string, gradient: string): void {
    const sum = this.#sums.get(tensor);
    if (sum === undefined) {
      this.#sums.set(tensor, gradient);
      return;
    }
    const [total] = this.#growing.append({
      op: "binary",
      inputs: [sum, gradient],
      attributes: { function: "add", activation: "none" },
    }, { name: `gradient of ${tensor}` });
    this.#sums.set(tensor, total);
  }
}

function goBack<K extends OpName>(
  node: NodeOf<K>,
  { growing, wants, outputGradient }: {
    growing: GrowingGraph;
    wants: (name: string) => boolean;
    outputGradient: string;
  },
): readonly (string | undefined)[] {
  const rule: OpRule<K> = rules[node.op];
  if (typeof rule.gradient === "string") {
    throw new InputError(
      `Cannot train through node "${node.name}" (${node.op}): the op has no gradient; freeze what is before it`,
    );
  }
  const to: Backward = {
    outputGradient,
    wants,
    shape: (name) => growing.shape(name),
    tensor: (name) => growing.tensor(name),
    add(added, shape?: Shape) {
      const name = `${node.name} (${added.op})`;
      return growing.append(added, { name, shape })[0];
    },
    addAll: (added) =>
      growing.append(added, { name: `${node.name} (${added.op})` }),
    constant: (shape, read) =>
      growing.constant(`${node.name} (gradient's constant)`, { shape, read }),
  };
  return rule.gradient(node, to);
}

/** Nodes that training cannot go back through, of those between the variables and the outputs. */
export function undifferentiable(
  graph: Graph,
  variables: readonly string[],
): Node[] {
  const wanted = dependents(graph, variables);
  return graph.nodes.filter((node) =>
    typeof rules[node.op].gradient === "string" &&
    node.inputs.some((name) => wanted.has(name))
  );
}
