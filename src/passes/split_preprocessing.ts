/**
 * Cuts what happens to an encoded picture (DecodeJpeg, Cast, ExpandDims,
 * ResizeBilinear, or Pillow's resampling) off the front of a graph, as data: files are decoded on the
 * CPU and resized on the GPU each at its own size, before they form a batch.
 *
 * @module
 */
import type { Resampling } from "../../kernels/resample_images.ts";
import { InputError } from "../errors.ts";
import { type Graph, type Node, removeUnused, tensorOf } from "../graph/ir.ts";
import type {
  DecodeImageAttributes,
  ResizeBilinearAttributes,
} from "../graph/ops/mod.ts";

/** How pictures become the input of a graph. */
export interface Resize extends ResizeBilinearAttributes {
  /** How JPEGs are decoded. */
  readonly dctMethod: DecodeImageAttributes["dctMethod"];
  /** Present where Pillow's way takes the place of ResizeBilinear's. */
  readonly resampling?: Resampling;
}

/** A graph that starts at resized pictures, and how they are resized. */
export interface SplitGraph {
  /** The graph. */
  readonly graph: Graph;
  /** Absent if the graph has no picture decoder: it starts at its placeholder. */
  readonly resize?: Resize;
}

/**
 * Splits a graph at its ResizeBilinear, if it decodes pictures.
 *
 * @throws {InputError} if it decodes pictures and uses them otherwise.
 */
export function splitPreprocessing(graph: Graph): SplitGraph {
  const decode = graph.nodes.find((node) => node.op === "decode_image");
  if (decode?.op !== "decode_image") return { graph };
  const resize = follow(graph, decode);
  const [resized] = resize.outputs;
  const cut = removeUnused({
    ...graph,
    nodes: graph.nodes.filter((node) => node !== resize),
    inputs: [resized],
  });
  const { dctMethod } = decode.attributes;
  return {
    graph: { ...cut, inputs: [resized] },
    resize: { ...rulesOf(resize), dctMethod },
  };
}

/** A node that makes a picture of another size. */
type ResizeNode = Extract<Node, { op: "resize_bilinear" | "resample" }>;

function rulesOf(node: ResizeNode): Omit<Resize, "dctMethod"> {
  if (node.op === "resize_bilinear") return node.attributes;
  const plain = { alignCorners: false, halfPixelCenters: false };
  return { ...node.attributes, ...plain };
}

/** From the decoder through casts and reshapes to the only resize. */
function follow(graph: Graph, decode: Node): ResizeNode {
  let [current] = decode.outputs;
  for (;;) {
    const users = graph.nodes.filter((node) => node.inputs.includes(current));
    const [next] = users;
    if (users.length === 1 && next.op === "resample") return next;
    if (users.length === 1 && next.op === "resize_bilinear") {
      if (tensorOf(graph, next.outputs[0]).shape[0] === 1) return next;
    }
    const isPassive = users.length === 1 &&
      (next.op === "cast" || next.op === "reshape");
    if (!isPassive) {
      throw new InputError(
        `Node "${decode.name}" decodes pictures that are not resized by one ResizeBilinear: choose --input-tensor after them`,
      );
    }
    [current] = next.outputs;
  }
}
