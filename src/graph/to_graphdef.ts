/**
 * Our graphs as TensorFlow's nodes.
 *
 * @module
 */
import { definitionOf } from "../../kernels/activation.ts";
import type { BinaryFunction } from "../../kernels/binary.ts";
import { isPlain, plainOps, type UnaryFunction } from "../../kernels/unary.ts";
import { InputError } from "../errors.ts";
import { cropNodes, decisionNodes, moveNodes } from "./_move_nodes.ts";
import {
  bytesAttribute,
  constantNode,
  floatAttribute,
  floatConstant,
  intConstant,
  ints,
  makeNode,
  typeAttribute,
} from "./make_node.ts";
import {
  type Pads,
  resolvePads,
  type Size,
  type WindowGeometry,
} from "./geometry.ts";
import {
  type AttrValue,
  dataTypes,
  type GraphDef,
  type NodeDef,
} from "./graphdef.ts";
import {
  type Activation,
  type Graph,
  type Node,
  type NodeOf,
  type Tensor,
  tensorOf,
} from "./ir.ts";
import { lowest } from "./ops/pool.ts";

type Attribute = readonly [name: string, value: AttrValue];

const float = typeAttribute("T", dataTypes.float);
const int32 = dataTypes.int32;

/** TensorFlow's names of our functions of two tensors. */
const binaryOps: Partial<Record<BinaryFunction, string>> = {
  add: "Add",
  sub: "Sub",
  mul: "Mul",
  div: "RealDiv",
  max: "Maximum",
  min: "Minimum",
  pow: "Pow",
  squared_difference: "SquaredDifference",
  floor_div: "FloorDiv",
  floor_mod: "FloorMod",
  div_no_nan: "DivNoNan",
};

/**
 * The nodes of a graph of one image, in order; variables become constants of the
 * values they start at. The last node of each output has its name, with what
 * TensorFlow does not allow in names replaced by `_`.
 *
 * @param inputs What stands for each of the graph's inputs, by name.
 * @throws {InputError} that names a node which TensorFlow has no op for
 */
export function graphNodes(
  graph: Graph,
  inputs: Readonly<Record<string, string>>,
): NodeDef[] {
  const writer = new Writer(graph, inputs);
  for (const node of graph.nodes) writer.write(node);
  return writer.nodes;
}

/** Ops are as the oldest graphs had them, and TensorFlow still runs these. */
export const oldProducer = 27;

/**
 * A graph of one image as a frozen graph: each input is a placeholder of its name
 * that takes any number of rows.
 *
 * @throws {InputError} that names a node which TensorFlow has no op for
 */
export function frozenGraph(graph: Graph): GraphDef {
  const placeholders = graph.inputs.map((input) => {
    const shape = tensorOf(graph, input).shape.with(0, -1);
    return makeNode("Placeholder", nodeNameOf(input), [], [
      typeAttribute("dtype", dataTypes.float),
      ["shape", { kind: "shape", value: shape }],
    ]);
  });
  const names = graph.inputs.map((input) => [input, nodeNameOf(input)]);
  const nodes = graphNodes(graph, Object.fromEntries(names));
  return { nodes: [...placeholders, ...nodes], producer: oldProducer };
}

/** The name of a tensor's node. */
export function nodeNameOf(tensor: string): string {
  return tensor.replaceAll(/[^\w./-]/g, "_").replace(/^[^A-Za-z0-9.]/, "x$&");
}

class Writer {
  readonly nodes: NodeDef[] = [];
  readonly #graph: Graph;
  readonly #names: Map<string, string>;

  constructor(graph: Graph, inputs: Readonly<Record<string, string>>) {
    this.#graph = graph;
    this.#names = new Map(Object.entries(inputs));
  }

