/**
 * Our graphs as ONNX models.
 *
 * Images have their channels first there. A tensor is written in whatever order of
 * axes makes it, and turned where an op takes another: images at the borders of a
 * network alone.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import {
  consumersOf,
  elementCount,
  type Graph,
  type Node,
  type NodeOf,
} from "../graph/ir.ts";
import type { ReduceAttributes } from "../graph/ops/mod.ts";
import { version } from "../version.ts";
import {
  writeActivated,
  writeBinary,
  writeUnary,
} from "./_written_functions.ts";
import {
  padded,
  writeConvolution,
  writePool,
  writeResize,
} from "./_written_windows.ts";
import { float } from "./_nodes.ts";
import { channelsFirst, OnnxWriting } from "./_writing.ts";
import { type OnnxModel, onnxTypes, type OnnxValue } from "./model.ts";
import { ownAxes, reshapedAxes, shapeOf } from "./value.ts";

/** The order of axes of pictures that are fed. */
export type PictureLayout = "nchw" | "nhwc";

/** How a graph is written. */
export interface ToOnnxOptions {
  /** The images that the graph computes at once, which the model leaves open; 1 keeps all sizes as they are [1]. */
  readonly batch?: number;
  /** Of inputs of four axes, which ours have channels last [nchw]. */
  readonly layout?: PictureLayout;
  /** Texts by name [none]. */
  readonly metadata?: ReadonlyMap<string, string>;
}

/** The version of the format, and of ONNX's ops: PyTorch's default, which any runtime has. */
const irVersion = 8;
const opset = 17;

/**
 * Writes a graph as a model of opset 17; variables become constants of the values
 * they start at. Inputs keep their names, and outputs theirs and their order of axes;
 * images that come out are called `/output` behind theirs.
 *
 * @throws {InputError} that names a node which ONNX has no op for
 */
export function toOnnx(
  graph: Graph,
  { batch = 1, layout = "nchw", metadata = new Map() }: ToOnnxOptions = {},
): OnnxModel {
  const to = new OnnxWriting(graph, { batch });
  const type = onnxTypes.float;
  const inputs = graph.inputs.map((name): OnnxValue => {
    const { length } = to.shape(name);
    const axes = length === 4 && layout === "nchw"
      ? channelsFirst
      : ownAxes(length);
    to.put(name, { axes });
    return { name, type, shape: to.openShape(name, axes) };
  });
  const readers = consumersOf(graph);
  for (const node of graph.nodes) write(to, node, readers);
  const outputs = graph.outputs.map((name): OnnxValue => {
    const axes = ownAxes(to.shape(name).length);
    const made = to.own(name);
    const isThere = to.isWritten(name);
    const output = made === name && isThere
      ? name
      : to.node("Identity", [made], {
        name: isThere ? to.fresh(`${name}/output`) : name,
      });
    return { name: output, type, shape: to.openShape(name, axes) };
  });
  return {
    ...{ irVersion, metadata },
    producer: { name: "espalier", version },
    opsets: new Map([["", opset]]),
    graph: {
      name: "network",
      nodes: to.nodes,
      initializers: to.initializers,
      ...{ inputs, outputs, values: [] },
    },
  };
}

function write(
  to: OnnxWriting,
  node: Node,
  readers: ReadonlyMap<string, readonly Node[]>,
): void {
  switch (node.op) {
    case "conv2d":
    case "depthwise_conv2d":
      return writeConvolution(to, node);
    case "max_pool":
    case "avg_pool":
      return writePool(to, node);
    case "resize_bilinear":
      return writeResize(to, node);
    case "batch_norm":
      return writeBatchNorm(to, node);
    case "layer_norm":
      return writeLayerNorm(to, node);
    case "matmul":
      return writeProduct(to, node);
    case "batch_matmul":
      return writeProducts(to, node);
    case "binary":
      return writePair(to, node);
    case "unary": {
      const { tensor, axes } = plain(to, node.inputs[0]);
      const { function: kind } = node.attributes;
      const [name] = node.outputs;
      writeUnary(to, kind, { x: tensor.name, name });
      return to.put(name, { axes });
    }
    case "softmax": {
      const { tensor, axes } = plain(to, node.inputs[0]);
      const [name] = node.outputs;
      const axis = axes.indexOf(axes.length - 1);
      to.node("Softmax", [tensor.name], { name, axis });
      return to.put(name, { axes });
    }
    case "mean":
      return writeReduction(to, node, "ReduceMean");
    case "reduce":
      return writeReduction(to, node, reduceOps[node.attributes.function]);
    case "reshape":
      return writeReshape(to, node, readers);
    default:
      return writeMove(to, node);
  }
}

