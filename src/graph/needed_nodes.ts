import type { GraphDef, NodeDef } from "./graphdef.ts";

/** The node of a tensor's name: `pool:0` is output 0 of `pool`. */
export function nodeOfTensor(name: string): string {
  return name.replace(/:\d+$/, "");
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
  const open = outputs.map(nodeOfTensor);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const node = nodes.get(name);
    if (!node || needed.has(name)) continue;
    needed.set(name, node);
    if (cuts.has(name)) continue;
    const inputs = node.inputs.filter((input) => !input.startsWith("^"));
    open.push(...inputs.map(nodeOfTensor));
  }
  return needed;
}
