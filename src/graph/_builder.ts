/** Grows a graph of ours, one TensorFlow node at a time. */
import { InputError } from "../errors.ts";
import { dataInputs } from "./names.ts";
import { GrowingGraph } from "./growing_graph.ts";
import type { GraphDef, NodeDef, PartialShape } from "./graphdef.ts";
import {
  type DataType,
  elementCount,
  type OpName,
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
    if (given && !isPlaceholder(node)) {
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

/** Whether a node stands for a value that is fed anyway. */
export function isPlaceholder(node: NodeDef): boolean {
  return node.op === "Placeholder";
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
export function checkGivenShape(name: string, shape: Shape): void {
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