/** What moves elements, or leaves them. */
function writeMove(to: OnnxWriting, node: Node): void {
  const [name] = node.outputs;
  switch (node.op) {
    case "transpose": {
      // Nothing moves: its axes have other names.
      const { tensor, axes } = plain(to, node.inputs[0]);
      const { order } = node.attributes;
      return to.put(name, {
        as: tensor.name,
        axes: axes.map((axis) => order.indexOf(axis)),
      });
    }
    case "dropout": {
      const { tensor, axes } = plain(to, node.inputs[0]);
      return to.put(name, { as: tensor.name, axes });
    }
    case "concat":
      return writeConcat(to, node);
    case "pad": {
      const { tensor, axes } = plain(to, node.inputs[0]);
      const { paddings, value } = node.attributes;
      padded(to, tensor.name, {
        name,
        value,
        paddings: axes.map((axis) => paddings[axis]),
      });
      return to.put(name, { axes });
    }
    case "slice":
      return writeSlice(to, node);
    case "tile": {
      const { tensor, axes } = plain(to, node.inputs[0]);
      const { axis, times } = node.attributes;
      const repeats = axes.map((one) => one === axis ? times : 1);
      to.node("Tile", [tensor.name, to.wholes(repeats)], { name });
      return to.put(name, { axes });
    }
    default:
      throw withoutOp(node);
  }
}

function writeConcat(to: OnnxWriting, node: NodeOf<"concat">): void {
  const [name] = node.outputs;
  const axes = commonAxes(to, node.inputs);
  const lifted = node.inputs.find((input) => to.isLifted(input));
  const inputs = node.inputs.map((input) =>
    lifted !== undefined && !to.isLifted(input)
      ? to.repeated(input, axes, lifted)
      : to.in(input, axes)
  );
  to.node("Concat", inputs, { name, axis: axes.indexOf(node.attributes.axis) });
  to.put(name, { axes });
}

function writeSlice(to: OnnxWriting, node: NodeOf<"slice">): void {
  const { inputs: [x], outputs: [name], attributes } = node;
  const { axis, offset, size, step = 1 } = attributes;
  const { tensor, axes } = plain(to, x);
  const end = offset + size * step;
  const bounds = [
    offset,
    // Before the first is not -1, which counts from the end.
    end < 0 ? -(2 ** 31) : end,
    axes.indexOf(axis),
    step,
  ];
  const lists = bounds.map((bound) => to.wholes([bound]));
  to.node("Slice", [tensor.name, ...lists], { name });
  to.put(name, { axes });
}

/** A tensor in the order that it has. */
function plain(to: OnnxWriting, name: string) {
  const value = to.value(name);
  // What is constant is written where it is first read.
  return to.isConstant(name)
    ? { ...value, tensor: { ...value.tensor, name: to.own(name) } }
    : value;
}

/** The order of the first tensor that is computed. */
function commonAxes(to: OnnxWriting, names: readonly string[]): number[] {
  const computed = names.find((name) => !to.isConstant(name)) ?? names[0];
  return [...to.value(computed).axes];
}

function writeBatchNorm(to: OnnxWriting, node: NodeOf<"batch_norm">): void {
  const { inputs: [x, mean, variance, beta, gamma], outputs: [name] } = node;
  const { epsilon, activation } = node.attributes;
  const rank = to.shape(x).length;
  if (rank < 2) throw withoutOp(node);
  const axes = [0, rank - 1, ...ownAxes(rank).slice(1, -1)];
  const inputs = [
    to.in(x, axes),
    ...[gamma, beta, mean, variance].map((each) => to.own(each)),
  ];
  writeActivated(to, activation, {
    ...{ name, op: "BatchNormalization" },
    make: (name) =>
      to.node("BatchNormalization", inputs, { name, epsilon: float(epsilon) }),
  });
  to.put(name, { axes });
}

