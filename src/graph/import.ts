/**
 * TensorFlow's graph becomes ours.
 *
 * @module
 */
import { firstNotFinite } from "../bytes/finite.ts";
import { InputError } from "../errors.ts";
import {
  dataInputs,
  evaluationOrder,
  nodeNamed,
  nodesByName,
} from "./names.ts";
import { GrowingGraph } from "./growing_graph.ts";
import type { GraphDef, NodeDef, PartialShape } from "./graphdef.ts";
import {
  type DataType,
  elementCount,
  type Graph,
  type OpName,
  removeUnused,
  type Shape,
  type Tensor,
} from "./ir.ts";
import { importError, quantizedError } from "./ops/_attributes.ts";
import {
  type Imported,
  type ImportedNode,
  importers,
  inferShapes,
  inferType,
  type OpAttributes,
  type OpRule,
  rules,
} from "./ops/mod.ts";

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
  const outputs = options.outputs.map((name) => nodeNamed(nodes, name));
  const shapes = new Map<string, Shape>();
  for (const [name, shape] of Object.entries(options.inputs ?? {})) {
    checkGivenShape(name, shape);
    shapes.set(nodeNamed(nodes, name).name, shape);
  }
  const builder = new GraphBuilder(graphDef, shapes);
  const cuts = new Set(shapes.keys());
  for (const node of evaluationOrder(nodes, outputs, { cuts })) {
    builder.import(node);
  }
  const names = outputs.map(({ name, op }) => {
    const value = builder.values.get(name);
    if (!value) {
      throw new InputError(`Node "${name}" (op "${op}") has no output`);
    }
    return value.name;
  });
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
  const graph = removeUnused(builder.finish(...names));
  for (const tensor of graph.tensors.values()) checkFinite(tensor, nodes);
  return graph;
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

/** Kernels index with 32 bits. */
const largestTensor = 2 ** 31;

const largestRank = 4;

/** More whole numbers than any arithmetic on shapes has. */
const largestFolded = 2 ** 16;

/** A graph in the making. */
export class GraphBuilder extends GrowingGraph {
  /** What the first output of each TensorFlow node has become. */
  readonly values: Map<string, Tensor> = new Map();
  readonly #context: { producer: number };
  readonly #shapes: ReadonlyMap<string, Shape>;

  /** `shapes` are those of the inputs that the caller gives, by node name. */
  constructor(graphDef: GraphDef, shapes: ReadonlyMap<string, Shape>) {
    super();
    this.#context = { producer: graphDef.producer };
    this.#shapes = shapes;
  }

  /** Adds a node whose inputs have been added. Throws an `InputError` naming it. */
  import(node: NodeDef): void {
    const given = this.#shapes.get(node.name);
    if (given && node.op !== "Placeholder") {
      this.#addInput(node, { dtype: cutType(node), shape: given });
      return;
    }
    const importer = importers.get(node.op);
    if (!importer) throw unsupported(node);
    const inputs = dataInputs(node).map(({ node: name, output }) => {
      const value = this.values.get(name);
      if (!value || output !== 0) {
        throw importError(
          node,
          `its input "${name}:${output}" is no value that can be used; only output 0 of an op is`,
        );
      }
      return value;
    });
    this.#settle(node, importer(node, inputs, this.#context));
  }

  #settle(node: NodeDef, imported: Imported): void {
    const { name } = node;
    switch (imported.kind) {
      case "alias":
        this.values.set(name, imported.of);
        return;
      case "constant": {
        const { dtype, shape, constant } = imported;
        this.#addValue(node, { name, dtype, shape, constant });
        return;
      }
      case "input": {
        const given = this.#shapes.get(name);
        const shape = placeholderShape(node, imported.shape, given);
        this.#addInput(node, { dtype: imported.dtype, shape });
        return;
      }
      case "node":
        this.#addNode(node, imported);
        return;
      default:
        return imported satisfies never;
    }
  }

  #addInput(node: NodeDef, input: Pick<Tensor, "dtype" | "shape">): void {
    this.inputs.push(node.name);
    this.#addValue(node, { name: node.name, ...input });
  }

  #addNode(node: NodeDef, imported: ImportedNode): void {
    const { name } = node;
    const { inputs, shapes } = imported;
    const [shape] = described(
      node,
      () => inferShapes(imported, inputs, shapes),
    );
    const dtype = inferType(imported, inputs);
    const tensor: Tensor = { name, dtype, shape };
    checkSize(node, tensor);
    const folded = foldWholeNumbers(imported, tensor);
    if (folded) {
      this.#addValue(node, folded);
      return;
    }
    for (const input of inputs) this.add(input);
    this.#addValue(node, tensor);
    const { kind: _kind, shapes: _shapes, ...operation } = imported;
    this.nodes.push({
      ...operation,
      name,
      inputs: inputs.map((input) => input.name),
      outputs: [name],
    });
  }

  #addValue(node: NodeDef, tensor: Tensor): void {
    checkSize(node, tensor);
    this.values.set(node.name, tensor);
    this.add(tensor);
  }
}

