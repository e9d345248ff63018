/** Images whose channels come first, as graphs for TensorFlow's GPUs have them. */
import type { AttrValue, NodeDef } from "../graphdef.ts";
import { ints } from "../make_node.ts";
import { textAttribute } from "./_attributes.ts";
import type { OpImporter } from "./_rule.ts";
import { transpose } from "./transpose.ts";

const toLast = [0, 2, 3, 1];
const toFirst = [0, 3, 1, 2];

/**
 * An importer of images with the channels last that takes those with the channels
 * first, too: between two transposes, which a pass joins with their neighbours'.
 */
export function ofEitherFormat(importer: OpImporter): OpImporter {
  return (node, inputs, context) => {
    const [images, ...others] = inputs;
    const isFirst = textAttribute(node, "data_format", "NHWC") === "NCHW";
    if (!isFirst || images?.shape.length !== 4) {
      return importer(node, inputs, context);
    }
    const turned = context.add(transpose(images, toLast));
    const last = withChannelsLast(node);
    const made = importer(last, [turned, ...others], context);
    if (made.kind !== "node") return made;
    return transpose(context.add(made), toFirst);
  };
}

/** The node with its lists in the order of NHWC. */
function withChannelsLast(node: NodeDef): NodeDef {
  const attributes = new Map<string, AttrValue>();
  for (const [name, value] of node.attributes) {
    if (name === "data_format") continue;
    attributes.set(name, value);
    if (value.kind !== "list") continue;
    const list = value.value.ints;
    if (list.length === 4) {
      attributes.set(name, ints(...toLast.map((axis) => list[axis])));
    }
    if (list.length === 8) {
      const pairs = toLast.flatMap((axis) =>
        list.slice(2 * axis, 2 * axis + 2)
      );
      attributes.set(name, ints(...pairs));
    }
  }
  return { ...node, attributes };
}