/** An order in which the last axis is the last. */
function rowAxes(to: OnnxWriting, name: string): number[] {
  const { axes } = to.value(name);
  const last = axes.length - 1;
  return [...axes.filter((axis) => axis !== last), last];
}

function writeLayerNorm(to: OnnxWriting, node: NodeOf<"layer_norm">): void {
  const { inputs: [x, ...weights], outputs: [name] } = node;
  const axes = rowAxes(to, x);
  const inputs = [to.in(x, axes), ...weights.map((weight) => to.own(weight))];
  const epsilon = float(node.attributes.epsilon);
  to.node("LayerNormalization", inputs, { name, epsilon, axis: -1 });
  to.put(name, { axes });
}

function writeProduct(to: OnnxWriting, node: NodeOf<"matmul">): void {
  const { inputs: [a, b, bias], outputs: [name], attributes } = node;
  const { transposeA, transposeB, activation } = attributes;
  const { parts, tensor } = to.value(a);
  const rank = to.shape(a).length;
  if (rank === 2) {
    const [rows, columns] = to.shape(b);
    const inputs = [
      parts ? tensor.name : to.own(a),
      parts
        ? to.constant(b, {
          axes: [...parts.order, parts.shape.length],
          before: [...parts.shape, columns],
          shape: [rows, columns],
        })
        : to.own(b),
      ...bias === undefined ? [] : [to.own(bias)],
    ];
    const transA = Number(transposeA);
    const transB = Number(transposeB);
    writeActivated(to, activation, {
      ...{ name, op: "Gemm" },
      make: (name) => to.node("Gemm", inputs, { name, transA, transB }),
    });
    return to.put(name);
  }
  const inputs = [
    to.in(a, matrixAxes(rank, transposeA)),
    to.in(b, transposeB ? [1, 0] : [0, 1]),
  ];
  writeActivated(to, activation, {
    ...{ name, op: "MatMul" },
    make: (name) => {
      if (bias === undefined) return to.node("MatMul", inputs, { name });
      const product = to.fresh(`${name}/product`);
      to.node("MatMul", inputs, { name: product });
      return to.node("Add", [product, to.own(bias)], { name });
    },
  });
  to.put(name);
}

/** The own order, or that in which matrices are the other way round. */
function matrixAxes(rank: number, isTransposed: boolean): number[] {
  const own = ownAxes(rank);
  return isTransposed ? [...own.slice(0, -2), rank - 1, rank - 2] : own;
}

function writeProducts(to: OnnxWriting, node: NodeOf<"batch_matmul">): void {
  const { inputs: [a, b], outputs: [name], attributes } = node;
  const inputs = [
    to.in(a, matrixAxes(to.shape(a).length, attributes.transposeA)),
    to.in(b, matrixAxes(to.shape(b).length, attributes.transposeB)),
  ];
  to.node("MatMul", inputs, { name });
  to.put(name);
}

function writePair(to: OnnxWriting, node: NodeOf<"binary">): void {
  const { inputs, outputs: [name], attributes } = node;
  const { function: kind, activation } = attributes;
  const { length: rank } = to.shape(name);
  const isLower = (input: string) =>
    elementCount(to.shape(input)) > 1 && to.shape(input).length < rank;
  // A computed tensor of fewer axes meets the last ones.
  const isAsOurs = inputs.some((input) =>
    isLower(input) && !to.isConstant(input)
  );
  const whole = inputs.filter((input) => to.shape(input).length === rank);
  const axes = isAsOurs || whole.length === 0
    ? ownAxes(rank)
    : commonAxes(to, whole);
  const [a, b] = inputs.map((input) => {
    const shape = to.shape(input);
    if (!to.isConstant(input)) {
      return shape.length === rank ? to.in(input, axes) : to.own(input);
    }
    if (elementCount(shape) === 1 && rank > 0) {
      return to.constant(input, { axes: ownAxes(shape.length), shape: [] });
    }
    const missing = Array<number>(rank - shape.length).fill(1);
    const before = [...missing, ...shape];
    const turned = axes.map((axis) => before[axis]);
    const first = turned.findIndex((size) => size !== 1);
    return to.constant(input, {
      ...{ axes, before },
      shape: first < 0 ? [] : turned.slice(first),
    });
  });
  writeActivated(to, activation, {
    ...{ name, op: "pair" },
    make: (name) => writeBinary(to, kind, { a, b, name }),
  });
  to.put(name, { axes });
}

