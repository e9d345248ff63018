/**
 * A frozen graph for pictures of another size than it was frozen for.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { parseTensorName } from "./names.ts";
import type { GraphDef, NodeDef, PartialShape } from "./graphdef.ts";
import { importGraph } from "./import.ts";
import { type Graph, type Node, tensorOf } from "./ir.ts";

/** Height and width of pictures that a placeholder takes, if it is square and known. */
export function declaredSize(
  graphDef: GraphDef,
  input: string,
): number | undefined {
  const { node: name } = parseTensorName(input);
  const node = graphDef.nodes.find((candidate) => candidate.name === name);
  const shape = node && declaredShape(node);
  if (shape?.length !== 4) return undefined;
  const [, height, width] = shape;
  return height === width && height > 0 ? height : undefined;
}

/**
 * The graph with another height and width in the shape of a placeholder for
 * pictures, where both are known and equal. A graph whose head averages over all
 * places takes any size; whether it does, {@linkcode checkResized} finds out.
 */
export function resizeInput(
  graphDef: GraphDef,
  { input, size }: { readonly input: string; readonly size: number },
): GraphDef {
  const declared = declaredSize(graphDef, input);
  if (declared === undefined || declared === size) return graphDef;
  const { node: name } = parseTensorName(input);
  return {
    ...graphDef,
    nodes: graphDef.nodes.map((node) =>
      node.name === name ? withSize(node, size) : node
    ),
  };
}

/**
 * Holds a graph that {@linkcode resizeInput} made to what it was before: a
 * picture stays one row of each tensor, and an average over all places one over
 * all. A reshape or a window with a size written into it may do something else,
 * and nothing after it would notice.
 *
 * @throws {InputError} that names the first node that is made for one size
 */
export function checkResized(
  { declared, resized }: {
    readonly declared: GraphDef;
    readonly resized: GraphDef;
  },
  { input, outputs }: {
    readonly input: string;
    readonly outputs: readonly string[];
  },
): void {
  const [from, to] = [declared, resized].map((graphDef) =>
    declaredSize(graphDef, input)
  );
  if (from === undefined || from === to) return;
  const before = importGraph(declared, { outputs });
  const after = importResized(() => importGraph(resized, { outputs }), from);
  checkSameRows({ before, after }, { from, to: to ?? from });
}

function remedyFor(size: number): string {
  return `was frozen for pictures of ${size}x${size}: use ` +
    `--input-size ${size}, or a --bottleneck-tensor before it`;
}

/**
 * {@linkcode checkResized} of what was imported at two sizes.
 *
 * @throws {InputError} likewise
 */
export function checkSameRows(
  { before, after }: { readonly before: Graph; readonly after: Graph },
  { from, to }: { readonly from: number; readonly to: number },
): void {
  const remedy = remedyFor(from);
  for (const node of after.nodes) {
    const [name] = node.outputs;
    if (!before.tensors.has(name)) continue;
    const shapes = [before, after].map((graph) => tensorOf(graph, name).shape);
    const [[batch], [rows]] = shapes;
    const does = batch !== rows
      ? `makes [${shapes[1].join(", ")}]`
      : isOverAll(node, before) && !isOverAll(node, after)
      ? "no longer averages over all places"
      : undefined;
    if (does === undefined) continue;
    throw new InputError(
      `Node "${node.name}" (${node.op}) ${does} of one picture of ${to}x${to}; it ${remedy}`,
    );
  }
}

/** Whether a node averages over a window as large as its image. */
function isOverAll(node: Node, graph: Graph): boolean {
  if (node.op !== "avg_pool") return false;
  const [, height, width] = tensorOf(graph, node.inputs[0]).shape;
  const { window } = node.attributes;
  return window.height === height && window.width === width;
}

/** Imports at another size than the graph was frozen for; what fails says so. */
export function importResized(importIt: () => Graph, from: number): Graph {
  try {
    return importIt();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${error.message}; the graph ${remedyFor(from)}`, {
      cause: error,
    });
  }
}

function withSize(node: NodeDef, size: number): NodeDef {
  const [batch, , , ...channels] = declaredShape(node) ?? [];
  const attributes = new Map(node.attributes);
  attributes.set("shape", {
    kind: "shape",
    value: [batch, size, size, ...channels],
  });
  return { ...node, attributes };
}

function declaredShape({ op, attributes }: NodeDef): PartialShape {
  const shape = op === "Placeholder" ? attributes.get("shape") : undefined;
  return shape?.kind === "shape" ? shape.value : null;
}
