/**
 * TensorFlow's graph becomes ours.
 *
 * @module
 */
import { firstNotFinite } from "../bytes/finite.ts";
import { InputError } from "../errors.ts";
import { findResampling } from "./find_resampling.ts";
import { foldBlocks } from "./fold_blocks.ts";
import { GraphBuilder } from "./graph_builder.ts";
import type { GraphDef, NodeDef } from "./graphdef.ts";
import { type Graph, removeUnused, type Shape, type Tensor } from "./ir.ts";
import {
  evaluationOrder,
  nodeNamed,
  nodesByName,
  parseTensorName,
  tensorKey,
} from "./names.ts";
import { importError } from "./ops/_attributes.ts";

/** What to import. */
export interface ImportOptions {
  /** Names of tensors, with or without `:0`; only what they need is imported. */
  readonly outputs: readonly string[];
  /**
   * Shapes of inputs by tensor name. A placeholder takes from it the sizes that
   * the file leaves open, except for the batch; any other tensor becomes an
   * input of exactly that shape, and what is before it is left out.
   */
  readonly inputs?: Readonly<Record<string, Shape>>;
  /** Whether placeholders take the batch from there, too, where the file leaves it open [false]. */
  readonly takesBatch?: boolean;
}

/**
 * Imports the part of a frozen graph that some of its tensors need, at the
 * batch it was frozen with (1 where the file leaves it open). Arithmetic on
 * shapes is done; `Identity` and the like are gone.
 *
 * `graph.outputs[i]` is what `options.outputs[i]` has become: an input, a
 * constant or another tensor's name where the node vanished.
 *
 * @throws {InputError} for anything missing, damaged or unsupported; the
 * message names the node and its op.
 */
export function importGraph(
  graphDef: GraphDef,
  options: ImportOptions,
): Graph {
  if (options.outputs.length === 0) {
    throw new InputError("No output tensor is named; name one");
  }
  const nodes = nodesByName(graphDef);
  const resampling = findResampling(graphDef);
  if (resampling) nodes.set(resampling.node.name, resampling.node);
  const outputs = options.outputs.map((name) => ({
    node: nodeNamed(nodes, name),
    key: tensorKey(parseTensorName(name)),
  }));
  const shapes = new Map<string, Shape>();
  for (const [name, shape] of Object.entries(options.inputs ?? {})) {
    checkGivenShape(name, shape);
    shapes.set(nodeNamed(nodes, name).name, shape);
  }
  const builder = new GraphBuilder({ ...graphDef, nodes }, shapes, options);
  const cuts = new Set(shapes.keys());
  const roots = outputs.map(({ node }) => node);
  for (const node of evaluationOrder(nodes, roots, { cuts })) {
    builder.import(node);
  }
  const names = outputs.map(({ node, key }) => builder.output(node, key).name);
  for (const name of shapes.keys()) {
    const node = nodes.get(name);
    const isReached = builder.inputs.includes(name);
    if (!isReached && node) {
      const kind = node.op === "Placeholder" ? "Input" : "Tensor";
      throw new InputError(
        `${kind} "${name}" does not lead to output "${
          options.outputs.join(", ")
        }"; choose another one`,
      );
    }
  }
  // Arithmetic on shapes is done, and what only served it goes.
  const graph = foldBlocks(
    removeUnused(withoutUnread(builder.finish(...names), shapes)),
  );
  for (const tensor of graph.tensors.values()) checkFinite(tensor, nodes);
  return graph;
}

/** The graph without inputs that only a branch reads which is not taken. */
function withoutUnread(
  graph: Graph,
  given: ReadonlyMap<string, Shape>,
): Graph {
  const { nodes } = removeUnused(graph);
  const read = new Set([
    ...graph.outputs,
    ...nodes.flatMap((node) => node.inputs),
  ]);
  const inputs = graph.inputs.filter((name) =>
    given.has(name) || read.has(name)
  );
  return { ...graph, inputs };
}

/** A file is imported several times, from one end to another. */
const foundFinite = new WeakSet<NodeDef>();

/**
 * Throws for a weight that is not finite: what a driver makes of NaN is its own
 * affair, and an activation may hide it.
 */
function checkFinite(
  { name, constant }: Tensor,
  nodes: ReadonlyMap<string, NodeDef>,
): void {
  const node = nodes.get(name);
  if (!constant || !node || foundFinite.has(node)) return;
  const data = constant.read();
  const at = data instanceof Float32Array ? firstNotFinite(data) : undefined;
  if (at === undefined) {
    foundFinite.add(node);
    return;
  }
  throw importError(
    node,
    `value ${at} of its ${data.length} is ${
      data[at]
    }, expected finite 32-bit floats; export the graph from sound weights`,
  );
}

/**
 * Throws unless a shape that the caller gives is usable.
 *
 * @param name The input, for the message.
 */
function checkGivenShape(name: string, shape: Shape): void {
  if (!shape.every((size) => Number.isInteger(size) && size >= 1)) {
    throw new InputError(
      `The shape [${
        shape.join(", ")
      }] given for input "${name}" is not usable, expected whole numbers of 1 and more`,
    );
  }
}
