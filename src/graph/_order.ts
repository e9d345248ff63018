/** An order in which a graph can be evaluated. */
import { InputError } from "../errors.ts";
import { dataInputs } from "./_names.ts";
import type { NodeDef } from "./graphdef.ts";

/** What limits the walk. */
export interface OrderOptions {
  /** Nodes whose inputs are not followed, because their value is given. */
  readonly cuts?: ReadonlySet<string>;
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
  options: OrderOptions = {},
): NodeDef[] {
  const order: NodeDef[] = [];
  const finished = new Set<NodeDef>();
  const open = new Set<NodeDef>();
  const stack: { node: NodeDef; inputs: NodeDef[]; next: number }[] = [];
  const enter = (node: NodeDef) => {
    if (finished.has(node)) return;
    if (open.has(node)) {
      throw new InputError(
        `The graph has a cycle through node "${node.name}" (op "${node.op}"); freeze it for inference, without loops`,
      );
    }
    open.add(node);
    const inputs = options.cuts?.has(node.name) ? [] : inputNodes(nodes, node);
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
): NodeDef[] {
  return dataInputs(node).map((name) => {
    const input = nodes.get(name.node);
    if (!input) {
      throw new InputError(
        `Cannot import node "${node.name}" (op "${node.op}"): its input "${name.node}" is not in the graph`,
      );
    }
    return input;
  });
}