const reduceOps = {
  sum: "ReduceSum",
  prod: "ReduceProd",
  max: "ReduceMax",
  min: "ReduceMin",
  argmax: "ArgMax",
  argmin: "ArgMin",
} as const satisfies Record<ReduceAttributes["function"], string>;

function writeReduction(
  to: OnnxWriting,
  { inputs: [x], outputs: [name], attributes }:
    | NodeOf<"mean">
    | NodeOf<"reduce">,
  op: "ReduceMean" | typeof reduceOps[keyof typeof reduceOps],
): void {
  const { axes: gone, keepDims } = attributes;
  const { tensor, axes } = plain(to, x);
  const places = gone.map((axis) => axes.indexOf(axis)).sort((a, b) => a - b);
  const keepdims = Number(keepDims);
  switch (op) {
    case "ReduceSum":
      to.node(op, [tensor.name, to.wholes(places)], { name, keepdims });
      break;
    case "ArgMax":
    case "ArgMin": {
      const place = to.fresh(`${name}/${op}`);
      const [axis] = places;
      to.node(op, [tensor.name], { name: place, axis, keepdims });
      to.node("Cast", [place], { name, to: onnxTypes.float });
      break;
    }
    default:
      to.node(op, [tensor.name], { name, axes: places, keepdims });
  }
  const left = keepDims ? axes : axes.filter((axis) => !gone.includes(axis));
  const ranks = left.toSorted((a, b) => a - b);
  to.put(name, {
    axes: keepDims ? axes : left.map((axis) => ranks.indexOf(axis)),
  });
}

function writeReshape(
  to: OnnxWriting,
  { inputs: [x], outputs: [name] }: NodeOf<"reshape">,
  readers: ReadonlyMap<string, readonly Node[]>,
): void {
  const value = plain(to, x);
  const shape = to.shape(name);
  const reshaped = (from: string, axes: readonly number[]) => {
    const sizes = to.wholes(to.sizes(name, axes));
    return to.node("Reshape", [from, sizes], { name });
  };
  const axes = reshapedAxes(value, shape);
  if (axes) {
    reshaped(value.tensor.name, axes);
    return to.put(name, { axes });
  }
  const [batch, ...rest] = shapeOf(value);
  const isRow = shape.length === 2 && shape[0] === batch &&
    value.axes[0] === 0 && !to.graph.outputs.includes(name) &&
    (readers.get(name) ?? []).every((node) => turnsRows(to, node, name));
  if (!isRow) {
    reshaped(to.own(x), ownAxes(shape.length));
    return to.put(name);
  }
  // The weights that meet it are in its order instead.
  to.node("Flatten", [value.tensor.name], { name, axis: 1 });
  const order = value.axes.slice(1).map((axis) => axis - 1);
  to.put(name, { parts: { shape: rest, order } });
}

/** Whether a node multiplies a matrix by weights whose rows may be in any order. */
function turnsRows(to: OnnxWriting, node: Node, name: string): boolean {
  return node.op === "matmul" && node.inputs[0] === name &&
    node.inputs.slice(1).every((input) => to.isConstant(input)) &&
    !node.attributes.transposeA && !node.attributes.transposeB;
}

function withoutOp({ name, op }: Node): InputError {
  return new InputError(
    `Cannot write node "${name}" (${op}): ONNX has no such op`,
  );
}
