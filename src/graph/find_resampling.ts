/**
 * Pillow's resampling in a graph that was exported here: its nodes are known
 * again as one, so that pictures are resized on the GPU as they were for the run.
 *
 * @module
 */
import type { GraphDef, NodeDef } from "./graphdef.ts";
import { evaluationOrder } from "./names.ts";
import { resampleAttributesOf, resampleOp } from "./ops/resample.ts";
import { resampleNodes } from "./resample_nodes.ts";

/** A resampling, and the nodes that compute it. */
export interface FoundResampling {
  /** Stands for all of them, by the name of the last. */
  readonly node: NodeDef;
  /** Names of those before the last. */
  readonly inner: ReadonlySet<string>;
}

/** A graph is looked through several times. */
const found = new WeakMap<GraphDef, { readonly only?: FoundResampling }>();

/**
 * The resampling of a graph, if it has one that is, node by node, what
 * `resampleNodes()` makes of what its last node says; a graph that says so of
 * several nodes is none of ours.
 */
export function findResampling(
  graphDef: GraphDef,
): FoundResampling | undefined {
  const { only } = found.getOrInsertComputed(graphDef, () => {
    const marked = graphDef.nodes.filter(resampleAttributesOf);
    if (marked.length !== 1) return {};
    const only = wholeOf(graphDef, marked[0]);
    return only ? { only } : {};
  });
  return only;
}

function wholeOf(
  { nodes }: GraphDef,
  last: NodeDef,
): FoundResampling | undefined {
  const attributes = resampleAttributesOf(last);
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const { name } = last;
  const image = byName.get(`${name}/picture/shape`)?.inputs[0];
  if (!attributes || image === undefined) return undefined;
  const { resampling, ...size } = attributes;
  const made = resampleNodes(image, { ...resampling, ...size, name });
  const byMadeName = new Map(made.map((node) => [node.name, node]));
  const needed = evaluationOrder(byMadeName, made.slice(-1), {
    isTolerant: true,
  });
  const isWhole = needed.every((node) => {
    const same = byName.get(node.name);
    return same !== undefined && textOf(plain(same, node)) === textOf(node);
  });
  if (!isWhole) return undefined;
  return {
    node: { ...last, op: resampleOp, inputs: [image] },
    inner: new Set(needed.slice(0, -1).map((node) => node.name)),
  };
}

/** What TensorFlow adds to nodes that it reads and writes again, where it is false. */
const added: ReadonlySet<string> = new Set(["Truncate", "grad_a", "grad_b"]);

/** A node without what TensorFlow may have said of it beside what we did. */
function plain(node: NodeDef, made: NodeDef): NodeDef {
  const attributes = [...node.attributes].filter(([name, attribute]) => {
    const isFalse = attribute.kind === "bool" && !attribute.value;
    const isMoot = name.startsWith("_") || isFalse && added.has(name);
    return made.attributes.has(name) || !isMoot;
  });
  return { ...node, attributes: new Map(attributes) };
}

/** All that a node computes, wherever it runs, with its attributes in one order. */
function textOf({ name, op, inputs, attributes }: NodeDef): string {
  const sorted = [...attributes].sort(([a], [b]) => a < b ? -1 : 1);
  return JSON.stringify(
    [name, op, inputs, sorted],
    (_key, value) => value instanceof Uint8Array ? value.toHex() : value,
  );
}
