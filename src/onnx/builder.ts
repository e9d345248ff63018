/**
 * A graph that grows with ONNX's nodes: what is known before it runs is worked out,
 * and tensors are kept in the order of axes that kernels take.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { checkSize } from "../graph/_limits.ts";
import { GrowingGraph } from "../graph/growing_graph.ts";
import {
  type Constant,
  elementCount,
  type Node,
  type NodeOf,
  type OpName,
  type Shape,
  type Tensor,
} from "../graph/ir.ts";
import {
  constantData,
  heldAs,
  type Known,
  type KnownType,
  largestKnown,
  readKnown,
} from "../graph/known/mod.ts";
import {
  type ImportedNode,
  inferShapes,
  inferType,
  type OpRule,
  rules,
} from "../graph/ops/mod.ts";
import { reshape } from "../graph/ops/reshape.ts";
import { transpose } from "../graph/ops/transpose.ts";
import { readTensor } from "../graph/tensor.ts";
import type { OnnxTensor } from "./model.ts";
import { knownTypeOf, tensorDefOf } from "./tensor.ts";
import {
  areAlike,
  ownAxes,
  reshapedAxes,
  shapeOf,
  type Value,
} from "./value.ts";

/** Floats that are arithmetic and no weights, which are folded when they are read. */
const mostKnownFloats = 16;

/** A graph in the making. */
export class OnnxBuilder {
  /** What is there so far. */
  readonly graph: GrowingGraph = new GrowingGraph();
  /** Which node makes each tensor. */
  readonly #makers = new Map<string, Node>();
  /** Transposes by their orders and what they are of. */
  readonly #turnings = new Map<string, Tensor>();
  /** Their names, which stay. */
  readonly #shared = new Set<string>();
  /** Begins the names of what is added. */
  #scope = "";

  /** Adds what a node becomes, under the names of its outputs. */
  within(
    names: readonly string[],
    make: () => readonly Value[],
  ): readonly Value[] {
    this.#scope = names.find((name) => name !== "") ?? "";
    const first = this.graph.nodes.length;
    return make().map((value, at) => {
      const name = names[at];
      return name ? this.#named(value, { name, first }) : value;
    });
  }

  /** A value that is fed, kept in an order of axes. */
  input(
    name: string,
    { shape, axes, type }: Pick<Value, "axes" | "type"> & {
      /** As ONNX has it. */
      readonly shape: Shape;
    },
  ): Value {
    const kept = axes.map((axis) => shape[axis]);
    // Whole numbers are fed as floats of the same value.
    this.graph.input(name, kept);
    return { tensor: this.graph.tensor(name), axes, type };
  }

  /** A tensor of the file. */
  constant(tensor: OnnxTensor, name: string): Value {
    const def = tensorDefOf(tensor);
    const type = knownTypeOf(tensor.type);
    const { shape } = tensor;
    const size = elementCount(shape);
    const isKnown = type === "float"
      ? size <= mostKnownFloats
      : size <= largestKnown;
    const value = {
      tensor: {
        name: this.graph.free(name),
        shape,
        dtype: heldAs[type],
        constant: { read: () => readTensor(def) },
      },
      axes: ownAxes(shape.length),
      type,
    };
    if (!isKnown) return value;
    const exact = readKnown(def);
    return { ...value, known: { ...exact, type } };
  }

  /** A value that was worked out. */
  knownValue(value: Known, name: string = this.#scope): Value {
    const data = constantData(value);
    const { type, shape } = value;
    return {
      tensor: {
        name: this.graph.free(name),
        shape,
        dtype: heldAs[type],
        constant: { read: () => data },
      },
      axes: ownAxes(shape.length),
      type,
      known: value,
    };
  }

  /** A constant of floats. */
  floats(
    shape: Shape,
    values: readonly number[] | Constant["read"],
  ): Tensor {
    const read = typeof values === "function"
      ? values
      : () => Float32Array.from(values);
    const name = this.graph.free(`${this.#scope} constant`);
    return { name, shape, dtype: "f32", constant: { read } };
  }

  /** A tensor as ONNX has it. */
  own(tensor: Tensor, type: KnownType = "float"): Value {
    return { tensor, axes: ownAxes(tensor.shape.length), type };
  }

