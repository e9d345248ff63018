/**
 * What there is to know of a frozen graph before it runs, even of one that
 * cannot run as a whole.
 *
 * @module
 */
import { programFlops } from "../../kernels/mod.ts";
import { InputError, messageOf } from "../errors.ts";
import {
  checkResized,
  countOps,
  dataTypes,
  elementCount,
  type Graph,
  type GraphDef,
  type GraphLayer,
  importGraph,
  kerasLayerNumbers,
  knownShapes,
  type LayerNumbers,
  layersOf,
  likelyBottlenecks,
  type NamedShape,
  neededNodes,
  type NodeDef,
  nodeOfTensor,
  outputNames,
  type PartialShape,
  printGraph,
  resizeInput,
  type Shape,
  unsupportedNodes,
} from "../graph/mod.ts";
import { optimise, splitPreprocessing } from "../passes/mod.ts";
import { planGraph, type Program } from "../plan/mod.ts";

/** How {@linkcode inspectGraph} looks at a graph. */
export interface InspectOptions {
  /** Height and width of pictures [those in the file]. */
  readonly inputSize?: number | undefined;
  /** The tensor to plan up to [the graph's outputs, else the likeliest bottleneck]. */
  readonly output?: string | undefined;
}

/** A tensor that is fed. */
export interface GraphInput {
  /** As in the file, without an output number. */
  readonly name: string;
  /** As in the file, -1 where it is open, null where not even the rank is known. */
  readonly shape: PartialShape;
  /** TensorFlow's name of the element type, or its number. */
  readonly dtype: string;
}

/** What one image costs. */
export interface GraphPlan {
  /** The tensors that the plan computes. */
  readonly outputs: readonly string[];
  /** The graph after all passes, a node a line. */
  readonly graph: string;
  /** What one image runs. */
  readonly program: Program;
  /** Nodes with weights, in the order they run. */
  readonly layers: readonly GraphLayer[];
  /** Floating point operations an image, a multiply-add counted as two. */
  readonly flops: number;
  /** Bytes of activations that are held at once, for one image. */
  readonly scratchBytes: number;
  /** Bytes of weights, as the kernels want them. */
  readonly constantBytes: number;
}

/** What {@linkcode inspectGraph} finds. */
export interface Inspection {
  /** Nodes by op, the most frequent first. */
  readonly ops: ReadonlyMap<string, number>;
  /** Placeholders, in the order of the file. */
  readonly inputs: readonly GraphInput[];
  /** Nodes that no other one reads; the shape where it can be worked out. */
  readonly outputs: readonly {
    readonly name: string;
    readonly shape?: Shape;
  }[];
  /** Numbers in the graph's constants, those of shapes and axes left out. */
  readonly parameters: number;
  /** Nodes that cannot be imported; others may run without them. */
  readonly unsupported: readonly Pick<NodeDef, "name" | "op">[];
  /** Tensors likely to serve as features, the likeliest first. */
  readonly bottlenecks: readonly NamedShape[];
  /** The program, or why there is none. */
  readonly plan: GraphPlan | { readonly refusal: string };
}

/**
 * Describes a frozen graph and plans it for one image; needs no GPU.
 *
 * @throws {InputError} if the graph is damaged: a cycle, a missing input.
 *
 * @example
 * ```ts
 * import { strictEqual } from "@std/assert";
 * import { graphOf, node, placeholder } from "../graph/testing.ts";
 * const graph = graphOf(
 *   placeholder("x", [1, 2]),
 *   node("Softmax", "y", { inputs: ["x"] }),
 * );
 * strictEqual(inspectGraph(graph).outputs[0].name, "y");
 * ```
 */
export function inspectGraph(
  graphDef: GraphDef,
  options: InspectOptions = {},
): Inspection {
  const placeholders = graphDef.nodes.filter(({ op }) => op === "Placeholder");
  const resized = resizeInputs(graphDef, options.inputSize);
  const inputs = shapesOfInputs(resized, options.inputSize);
  const shapes = knownShapes(resized, { inputs });
  const bottlenecks = likelyBottlenecks(resized, { inputs })
    .filter(({ shape }) => shape.every((size) => size > 0));
  const names = resultNames(graphDef);
  const targets = options.output === undefined
    ? [names, ...bottlenecks.slice(0, 1).map(({ name }) => [name])]
    : [[options.output]];
  return {
    ops: countOps(graphDef),
    inputs: placeholders.map(inputOf),
    outputs: names.map((name) => {
      const shape = shapes.get(name);
      return shape ? { name, shape } : { name };
    }),
    parameters: countParameters(graphDef),
    unsupported: unsupportedNodes(resized, { inputs }),
    bottlenecks,
    plan: firstOf(
      targets,
      (outputs) => planFor(resized, { declared: graphDef, outputs, inputs }),
    ),
  };
}

/** What the graph is for: checks of values that nothing reads are not. */
function resultNames(graphDef: GraphDef): string[] {
  const checks = new Set(
    graphDef.nodes.filter(({ op }) => ["CheckNumerics", "Assert"].includes(op))
      .map(({ name }) => name),
  );
  const names = outputNames(graphDef);
  const results = names.filter((name) => !checks.has(name));
  return results.length > 0 ? results : names;
}

