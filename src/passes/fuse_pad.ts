/**
 * A border of zeros becomes the pads of the convolution that reads it, and one of
 * what is no greater than any of its pixels those of a maximum: frozen graphs of
 * PyTorch's and Keras's networks have them apart.
 *
 * @module
 */
import type { Pads } from "../graph/geometry.ts";
import {
  consumersOf,
  type Graph,
  type Node,
  type Tensor,
  tensorOf,
} from "../graph/ir.ts";
import type { PadAttributes } from "../graph/ops/mod.ts";
import { lowest } from "../graph/ops/pool.ts";
import { type Fused, fuseIntoProducer, isActivated } from "./_fuse.ts";

/**
 * Fuses borders around height and width into convolutions and maxima, where all
 * that read them can take them. For graphs that are not trained: gradients would
 * be summed in another order.
 */
export function fusePad(graph: Graph): Graph {
  return fuseIntoProducer(withBordersApart(graph), merge);
}

/** Gives each reader of a border its own, if each can take it. */
function withBordersApart(graph: Graph): Graph {
  const consumers = consumersOf(graph);
  const tensors = new Map(graph.tensors);
  const own = new Map<Node, string>();
  const nodes = graph.nodes.flatMap((node): Node[] => {
    const [output] = node.outputs;
    const readers = consumers.get(output) ?? [];
    const areApart = node.op === "pad" && readers.length > 1 &&
      !graph.outputs.includes(output) &&
      readers.every((reader) =>
        merge(node, reader, graph) && reader.inputs.lastIndexOf(output) === 0
      );
    const image = own.get(node);
    if (!areApart) {
      return image === undefined
        ? [node]
        : [{ ...node, inputs: [image, ...node.inputs.slice(1)] }];
    }
    return readers.map((reader, at): Node => {
      const name = `${output} for reader ${at}`;
      const tensor: Tensor = { ...tensorOf(graph, output), name };
      tensors.set(name, tensor);
      own.set(reader, name);
      return { ...node, outputs: [name] };
    });
  });
  return { ...graph, nodes, tensors };
}

function merge(producer: Node, node: Node, graph: Graph): Fused | undefined {
  if (producer.op !== "pad" || producer.outputs[0] !== node.inputs[0]) {
    return undefined;
  }
  const { paddings, value } = producer.attributes;
  const border = borderOf(paddings);
  if (!border) return undefined;
  const inputs = [producer.inputs[0], ...node.inputs.slice(1)];
  switch (node.op) {
    case "max_pool": {
      const pads = sumOf(node.attributes.pads, border);
      const { window } = node.attributes;
      const isInside = Math.max(pads.top, pads.bottom) < window.height &&
        Math.max(pads.left, pads.right) < window.width;
      const isLeast = value <= lowest ||
        value <= 0 && isRectified(producer.inputs[0], graph);
      if (!isLeast || !isInside) return undefined;
      const attributes = { ...node.attributes, pads };
      return { node: { ...node, inputs, attributes }, constants: [] };
    }
    case "conv2d": {
      if (value !== 0) return undefined;
      const pads = sumOf(node.attributes.pads, border);
      const attributes = { ...node.attributes, pads };
      return { node: { ...node, inputs, attributes }, constants: [] };
    }
    case "depthwise_conv2d": {
      if (value !== 0) return undefined;
      const pads = sumOf(node.attributes.pads, border);
      const attributes = { ...node.attributes, pads };
      return { node: { ...node, inputs, attributes }, constants: [] };
    }
    default:
      return undefined;
  }
}

/** Whether an activation has left nothing below zero. */
function isRectified(name: string, { nodes }: Graph): boolean {
  const maker = nodes.find(({ outputs }) => outputs[0] === name);
  if (!maker) return false;
  const activation = maker.op === "unary"
    ? maker.attributes.function
    : isActivated(maker)
    ? maker.attributes.activation
    : "none";
  return activation === "relu" || activation === "relu6";
}

/** Pads that do the same, if there are any. */
function borderOf(paddings: PadAttributes["paddings"]): Pads | undefined {
  const [batch, rows, columns, channels] = paddings;
  const isOfImages = paddings.length === 4 &&
    [...batch, ...channels].every((width) => width === 0) &&
    [...rows, ...columns].every((width) => width >= 0);
  if (!isOfImages) return undefined;
  const [[top, bottom], [left, right]] = [rows, columns];
  return { top, bottom, left, right };
}

function sumOf(one: Pads, other: Pads): Pads {
  return {
    top: one.top + other.top,
    bottom: one.bottom + other.bottom,
    left: one.left + other.left,
    right: one.right + other.right,
  };
}
