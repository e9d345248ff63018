/**
 * Images at another size, `[images (n, h, w, c)]`, as TensorFlow 1 does it
 * (see `kernels/_resize.ts`). The result is always f32.
 */
import {
  resizeBilinear,
  type ResizeRules,
  resizeScale,
} from "../../../kernels/resize_bilinear.ts";
import { InputError } from "../../errors.ts";
import type { Size } from "../geometry.ts";
import type { NodeDef } from "../graphdef.ts";
import type { Tensor } from "../ir.ts";
import {
  attribute,
  importError,
  knownInts,
  requireInputs,
  requireRank,
} from "./_attributes.ts";
import { dispatchNode } from "./_lowering.ts";
import { type ImportedNode, notDifferentiable, type OpRule } from "./_rule.ts";

/** Height and width of the output, in pixels, and where pixels lie. */
export interface ResizeBilinearAttributes extends Size, ResizeRules {}

export const rule: OpRule<"resize_bilinear"> = {
  shape([images], { height, width }) {
    const [batch, , , channels] = images.shape;
    if (batch < 1 || channels < 1) {
      throw new InputError(
        `input "${images.name}" has shape [${
          images.shape.join(", ")
        }], expected known batch and channels`,
      );
    }
    return [[batch, height, width, channels]];
  },
  dtype: () => "f32",
  lower(node, to) {
    const [batch, inHeight, inWidth, channels] = to.shape(node.inputs[0]);
    const { height: outHeight, width: outWidth } = node.attributes;
    const { stride, offset } = to.place(node.outputs[0]);
    const scale = (inSize: number, outSize: number) =>
      resizeScale({ inSize, outSize }, node.attributes);
    return dispatchNode(resizeBilinear, node, {
      to,
      params: {
        batch,
        inHeight,
        inWidth,
        channels,
        outHeight,
        outWidth,
        heightScale: scale(inHeight, outHeight),
        widthScale: scale(inWidth, outWidth),
        yStride: stride,
        yOffset: offset,
      },
      variant: { halfPixelCenters: node.attributes.halfPixelCenters },
    });
  },
  gradient: notDifferentiable,
};

export const importers = { ResizeBilinear: importResizeBilinear };

function importResizeBilinear(
  node: NodeDef,
  inputs: readonly Tensor[],
): ImportedNode {
  requireInputs(node, inputs, 2);
  const [images, size] = inputs;
  requireRank(node, images, [4]);
  const sizes = knownInts(node, size);
  const [height, width] = sizes;
  if (
    sizes.length !== 2 ||
    !sizes.every((pixels) => pixels >= 1 && pixels < 65536)
  ) {
    throw importError(
      node,
      `size [${sizes.join(", ")}], expected [height, width] of 1 and more`,
    );
  }
  const attributes = {
    height,
    width,
    alignCorners: attribute(node, "align_corners", "bool") ?? false,
    halfPixelCenters: attribute(node, "half_pixel_centers", "bool") ?? false,
  };
  return { kind: "node", op: "resize_bilinear", inputs: [images], attributes };
}
