/**
 * TensorFlow's nodes that stand around a network: gray images before it,
 * probabilities behind it.
 *
 * @module
 */
import {
  bytesAttribute,
  constantNode,
  floatConstant,
  intConstant,
  makeNode,
  typeAttribute,
} from "./_make_node.ts";
import { ints } from "./_lists.ts";
import { dataTypes, type NodeDef } from "./graphdef.ts";

const float = typeAttribute("T", dataTypes.float);
const index = typeAttribute("Tidx", dataTypes.int32);

/** Luma of `(1, h, w, 3)` as `(1, h, w, 1)`: red, green and blue weighed as ITU-R BT.601 does. */
export function grayNodes(image: string): NodeDef[] {
  const scope = (name: string) => `preprocessing/gray/${name}`;
  return [
    floatConstant(scope("weights"), [0.299, 0.587, 0.114]),
    makeNode("Mul", scope("weighed"), [image, scope("weights")], [float]),
    intConstant(scope("axis"), [3]),
    makeNode("Sum", scope("luma"), [scope("weighed"), scope("axis")], [
      float,
      index,
      ["keep_dims", { kind: "bool", value: true }],
    ]),
  ];
}

/** Red for blue in `(1, h, w, 3)`, as the node `name`: a convolution of one pixel, which the importer knows. */
export function swapNodes(image: string, name: string): NodeDef[] {
  const filter = Float32Array.of(0, 0, 1, 0, 1, 0, 1, 0, 0);
  return [
    constantNode(`${name}/filter`, [1, 1, 3, 3], filter),
    makeNode("Conv2D", name, [image, `${name}/filter`], [
      float,
      ["strides", ints(1, 1, 1, 1)],
      ["padding", bytesAttribute("VALID")],
    ]),
  ];
}

/** Probabilities of logits, as the node `name`; of one logit those of the classes 0 and 1. */
export function probabilityNodes(
  logits: string,
  { name, kind }: { name: string; kind: "softmax" | "sigmoid" },
): NodeDef[] {
  if (kind === "softmax") return [makeNode("Softmax", name, [logits], [float])];
  const scope = (part: string) => `${name}/${part}`;
  return [
    makeNode("Sigmoid", scope("second"), [logits], [float]),
    makeNode("Neg", scope("negative"), [logits], [float]),
    makeNode("Sigmoid", scope("first"), [scope("negative")], [float]),
    intConstant(scope("axis"), 1),
    makeNode(
      "ConcatV2",
      name,
      [scope("first"), scope("second"), scope("axis")],
      [float, ["N", { kind: "int", value: 2 }], index],
    ),
  ];
}