/** Element types of weights: shapes, axes and texts are none. */
const numberTypes: ReadonlySet<number> = new Set([
  dataTypes.float,
  dataTypes.double,
  dataTypes.half,
  dataTypes.bfloat16,
  dataTypes.qint8,
  dataTypes.quint8,
  dataTypes.qint32,
]);

function countParameters(graphDef: GraphDef): number {
  let count = 0;
  for (const { op, attributes } of graphDef.nodes) {
    const value = op === "Const" ? attributes.get("value") : undefined;
    if (value?.kind !== "tensor" || !numberTypes.has(value.value.dtype)) {
      continue;
    }
    count += elementCount(value.value.shape ?? []);
  }
  return count;
}

/** What a placeholder takes. */
export function inputOf({ name, attributes }: NodeDef): GraphInput {
  const shape = attributes.get("shape");
  const dtype = attributes.get("dtype");
  const number = dtype?.kind === "type" ? dtype.value : 0;
  const known = Object.entries(dataTypes).find(([, value]) => value === number);
  return {
    name,
    shape: shape?.kind === "shape" ? shape.value : null,
    dtype: known?.[0] ?? String(number),
  };
}

/** Shapes to import pictures with, where the file leaves their size open. */
function shapesOfInputs(
  { nodes }: GraphDef,
  size: number | undefined,
): Record<string, Shape> {
  if (size === undefined) return {};
  const shapes: Record<string, Shape> = {};
  for (const node of nodes.filter(({ op }) => op === "Placeholder")) {
    const { name, shape, dtype } = inputOf(node);
    if (dtype === "string" || (shape && shape.length !== 4)) continue;
    const [, height = -1, width = -1, channels = -1] = shape ?? [];
    shapes[name] = [
      1,
      height < 0 ? size : height,
      width < 0 ? size : width,
      channels < 0 ? 3 : channels,
    ];
  }
  return shapes;
}

function resizeInputs(graphDef: GraphDef, size: number | undefined): GraphDef {
  if (size === undefined) return graphDef;
  return graphDef.nodes.reduce(
    (resized, { name: input }) => resizeInput(resized, { input, size }),
    graphDef,
  );
}

/** The plan up to the first of the targets that can be planned. */
export function firstOf(
  targets: readonly (readonly string[])[],
  plan: (outputs: readonly string[]) => GraphPlan,
): Inspection["plan"] {
  let refusal: string | undefined;
  for (const outputs of targets) {
    try {
      return plan(outputs);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      refusal ??= messageOf(error);
    }
  }
  return { refusal: refusal ?? "The graph has no outputs" };
}

/** A graph, and what is imported of it. */
interface Wanted {
  /** Before its inputs were resized. */
  readonly declared: GraphDef;
  readonly outputs: readonly string[];
  readonly inputs: Readonly<Record<string, Shape>>;
}

/**
 * A graph for one image up to its outputs, from its pictures once they are decoded
 * and resized where it does that itself.
 *
 * @throws {InputError} if it cannot be imported
 */
export function importedGraph(
  declared: GraphDef,
  { inputSize, output }: InspectOptions = {},
): Graph {
  const resized = resizeInputs(declared, inputSize);
  const inputs = shapesOfInputs(resized, inputSize);
  const outputs = output === undefined ? resultNames(declared) : [output];
  return importWanted(resized, { declared, outputs, inputs });
}

function importWanted(
  graphDef: GraphDef,
  { declared, outputs, inputs }: Wanted,
): Graph {
  const needed = neededNodes(graphDef, { outputs, cuts: new Set() });
  const given = Object.entries(inputs)
    .filter(([name]) => needed.has(nodeOfTensor(name)));
  for (const [input] of given) {
    checkResized({ declared, resized: graphDef }, { input, outputs });
  }
  const imported = importGraph(graphDef, {
    outputs,
    inputs: Object.fromEntries(given),
  });
  return splitPreprocessing(imported).graph;
}

function planFor(graphDef: GraphDef, wanted: Wanted): GraphPlan {
  const { outputs } = wanted;
  return planOf(importWanted(graphDef, wanted), {
    outputs,
    numbers: kerasLayerNumbers(graphDef, outputs),
  });
}

/** What one image costs in a graph that is imported. */
export function planOf(
  imported: Graph,
  { outputs, numbers }: Pick<GraphPlan, "outputs"> & {
    /** How its layers are numbered [as they run]. */
    readonly numbers?: LayerNumbers | undefined;
  },
): GraphPlan {
  const graph = optimise(imported);
  const { program, constants } = planGraph(graph, { label: "graph" });
  const bytes = (wanted: (name: string | undefined) => boolean) =>
    program.buffers.filter(({ name }) => wanted(name))
      .reduce((sum, buffer) => sum + buffer.bytes, 0);
  return {
    outputs,
    graph: printGraph(graph),
    program,
    layers: layersOf(graph, numbers),
    flops: programFlops(program),
    scratchBytes: bytes((name) => name === undefined),
    constantBytes: bytes((name) => name !== undefined && constants.has(name)),
  };
}