  /** Adds a node, or, where all it reads is constant, what it makes of that. */
  add(node: ImportedNode): Tensor {
    const { shapes } = node;
    const inputs = node.inputs.map((input) => this.#floats(input));
    const [shape] = inferShapes(node, inputs, shapes);
    const dtype = inferType(node, inputs);
    const name = this.graph.free(`${this.#scope} ${node.op}`);
    const tensor = { name, shape, dtype };
    checkSize({ name: this.#scope, op: node.op }, tensor);
    const constant = evaluated(node, inputs, shape);
    if (constant) return { ...tensor, constant };
    for (const input of inputs) this.graph.add(input);
    this.graph.add(tensor);
    const { kind: _kind, shapes: _shapes, ...operation } = node;
    const made: Node = {
      ...operation,
      name,
      inputs: inputs.map((input) => input.name),
      outputs: [name],
    };
    this.graph.nodes.push(made);
    this.#makers.set(name, made);
    return tensor;
  }

  /** Kernels compute with floats, whatever a constant is. */
  #floats(tensor: Tensor): Tensor {
    const { dtype, constant } = tensor;
    if (dtype === "f32" || !constant) return tensor;
    const name = this.graph.free(`${tensor.name} as floats`);
    const read = () => Float32Array.from(constant.read());
    return { ...tensor, name, dtype: "f32", constant: { read } };
  }

  /** The value kept as ONNX has it. */
  settled(value: Value): Value {
    return this.relaid(value, ownAxes(value.axes.length));
  }

  /** The value kept in an order of axes. */
  relaid(value: Value, axes: readonly number[]): Value {
    if (value.parts) return this.relaid(this.#joined(value), axes);
    if (value.axes.join() === axes.join()) return value;
    const shape = shapeOf(value);
    const kept = axes.map((axis) => shape[axis]);
    const tensor = areAlike(shape, value.axes, axes)
      ? this.reshaped(value.tensor, kept)
      : this.#turned(
        value.tensor,
        axes.map((axis) => value.axes.indexOf(axis)),
      );
    return { ...value, tensor, axes };
  }

  /** A tensor with its axes in another order, once for all that read it. */
  #turned(tensor: Tensor, order: readonly number[]): Tensor {
    const key = `${order} ${tensor.name}`;
    const made = this.#turnings.get(key) ?? this.add(transpose(tensor, order));
    this.#turnings.set(key, made);
    this.#shared.add(made.name);
    return made;
  }

  /** The elements of a matrix whose last axis is kept in another order, in ONNX's. */
  #joined({ parts, ...value }: Value): Value {
    if (!parts) return value;
    const { tensor } = value;
    const [rows] = tensor.shape;
    const { shape, order } = parts;
    const apart = this.reshaped(tensor, [
      rows,
      ...order.map((axis) => shape[axis]),
    ]);
    const turned = this.add(transpose(apart, [
      0,
      ...shape.map((_, axis) => 1 + order.indexOf(axis)),
    ]));
    return { ...value, tensor: this.reshaped(turned, tensor.shape) };
  }

  /** The node that makes a tensor. */
  made({ name }: Tensor): Node | undefined {
    return this.#makers.get(name);
  }

  /** The same elements in another shape; of a reshape its input's. */
  reshaped(x: Tensor, shape: Shape): Tensor {
    if (x.shape.join() === shape.join()) return x;
    const made = this.made(x);
    const source = made?.op === "reshape"
      ? this.graph.tensor(made.inputs[0])
      : x;
    if (source.shape.join() === shape.join()) return source;
    return this.add(reshape(source, shape));
  }

  /** The value in another shape, its elements in ONNX's order. */
  reshape(value: Value, shape: Shape): Value {
    const size = elementCount(shape);
    if (size !== elementCount(value.tensor.shape)) {
      throw new InputError(
        `its input of shape [${shapeOf(value).join(", ")}] cannot become [${
          shape.join(", ")
        }]`,
      );
    }
    const { type } = value;
    const axes = size === 0 || value.parts
      ? undefined
      : reshapedAxes(value, shape);
    if (axes) {
      const kept = axes.map((axis) => shape[axis]);
      return { tensor: this.reshaped(value.tensor, kept), axes, type };
    }
    const own = this.settled(value);
    return this.own(this.reshaped(own.tensor, shape), type);
  }

  /** Gives a node's last tensor the name that ONNX has for it. */
  #named(
    value: Value,
    { name, first }: { readonly name: string; readonly first: number },
  ): Value {
    const { tensor } = value;
    const { nodes, tensors } = this.graph;
    const own = nodes.slice(first);
    const at = own.findIndex(({ outputs }) => outputs[0] === tensor.name);
    const isRead = own.some(({ inputs }) => inputs.includes(tensor.name));
    const isShared = this.#shared.has(tensor.name);
    if (at < 0 || isRead || isShared || tensors.has(name)) return value;
    tensors.delete(tensor.name);
    const named = { ...tensor, name };
    const renamed: Node = { ...own[at], name, outputs: [name] };
    nodes[first + at] = renamed;
    this.#makers.set(name, renamed);
    this.graph.add(named);
    return { ...value, tensor: named };
  }
}

/** What a node makes of constants, made when it is read. */
function evaluated<K extends OpName>(
  { op, attributes }: Pick<NodeOf<K>, "op" | "attributes">,
  inputs: readonly Tensor[],
  shape: Shape,
): Constant | undefined {
  const { evaluate }: OpRule<K> = rules[op];
  const constants = inputs.flatMap(({ shape, constant }) =>
    constant ? [{ shape, constant }] : []
  );
  if (!evaluate || constants.length < inputs.length) return undefined;
  const read = () =>
    evaluate(
      constants.map(({ shape, constant }) => ({
        shape,
        data: constant.read(),
      })),
      attributes,
      shape,
    );
  return { read };
}
