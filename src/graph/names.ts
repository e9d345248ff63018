/** Names of nodes and tensors as TensorFlow writes them, and what leads to a tensor. */
import { InputError } from "../errors.ts";
import { editDistance } from "../suggest.ts";
import type { GraphDef, NodeDef } from "./graphdef.ts";

export interface TensorName {
  readonly node: string;
  readonly output: number;
}

/** Splits `node` or `node:1`. */
export function parseTensorName(name: string): TensorName {
  const match = /^(.*):(\d{1,9})$/s.exec(name);
  return match
    ? { node: match[1], output: Number(match[2]) }
    : { node: name, output: 0 };
}

/** How a tensor is looked up: the node's name for its first output. */
export function tensorKey({ node, output }: TensorName): string {
  return output === 0 ? node : `${node}:${output}`;
}

/** Ops whose outputs beside the first can be used. */
const severalOutputs: ReadonlySet<string> = new Set([
  "IdentityN",
  "Split",
  "SplitV",
  "Unpack",
  "Switch",
  "RefSwitch",
  "Merge",
  "RefMerge",
]);

/** The name of a node's first output as the node's: `pool:0` is `pool`. */
export function nodeOfTensor(name: string): string {
  return name.replace(/:0$/, "");
}

/** Inputs that carry values; those that begin with `^` only tell an order. */
export function dataInputs(node: NodeDef): readonly TensorName[] {
  return node.inputs.filter((name) => !name.startsWith("^"))
    .map(parseTensorName);
}

/**
 * The nodes by name.
 *
 * @throws {InputError} if a name is empty or there twice.
 */
export function nodesByName(graphDef: GraphDef): Map<string, NodeDef> {
  const nodes = new Map<string, NodeDef>();
  for (const [index, node] of graphDef.nodes.entries()) {
    if (node.name === "") {
      throw new InputError(
        `Node ${index} of the graph (op "${node.op}") has no name; the file is damaged`,
      );
    }
    if (nodes.has(node.name)) {
      throw new InputError(
        `The graph has two nodes named "${node.name}"; the file is damaged`,
      );
    }
    nodes.set(node.name, node);
  }
  return nodes;
}

/**
 * The node a user names.
 *
 * @throws {InputError} if there is none (with the nearest names), or the output
 * is not the first.
 */
export function nodeNamed(
  nodes: ReadonlyMap<string, NodeDef>,
  name: string,
): NodeDef {
  const parsed = parseTensorName(name);
  const node = nodes.get(parsed.node);
  if (!node) {
    const near = nearestNames(parsed.node, nodes.keys());
    const hint = near.length > 0
      ? `did you mean ${near.map((other) => `"${other}"`).join(" or ")}?`
      : "inspect the file to see its tensors";
    throw new InputError(`The graph has no tensor "${name}"; ${hint}`);
  }
  if (parsed.output !== 0 && !severalOutputs.has(node.op)) {
    throw new InputError(
      `Tensor "${name}" is output ${parsed.output} of op "${node.op}", of which only output 0 can be used`,
    );
  }
  return node;
}

const suggestions = 3;

/** Up to three names that a typing error or a lost prefix may have turned into `name`. */
function nearestNames(name: string, names: Iterable<string>): string[] {
  const limit = Math.max(2, Math.floor(name.length / 3));
  const last = name.slice(name.lastIndexOf("/") + 1).toLowerCase();
  const near: { other: string; distance: number }[] = [];
  for (const other of names) {
    const isPart = last.length > 2 && other.toLowerCase().endsWith(last);
    const isClose = Math.abs(other.length - name.length) <= limit;
    const distance = isClose ? editDistance(name, other) : Infinity;
    if (isPart || distance <= limit) {
      near.push({ other, distance: Math.min(distance, limit + 1) });
    }
  }
  return near.sort((a, b) => a.distance - b.distance)
    .slice(0, suggestions).map(({ other }) => other);
}

/**
 * `roots` and all that they need, each node after its inputs. Iterative: a
 * graph may be a chain of a million nodes.
 *
 * @throws {InputError} on a cycle, or an input that is not there.
 */
export function evaluationOrder(
  nodes: ReadonlyMap<string, NodeDef>,
  roots: Iterable<NodeDef>,
  { cuts, isTolerant = false }: {
    /** Nodes whose inputs are not followed, because their value is given. */
    readonly cuts?: ReadonlySet<string>;
    /** Whether inputs that are not there, or lead round in a circle, are passed over [no]. */
    readonly isTolerant?: boolean;
  } = {},
): NodeDef[] {
  const order: NodeDef[] = [];
  const finished = new Set<NodeDef>();
  const open = new Set<NodeDef>();
  const stack: { node: NodeDef; inputs: NodeDef[]; next: number }[] = [];
  const enter = (node: NodeDef) => {
    if (finished.has(node)) return;
    if (open.has(node)) {
      if (isTolerant) return;
      throw new InputError(
        `The graph has a cycle through node "${node.name}" (op "${node.op}"); freeze it for inference, without loops`,
      );
    }
    open.add(node);
    const inputs = cuts?.has(node.name)
      ? []
      : inputNodes(nodes, node, isTolerant);
    stack.push({ node, inputs, next: 0 });
  };
  for (const root of roots) {
    enter(root);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      if (top.next < top.inputs.length) {
        enter(top.inputs[top.next++]);
        continue;
      }
      stack.pop();
      open.delete(top.node);
      finished.add(top.node);
      order.push(top.node);
    }
  }
  return order;
}

function inputNodes(
  nodes: ReadonlyMap<string, NodeDef>,
  node: NodeDef,
  isTolerant: boolean,
): NodeDef[] {
  return dataInputs(node).flatMap((name) => {
    const input = nodes.get(name.node);
    if (!input) {
      if (isTolerant) return [];
      throw new InputError(
        `Cannot import node "${node.name}" (op "${node.op}"): its input "${name.node}" is not in the graph`,
      );
    }
    return input;
  });
}

/**
 * Nodes that some tensors need, those after the `cuts` only: what is fed needs
 * nothing. Names that the graph does not have are passed over.
 */
export function neededNodes(
  graphDef: GraphDef,
  { outputs, cuts }: {
    readonly outputs: readonly string[];
    readonly cuts: ReadonlySet<string>;
  },
): Map<string, NodeDef> {
  const nodes = new Map(graphDef.nodes.map((node) => [node.name, node]));
  const needed = new Map<string, NodeDef>();
  const open = outputs.map(parseTensorName);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const node = nodes.get(next.node);
    if (!node || needed.has(node.name)) continue;
    needed.set(node.name, node);
    if (!cuts.has(node.name)) open.push(...dataInputs(node));
  }
  return needed;
}
