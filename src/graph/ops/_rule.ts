/** What every op file gives: a rule of ours with its gradient, and importers from TensorFlow. */
import type { Lowering } from "../lowering.ts";
import type { Step } from "../../../kernels/program.ts";
import type { NodeDef } from "../graphdef.ts";
import type {
  Constant,
  ConstantData,
  DataType,
  NodeOf,
  OpName,
  Shape,
  Tensor,
} from "../ir.ts";
import type { OpAttributes } from "./mod.ts";

/** Known values with their shape, for folding on the CPU. */
export interface Value {
  /** Dimensions, outermost first. */
  readonly shape: Shape;
  /** Elements, row-major. */
  readonly data: ConstantData;
}

/** What the rest of the house has to know about an op. */
export interface OpRule<K extends OpName> {
  /**
   * Shapes of the outputs. `written` are the shapes the node has now, if it
   * has any: a reshape is what its author wrote, at another batch.
   */
  shape(
    inputs: readonly Tensor[],
    attributes: OpAttributes[K],
    written?: readonly Shape[],
  ): readonly Shape[];
  /** Element type of the outputs; that of the first input where absent. */
  dtype?(inputs: readonly Tensor[], attributes: OpAttributes[K]): DataType;
  /** Values of the only output, on the CPU, for constants. */
  evaluate?(
    inputs: readonly Value[],
    attributes: OpAttributes[K],
    output: Shape,
  ): ConstantData;
  /**
   * The dispatches that compute a node. Absent for what only happens on the
   * CPU: pictures are decoded there, and whole numbers are folded.
   */
  lower?(node: NodeOf<K>, to: Lowering): readonly Step[];
  /** How training goes back through a node, if it can. */
  readonly gradient: Gradient<K> | typeof notDifferentiable;
}

/** For ops that training cannot go back through. */
export const notDifferentiable = "not differentiable";

/**
 * From the gradient of a node's first output to that of each input: appends
 * nodes that compute it and returns the names of their outputs, `undefined` for
 * inputs that do not want one.
 *
 * @throws {InputError} if the op is used in a way that has no gradient here.
 */
export type Gradient<K extends OpName> = (
  node: NodeOf<K>,
  to: Backward,
) => readonly (string | undefined)[];

/** A node that is to be appended; name and outputs are up to who appends it. */
export type NewNode = {
  [K in OpName]: Pick<NodeOf<K>, "op" | "inputs" | "attributes">;
}[OpName];

/** What the gradient of one node may ask of the graph it is appended to. */
export interface Backward {
  /** The gradient of the node's first output. */
  readonly outputGradient: string;
  /** Whether an input leads to something that is trained. */
  wants(input: string): boolean;
  /** Shape of a tensor. */
  shape(tensor: string): Shape;
  /** A tensor of the graph. */
  tensor(name: string): Tensor;
  /** Appends a node; returns the name of its output. `shape` is what a reshape makes. */
  add(node: NewNode, shape?: Shape): string;
  /** Appends a node; returns the names of all its outputs. */
  addAll(node: NewNode): readonly string[];
  /** A constant, made when it is read. */
  constant(shape: Shape, read: () => Float32Array): string;
}

/** A node of ours without its name; inputs that are new constants are added. */
export type ImportedNode = {
  [K in OpName]: {
    readonly kind: "node";
    readonly op: K;
    readonly inputs: readonly Tensor[];
    readonly attributes: OpAttributes[K];
    /** Where the rule cannot tell the shape, as for a reshape. */
    readonly shapes?: readonly Shape[];
  };
}[OpName];

/** What a TensorFlow node becomes. */
export type Imported =
  | ImportedNode
  /** Nothing: its output is that tensor under another name. */
  | { readonly kind: "alias"; readonly of: Tensor }
  /** Several outputs, in their order. */
  | { readonly kind: "several"; readonly of: readonly Tensor[] }
  /** A value known at import. */
  | {
    readonly kind: "constant";
    readonly dtype: DataType;
    readonly shape: Shape;
    readonly constant: Constant;
  }
  /** A value fed at run time. */
  | {
    readonly kind: "input";
    readonly dtype: DataType;
    readonly shape: readonly number[] | null;
  };

/** What an importer may need of the graph in the making. */
export interface ImportContext {
  /** TensorFlow's graph version. */
  readonly producer: number;
  /** Adds a node that a TensorFlow node becomes beside its last, and gives its output. */
  add(node: ImportedNode): Tensor;
  /** Adds a constant of floats. */
  constant(shape: Shape, values: readonly number[]): Tensor;
}

/** Imports a node of one TensorFlow op. Throws an `InputError` on anything unsupported. */
export type OpImporter = (
  node: NodeDef,
  inputs: readonly Tensor[],
  context: ImportContext,
) => Imported;