/** The error for an op that has no importer. */
function unsupported(node: NodeDef): InputError {
  if (/^(Quantize|Dequantize|Requantiz|FakeQuant)/.test(node.op)) {
    return quantizedError(node);
  }
  const supported = [...importers.keys()].sort().join(", ");
  return importError(
    node,
    `the op is not supported; choose an output before it, or one of these ops: ${supported}`,
  );
}

/** Runs a rule; rules do not know which node they speak of. */
function described<T>(node: NodeDef, infer: () => T): T {
  try {
    return infer();
  } catch (error) {
    if (error instanceof InputError) throw importError(node, error.message);
    throw error;
  }
}

function checkSize(node: NodeDef, { shape }: Tensor): void {
  if (shape.length > largestRank) {
    throw importError(
      node,
      `shape [${
        shape.join(", ")
      }] has rank ${shape.length}, expected ${largestRank} at most`,
    );
  }
  if (!(Math.abs(elementCount(shape)) < largestTensor)) {
    throw importError(
      node,
      `shape [${shape.join(", ")}] has more elements than fit`,
    );
  }
}

/**
 * The value of an op on whole numbers that are all known. They are shapes and
 * axes: later nodes cannot be imported without them.
 */
function foldWholeNumbers<K extends OpName>(
  node: {
    readonly op: K;
    readonly inputs: readonly Tensor[];
    readonly attributes: OpAttributes[K];
  },
  output: Tensor,
): Tensor | undefined {
  const rule: OpRule<K> = rules[node.op];
  if (!rule.evaluate || elementCount(output.shape) > largestFolded) {
    return undefined;
  }
  const values = node.inputs.flatMap(({ dtype, shape, constant }) =>
    dtype !== "f32" && constant ? [{ shape, data: constant.read() }] : []
  );
  if (values.length < node.inputs.length) return undefined;
  const data = rule.evaluate(values, node.attributes, output.shape);
  return { ...output, constant: { read: () => data } };
}

/** The element type of a tensor that is fed though the graph could compute it. */
function cutType(node: NodeDef): DataType {
  return ["DecodeJpeg", "DecodePng"].includes(node.op) ? "u8" : "f32";
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

/**
 * The shape to import a placeholder with. An unknown batch is 1, a known one
 * stays: the graph may have it baked in elsewhere, and a pass lifts all of it.
 *
 * @param declared What the file says.
 * @param given What the caller says.
 */
function placeholderShape(
  node: NodeDef,
  declared: PartialShape,
  given: Shape | undefined,
): Shape {
  const isImages = given?.length === 4;
  const partial = declared ?? (isImages ? [-1, -1, -1, -1] : given);
  if (!partial) {
    throw importError(node, "the file does not tell its shape; give it");
  }
  if (given && given.length !== partial.length) {
    throw importError(node, mismatch(partial, given));
  }
  return partial.map((size, axis) => {
    if (axis === 0) return size < 0 ? 1 : size;
    const wanted = given?.[axis];
    if (size < 0 && wanted === undefined) {
      throw importError(
        node,
        `its shape is ${printed(partial)}; give the sizes that are open`,
      );
    }
    if (size >= 0 && wanted !== undefined && wanted !== size) {
      throw importError(node, mismatch(partial, given ?? []));
    }
    return size < 0 ? wanted ?? size : size;
  });
}

function mismatch(declared: readonly number[], given: Shape): string {
  return `its shape is ${printed(declared)}, which [${
    given.join(", ")
  }] does not fit`;
}

function printed(shape: readonly number[]): string {
  return `[${shape.map((size) => size < 0 ? "?" : size).join(", ")}]`;
}
