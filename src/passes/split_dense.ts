/**
 * A dense layer whose matrix is larger than a GPU binds at once becomes several,
 * each of some of its columns, side by side.
 *
 * @module
 */
import { roundUp } from "../../kernels/kernel.ts";
import {
  elementCount,
  type Graph,
  type Node,
  type NodeOf,
  removeUnused,
  type Shape,
  type Tensor,
  tensorOf,
} from "../graph/ir.ts";

/** WebGPU's least `maxStorageBufferBindingSize`, which every adapter has, in bytes. */
const leastBinding = 2 ** 27;

/** Kernels take columns in tiles of so many at most. */
const tile = 64;

/**
 * Splits matrix products whose second operand is known and has more bytes than
 * `limit` into blocks of columns, and their biases with them. Tensors are named
 * by their columns, such as `fc6/kernel [0:1024]`.
 */
export function splitDense(
  graph: Graph,
  { limit = leastBinding }: { readonly limit?: number } = {},
): Graph {
  const tensors = new Map(graph.tensors);
  const nodes = graph.nodes.flatMap((node): Node[] => {
    if (node.op !== "matmul" || !isTooLarge(graph, node, limit)) return [node];
    const ranges = rangesOf(graph, node, limit);
    const products = ranges.map((range) => product(node, tensors, range));
    return [...products, {
      op: "concat",
      name: node.name,
      inputs: products.map(({ outputs }) => outputs[0]),
      outputs: node.outputs,
      attributes: { axis: tensorOf(graph, node.outputs[0]).shape.length - 1 },
    }];
  });
  return nodes.length === graph.nodes.length
    ? graph
    : removeUnused({ ...graph, nodes, tensors });
}

function isTooLarge(
  graph: Graph,
  { inputs: [, matrix, bias] }: NodeOf<"matmul">,
  limit: number,
): boolean {
  const operands = [matrix, bias].filter((name) => name !== undefined)
    .map((name) => tensorOf(graph, name));
  return 4 * elementCount(operands[0].shape) > limit &&
    operands.every(({ constant, variable }) => constant ?? variable);
}

/** The axis of the columns in the second operand. */
function columnAxis({ attributes }: NodeOf<"matmul">): 0 | 1 {
  return attributes.transposeB ? 0 : 1;
}

/** As few blocks of columns as fit, of about the same size. */
function rangesOf(
  graph: Graph,
  node: NodeOf<"matmul">,
  limit: number,
): Columns[] {
  const { shape } = tensorOf(graph, node.inputs[1]);
  const columns = shape[columnAxis(node)];
  const depth = shape[1 - columnAxis(node)];
  const most = Math.max(tile, Math.floor(limit / 4 / depth / tile) * tile);
  const size = roundUp(columns / Math.ceil(columns / most), tile);
  return Array.from({ length: Math.ceil(columns / size) }, (_, at) => ({
    start: at * size,
    end: Math.min(columns, (at + 1) * size),
  }));
}

/** The product of a block of columns, whose tensors are added. */
function product(
  node: NodeOf<"matmul">,
  tensors: Map<string, Tensor>,
  range: Columns,
): NodeOf<"matmul"> {
  const { inputs: [x, matrix, bias], outputs: [output] } = node;
  const add = (tensor: Tensor) => {
    tensors.set(tensor.name, tensor);
    return tensor.name;
  };
  const part = (name: string, axis: number) =>
    add(rangeOf(tensorOf({ tensors }, name), { ...range, axis }));
  const { start, end } = range;
  const { shape } = tensorOf({ tensors }, output);
  const name = `${node.name} [${start}:${end}]`;
  return {
    ...node,
    name,
    inputs: [
      x,
      part(matrix, columnAxis(node)),
      ...bias === undefined ? [] : [part(bias, 0)],
    ],
    outputs: [add({ name, shape: shape.with(-1, end - start), dtype: "f32" })],
  };
}

/** Columns from the first to before the last. */
interface Columns {
  readonly start: number;
  readonly end: number;
}

interface Range extends Columns {
  readonly axis: number;
}

/** A range of a tensor's places along one of its two axes, or of its only one. */
function rangeOf(
  { name, shape, dtype, constant, variable }: Tensor,
  { start, end, axis }: Range,
): Tensor {
  const read = (values: Float32Array) =>
    placesOf(values, shape, { start, end, axis });
  return {
    name: `${name} [${start}:${end}]`,
    shape: shape.with(axis, end - start),
    dtype,
    ...constant && {
      constant: {
        ...constant,
        read: () => read(Float32Array.from(constant.read())),
      },
    },
    ...variable && { variable: { read: () => read(variable.read()) } },
  };
}

function placesOf(
  values: Float32Array,
  shape: Shape,
  { start, end, axis }: Range,
): Float32Array {
  const step = elementCount(shape.slice(axis + 1));
  const [run, from, to] = [shape[axis] * step, start * step, end * step];
  const outer = elementCount(shape.slice(0, axis));
  const result = new Float32Array(outer * (to - from));
  for (let at = 0; at < outer; at++) {
    const row = values.subarray(at * run + from, at * run + to);
    result.set(row, at * (to - from));
  }
  return result;
}
