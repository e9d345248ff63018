/**
 * A convolution of images in blocks is a dilated one of the images as they are.
 *
 * @module
 */
import {
  consumersOf,
  type Graph,
  type Node,
  type NodeOf,
  removeUnused,
  type Shape,
  type Tensor,
  tensorOf,
} from "./ir.ts";
import { inferShapes } from "./ops/mod.ts";

type Convolution = NodeOf<"conv2d"> | NodeOf<"depthwise_conv2d">;

/** What puts blocks together, the convolution of them, and what is between. */
interface Blocks {
  readonly convolution: Convolution;
  readonly between: readonly Node[];
  readonly last: NodeOf<"batch_to_space">;
  /** A border of zeros around the images before they became blocks. */
  readonly border: NodeOf<"pad"> | undefined;
  readonly images: string;
  /** A border that is cut off afterwards. */
  readonly crop: NodeOf<"pad"> | undefined;
}

/** Makes dilated convolutions of those between `space_to_batch` and `batch_to_space`. */
export function foldBlocks(graph: Graph): Graph {
  let folded = graph;
  for (const node of graph.nodes) {
    if (node.op !== "batch_to_space") continue;
    const blocks = blocksBefore(folded, node);
    if (blocks) folded = withDilation(folded, blocks);
  }
  return folded === graph ? graph : removeUnused(folded);
}

function blocksBefore(
  graph: Graph,
  last: NodeOf<"batch_to_space">,
): Blocks | undefined {
  const producers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node])),
  );
  const consumers = consumersOf(graph);
  const isOwn = (name: string) =>
    consumers.get(name)?.length === 1 && !graph.outputs.includes(name);
  const between: Node[] = [];
  let [name] = last.inputs;
  for (;;) {
    const node = producers.get(name);
    if (!node || !isOwn(name)) return undefined;
    if (node.op === "conv2d" || node.op === "depthwise_conv2d") {
      const before = producers.get(node.inputs[0]);
      const fits = before?.op === "space_to_batch" &&
        isSame(before.attributes.block, last.attributes.block) &&
        isSame(node.attributes.strides, { height: 1, width: 1 });
      if (!fits) return undefined;
      const [images] = before.inputs;
      const border = producers.get(images);
      const [after] = consumers.get(last.outputs[0]) ?? [];
      return {
        convolution: node,
        between,
        last,
        images,
        border: border?.op === "pad" && isBorder(border, 1)
          ? border
          : undefined,
        crop: after?.op === "pad" && isOwn(last.outputs[0]) &&
            isBorder(after, -1)
          ? after
          : undefined,
      };
    }
    if (!isOfChannels(graph, node)) return undefined;
    between.unshift(node);
    [name] = node.inputs;
  }
}

type Size = Convolution["attributes"]["strides"];

function isSame(a: Size, b: Size): boolean {
  return a.height === b.height && a.width === b.width;
}

/** Whether a pad puts zeros around images, or, where the sign is -1, cuts them. */
function isBorder({ attributes }: NodeOf<"pad">, sign: 1 | -1): boolean {
  const { paddings: [batch, height, width, channels, ...more], value } =
    attributes;
  return value === 0 && more.length === 0 && channels !== undefined &&
    [...batch, ...channels].every((length) => length === 0) &&
    [...height, ...width].every((length) => length * sign >= 0);
}

/** Whether a node does the same to every place of an image, and has no other image. */
function isOfChannels(graph: Graph, node: Node): boolean {
  if (!["unary", "binary", "batch_norm"].includes(node.op)) return false;
  const { shape } = tensorOf(graph, node.inputs[0]);
  return shape.length === 4 && node.inputs.slice(1).every((name) => {
    const { constant, shape: other } = tensorOf(graph, name);
    return constant !== undefined &&
      other.slice(0, -1).every((size) => size === 1);
  });
}

function withDilation(graph: Graph, blocks: Blocks): Graph {
  const { convolution, between, last, border, crop } = blocks;
  const { attributes } = convolution;
  const { block } = last.attributes;
  const [, vertical, horizontal] = border?.attributes.paddings ?? none;
  const [, above, beside] = crop?.attributes.paddings ?? none;
  const { pads, dilations } = attributes;
  const whole = {
    top: pads.top * block.height + vertical[0],
    bottom: pads.bottom * block.height + vertical[1],
    left: pads.left * block.width + horizontal[0],
    right: pads.right * block.width + horizontal[1],
  };
  const cut = {
    top: whole.top + above[0],
    bottom: whole.bottom + above[1],
    left: whole.left + beside[0],
    right: whole.right + beside[1],
  };
  const isCut = crop !== undefined &&
    Object.values(cut).every((width) => width >= 0);
  const dilated: Convolution = {
    ...convolution,
    inputs: [
      border ? border.inputs[0] : blocks.images,
      ...convolution.inputs.slice(1),
    ],
    attributes: {
      ...attributes,
      pads: isCut ? cut : whole,
      dilations: {
        height: dilations.height * block.height,
        width: dilations.width * block.width,
      },
    },
  };
  const [end] = isCut ? crop.outputs : last.outputs;
  const gone = new Set<Node>([last, ...isCut ? [crop] : []]);
  return replaced(graph, { dilated, convolution, between, end, gone });
}

const none = [[0, 0], [0, 0], [0, 0], [0, 0]] as const;

/** The graph with new shapes from the convolution on, whose last node makes `end`. */
function replaced(
  graph: Graph,
  { dilated, convolution, between, end, gone }: {
    readonly dilated: Convolution;
    readonly convolution: Convolution;
    readonly between: readonly Node[];
    readonly end: string;
    readonly gone: ReadonlySet<Node>;
  },
): Graph {
  const tensors = new Map(graph.tensors);
  const chain = [dilated, ...between];
  const made = new Map<Node, Node>();
  for (const [at, node] of chain.entries()) {
    const inputs = node.inputs.map((name): Tensor =>
      tensorOf({ tensors }, name)
    );
    const [shape]: readonly Shape[] = inferShapes(node, inputs);
    const isLast = at === chain.length - 1;
    const output = isLast ? end : node.outputs[0];
    const tensor = tensorOf({ tensors }, output);
    tensors.set(output, { ...tensor, shape });
    made.set(at === 0 ? convolution : node, { ...node, outputs: [output] });
  }
  const nodes = graph.nodes.filter((node) => !gone.has(node))
    .map((node) => made.get(node) ?? node);
  return { ...graph, nodes, tensors };
}