  write(node: Node): void {
    const [output] = node.outputs;
    const name = nodeNameOf(output);
    const inputs = node.inputs.map((input) => this.#inputName(input));
    this.#names.set(output, name);
    this.#writeOp(node, { name, inputs });
  }

  #writeOp(
    node: Node,
    { name, inputs }: { name: string; inputs: readonly string[] },
  ): void {
    switch (node.op) {
      case "conv2d":
      case "depthwise_conv2d":
        return this.#convolution(node, { name, inputs });
      case "matmul": {
        const { transposeA, transposeB, activation } = node.attributes;
        // Rows of more axes than one are many matrices, times the same.
        const { shape } = tensorOf(this.#graph, node.inputs[0]);
        const [op, a, b] = shape.length === 2
          ? ["MatMul", "transpose_a", "transpose_b"]
          : ["BatchMatMulV2", "adj_x", "adj_y"];
        const attributes: Attribute[] = [
          float,
          [a, { kind: "bool", value: transposeA }],
          [b, { kind: "bool", value: transposeB }],
        ];
        return this.#biased(op, { name, inputs, attributes, activation });
      }
      case "batch_norm":
        return this.#batchNorm(node, { name, inputs });
      case "binary": {
        const { activation } = node.attributes;
        const op = binaryOps[node.attributes.function];
        if (op === undefined) return this.#decision(node, { name, inputs });
        const attributes = [float];
        return this.#activated(op, { name, inputs, attributes, activation });
      }
      default:
        return this.#writeUnweighted(node, { name, inputs });
    }
  }

  /** TensorFlow's takes images alone: rows are images of one pixel. */
  #batchNorm(
    { attributes, inputs: [of] }: NodeOf<"batch_norm">,
    { name, inputs }: { name: string; inputs: readonly string[] },
  ): void {
    const [x, mean, variance, beta, gamma] = inputs;
    const { epsilon, activation } = attributes;
    const { shape } = tensorOf(this.#graph, of);
    const areImages = shape.length === 4;
    const pixels = areImages ? x : `${name}/pixels`;
    const made = areImages ? name : `${name}/normalised`;
    const kinds = [typeAttribute("Tshape", int32)];
    if (!areImages) {
      const list = [-1, 1, 1, shape.at(-1) ?? 1];
      this.#withList("Reshape", pixels, [x], { list, kinds });
    }
    this.#activated("FusedBatchNorm", {
      name: made,
      inputs: [pixels, gamma, beta, mean, variance],
      attributes: [
        float,
        floatAttribute("epsilon", epsilon),
        ["is_training", { kind: "bool", value: false }],
      ],
      activation,
    });
    if (!areImages) {
      this.#withList("Reshape", name, [made], { list: shape, kinds });
    }
  }

  #writeUnweighted(
    node: Node,
    { name, inputs }: { name: string; inputs: readonly string[] },
  ): void {
    switch (node.op) {
      case "unary":
        return this.#unary(node.attributes.function, name, inputs[0]);
      case "dropout":
        return this.#add("Identity", name, inputs.slice(0, 1));
      case "softmax":
        return this.#add("Softmax", name, inputs);
      case "max_pool":
      case "avg_pool":
        return this.#pool(node, { name, inputs });
      case "mean": {
        const { axes, keepDims } = node.attributes;
        const keep: Attribute = ["keep_dims", {
          kind: "bool",
          value: keepDims,
        }];
        const kinds = [typeAttribute("Tidx", int32), keep];
        return this.#withList("Mean", name, inputs, { list: axes, kinds });
      }
      case "reshape": {
        const [before, shape] = [node.inputs[0], node.outputs[0]]
          .map((name) => tensorOf(this.#graph, name).shape);
        // What is one row stays as many as are fed.
        const list = before[0] === 1 && shape[0] === 1
          ? shape.with(0, -1)
          : shape;
        const kinds = [typeAttribute("Tshape", int32)];
        return this.#withList("Reshape", name, inputs, { list, kinds });
      }
      case "concat": {
        const axis = `${name}/axis`;
        this.nodes.push(intConstant(axis, node.attributes.axis));
        return this.#add("ConcatV2", name, [...inputs, axis], [
          ["N", { kind: "int", value: inputs.length }],
          typeAttribute("Tidx", int32),
        ]);
      }
      case "pad": {
        const { paddings, value } = node.attributes;
        return paddings.flat().some((width) => width < 0)
          ? this.#cropped(node, { name, inputs })
          : this.#padded(name, inputs[0], { list: paddings.flat(), value });
      }
      default:
        this.#move(node, { name, inputs });
    }
  }

  #move(
    node: Node,
    { name, inputs }: { name: string; inputs: readonly string[] },
  ): void {
    const { shape } = tensorOf(this.#graph, node.inputs[0]);
    const nodes = moveNodes(node, { name, inputs, shape });
    if (!nodes) throw withoutOp(node);
    this.nodes.push(...nodes);
  }

  #decision(
    { attributes }: NodeOf<"binary">,
    { name, inputs }: { name: string; inputs: readonly string[] },
  ): void {
    const { activation, function: what } = attributes;
    const made = activation === "none" ? name : `${name}/number`;
    this.nodes.push(...decisionNodes(what, { name: made, inputs }));
    if (activation !== "none") this.#unary(activation, name, made);
  }

  #convolution(
    { op, attributes, inputs: [x, filter, , residual], outputs: [output] }:
      | NodeOf<"conv2d">
      | NodeOf<"depthwise_conv2d">,
    { name, inputs }: { name: string; inputs: readonly string[] },
  ): void {
    if (residual !== undefined) {
      throw new Error(
        `"${name}" adds a residual, which TensorFlow's Conv2D does not`,
      );
    }
    const { strides, dilations, pads, activation } = attributes;
    const [height, width] = tensorOf(this.#graph, filter).shape;
    const padding = paddingOf(tensorOf(this.#graph, x), {
      window: { height, width },
      strides,
      dilations,
      pads,
    });
    let [image] = inputs;
    if (padding === undefined) {
      image = `${name}/padded`;
      this.#padded(image, inputs[0], { list: overPixels(pads), value: 0 });
    }
    const options = {
      name,
      inputs: [image, ...inputs.slice(1)],
      attributes: [
        float,
        ["strides", overImage(strides)],
        ["dilations", overImage(dilations)],
        ["padding", bytesAttribute(padding ?? "VALID")],
      ] satisfies Attribute[],
      activation,
    };
    if (op === "conv2d" && (attributes.groups ?? 1) > 1) {
      return this.#grouped(output, options);
    }
    this.#biased(op === "conv2d" ? "Conv2D" : "DepthwiseConv2dNative", options);
  }

  /**
   * TensorFlow fuses BiasAdd and batch norm into Conv2D, and has no fused kernel
   * of groups for CPUs; what `Add` adds it leaves alone.
   */
  #grouped(output: string, options: OpOptions): void {
    const { name, inputs: [x, filter, bias], attributes, activation } = options;
    const isNormed = this.#graph.nodes.some(({ op, inputs }) =>
      op === "batch_norm" && inputs[0] === output
    );
    if (bias === undefined && !isNormed) {
      this.#activated("Conv2D", { ...options, inputs: [x, filter] });
      return;
    }
    const product = `${name}/Conv2D`;
    this.nodes.push(makeNode("Conv2D", product, [x, filter], attributes));
    const added = bias ?? `${name}/zero`;
    if (bias === undefined) this.nodes.push(floatConstant(added, 0));
    this.#activated("Add", {
      name,
      inputs: [product, added],
      attributes: [float],
      activation,
    });
  }

  #pool(
    { op, name: label, attributes, inputs: [x] }:
      | NodeOf<"max_pool">
      | NodeOf<"avg_pool">,
    { name, inputs }: { name: string; inputs: readonly string[] },
  ): void {
    const { window, strides, pads } = attributes;
    const dilations = { height: 1, width: 1 };
    const padding = paddingOf(tensorOf(this.#graph, x), {
      ...attributes,
      dilations,
    });
    let [image] = inputs;
    if (padding === undefined) {
      if (op === "avg_pool") {
        throw new InputError(
          `Cannot export node "${label}" (${op}): its pads are neither SAME nor VALID`,
        );
      }
      image = `${name}/padded`;
      this.#padded(image, inputs[0], { list: overPixels(pads), value: lowest });
    }
    this.#add(op === "max_pool" ? "MaxPool" : "AvgPool", name, [image], [
      ["ksize", overImage(window)],
      ["strides", overImage(strides)],
      ["padding", bytesAttribute(padding ?? "VALID")],
    ]);
  }

  /** An op of two inputs, with a bias and an activation if it has them. */
  #biased(op: string, options: OpOptions): void {
    const { name, inputs: [a, b, bias], attributes, activation } = options;
    if (bias === undefined) {
      this.#activated(op, { name, inputs: [a, b], attributes, activation });
      return;
    }
    const product = `${name}/${op}`;
    this.nodes.push(makeNode(op, product, [a, b], attributes));
    this.#activated("BiasAdd", {
      name,
      inputs: [product, bias],
      attributes: [float],
      activation,
    });
  }

  #activated(op: string, options: OpOptions): void {
    const { name, inputs, attributes, activation } = options;
    if (activation === "none") {
      this.nodes.push(makeNode(op, name, inputs, attributes));
      return;
    }
    const before = `${name}/${op}`;
    this.nodes.push(makeNode(op, before, inputs, attributes));
    this.#unary(activation, name, before);
  }

  #unary(kind: UnaryFunction, name: string, x: string): void {
    if (isPlain(kind)) {
      return this.#add(plainOps.get(kind) ?? "Identity", name, [x]);
    }
    const { nodes, parameter, number } = definitionOf(kind);
    const attributes: Attribute[] = parameter
      ? [floatAttribute(parameter.name, number)]
      : [];
    let before = x;
    for (const [at, { op, reads = ["before"] }] of nodes.entries()) {
      const isFirst = nodes.findIndex((one) => one.op === op) === at;
      const own = isFirst ? `${name}/${op}` : `${name}/${op}_${at}`;
      const made = at === nodes.length - 1 ? name : own;
      const inputs = reads.map((read) => {
        if (typeof read === "string") return read === "input" ? x : before;
        const number = `${made}/by`;
        this.nodes.push(floatConstant(number, read));
        return number;
      });
      before = made;
      this.#add(op, before, inputs, attributes);
    }
  }

  /** What is below 0 is cut off before the rest is put around. */
  #cropped(
    node: NodeOf<"pad">,
    { name, inputs }: { name: string; inputs: readonly string[] },
  ): void {
    const { paddings, value } = node.attributes;
    const { shape } = tensorOf(this.#graph, node.inputs[0]);
    const list = paddings.flat().map((width) => Math.max(width, 0));
    const isDone = list.every((width) => width === 0);
    const cropped = isDone ? name : `${name}/cropped`;
    this.nodes.push(...cropNodes(node, { name: cropped, inputs, shape }));
    if (!isDone) this.#padded(name, cropped, { list, value });
  }

  #padded(
    name: string,
    x: string,
    { list, value }: { list: readonly number[]; value: number },
  ): void {
    const [pads, border] = [`${name}/paddings`, `${name}/border`];
    this.nodes.push(
      constantNode(pads, [list.length / 2, 2], Int32Array.from(list)),
      floatConstant(border, value),
    );
    const kinds = [typeAttribute("Tpaddings", int32)];
    this.#add("PadV2", name, [x, pads, border], kinds);
  }

  #withList(
    op: string,
    name: string,
    inputs: readonly string[],
    { list, kinds }: { list: readonly number[]; kinds: readonly Attribute[] },
  ): void {
    const values = `${name}/values`;
    this.nodes.push(intConstant(values, list));
    this.#add(op, name, [...inputs, values], kinds);
  }

  #add(
    op: string,
    name: string,
    inputs: readonly string[],
    attributes: readonly Attribute[] = [],
  ): void {
    this.nodes.push(makeNode(op, name, inputs, [float, ...attributes]));
  }

  /** A constant's node is made where it is first read. */
  #inputName(tensor: string): string {
    const known = this.#names.get(tensor);
    if (known !== undefined) return known;
    const { constant, variable, shape } = tensorOf(this.#graph, tensor);
    const source = constant ?? variable;
    if (!source) throw new Error(`Input "${tensor}" has no node`);
    const name = nodeNameOf(tensor);
    // Whole numbers and truths are floats where kernels read them.
    const data = source.read();
    const floats = data instanceof Float32Array
      ? data
      : Float32Array.from(data);
    this.nodes.push(constantNode(name, shape, floats));
    this.#names.set(tensor, name);
    return name;
  }
}

function withoutOp({ name, op }: Node): InputError {
  return new InputError(
    `Cannot export node "${name}" (${op}): TensorFlow has no such op`,
  );
}

interface OpOptions {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly attributes: readonly Attribute[];
  readonly activation: Activation;
}

/** TensorFlow's word for pads, if it has one. */
function paddingOf(
  { shape: [, height, width] }: Tensor,
  { pads, ...geometry }: WindowGeometry & { readonly pads: Pads },
): "SAME" | "VALID" | undefined {
  return (["VALID", "SAME"] as const).find((padding) => {
    const { top, bottom, left, right } = resolvePads(
      { height, width },
      padding,
      geometry,
    );
    return top === pads.top && bottom === pads.bottom && left === pads.left &&
      right === pads.right;
  });
}

/** Pads around height and width, before and after each axis in the order NHWC. */
function overPixels({ top, bottom, left, right }: Pads): number[] {
  return [0, 0, top, bottom, left, right, 0, 0];
}

/** A size or step over height and width, in the order NHWC. */
function overImage({ height, width }: Size): AttrValue {
  return ints(1, height, width, 1);
}
