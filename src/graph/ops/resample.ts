/**
 * A decoded picture at another size as Pillow makes it, `[picture (h, w, 3)]`:
 * one picture `(1, height, width, 3)` in f32. TensorFlow has no such op: graphs
 * have nodes that compute it (`resample_nodes.ts`), the last of which says of
 * what, in attributes that TensorFlow passes over.
 */
import type { Resampling } from "../../../kernels/resample_images.ts";
import { InputError } from "../../errors.ts";
import type { Size } from "../geometry.ts";
import type { AttrValue, NodeDef } from "../graphdef.ts";
import type { Tensor } from "../ir.ts";
import { bytesAttribute } from "../make_node.ts";
import { importError, requireInputs } from "./_attributes.ts";
import { type ImportedNode, notDifferentiable, type OpRule } from "./_rule.ts";

/** To which size, and how. */
export interface ResampleAttributes extends Size {
  /** As Pillow, torchvision and timm do it. */
  readonly resampling: Resampling;
}

/** What stands for all its nodes; no op of TensorFlow's has a space in its name. */
export const resampleOp = "espalier resample";

/** Of the last node; TensorFlow passes over what begins with an underscore. */
const marks = {
  filter: "_pillow_filter",
  height: "_pillow_height",
  width: "_pillow_width",
  shorterSide: "_pillow_shorter_side",
} as const;

/** No side is longer in a graph, and no shorter side in a run. */
const largestSide = 65536;

export const rule: OpRule<"resample"> = {
  shape([picture], { height, width }) {
    const [channels] = picture.shape.slice(2);
    if (picture.shape.length !== 3 || channels !== 3) {
      throw new InputError(
        `input "${picture.name}" has shape [${
          picture.shape.join(", ")
        }], expected a picture (height, width, 3)`,
      );
    }
    return [[1, height, width, channels]];
  },
  dtype: () => "f32",
  gradient: notDifferentiable,
};

export const importers = { [resampleOp]: importResample };

function importResample(
  node: NodeDef,
  inputs: readonly Tensor[],
): ImportedNode {
  requireInputs(node, inputs, 1);
  const attributes = resampleAttributesOf(node);
  if (attributes) return { kind: "node", op: "resample", inputs, attributes };
  throw importError(node, "it does not say to which size and how");
}

/** What a node says of the resampling that ends with it. */
export function resampleMarks(
  { height, width, resampling }: ResampleAttributes,
): (readonly [name: string, value: AttrValue])[] {
  const { filter, shorterSide } = resampling;
  return [
    [marks.filter, bytesAttribute(filter)],
    [marks.height, { kind: "int", value: height }],
    [marks.width, { kind: "int", value: width }],
    ...shorterSide === undefined
      ? []
      : [[marks.shorterSide, { kind: "int", value: shorterSide }] as const],
  ];
}

/** What a node says of the resampling that ends with it, if it says what can be. */
export function resampleAttributesOf(
  { attributes }: NodeDef,
): ResampleAttributes | undefined {
  const text = attributes.get(marks.filter);
  const filter = text?.kind === "bytes" ? filterOf(text.value) : undefined;
  const [height, width, shorterSide] = [
    ...[marks.height, marks.width, marks.shorterSide],
  ].map((name) => {
    const side = attributes.get(name);
    return side?.kind === "int" ? side.value : undefined;
  });
  if (!filter || height === undefined || width === undefined) return undefined;
  const isCut = attributes.has(marks.shorterSide);
  const sides = [height, width, ...isCut ? [shorterSide ?? 0] : []];
  const isUsable = sides.every((side) => side >= 1 && side <= largestSide);
  if (!isUsable) return undefined;
  return {
    ...{ height, width },
    resampling: { filter, ...shorterSide !== undefined && { shorterSide } },
  };
}

function filterOf(text: Uint8Array): Resampling["filter"] | undefined {
  const name = new TextDecoder().decode(text);
  return name === "bilinear" || name === "bicubic" ? name : undefined;
}
