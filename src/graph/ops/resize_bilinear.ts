/**
 * Images at another size, `[images (n, h, w, c)]`, as TensorFlow 1 does it
 * (see `kernels/_resize.ts`). The result is always f32.
 */
import { dispatch } from "../../../kernels/kernel.ts";
import {
  resizeBilinear,
  type ResizeRules,
  resizeScale,
} from "../../../kernels/resize_bilinear.ts";
import { InputError } from "../../errors.ts";
import type { Lowering } from "../lowering.ts";
import type { Step } from "../../../kernels/program.ts";
import type { Size } from "../geometry.ts";
import type { NodeDef } from "../graphdef.ts";
import type { NodeOf, Tensor } from "../ir.ts";
import {
  attribute,
  importError,
  knownInts,
  requireInputs,
  requireRank,
} from "./_attributes.ts";
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
  lower,
  gradient: notDifferentiable,
};

function lower(
  { name, inputs: [x], outputs: [y], attributes }: NodeOf<"resize_bilinear">,
  to: Lowering,
): Step[] {
  const [batch, inHeight, inWidth, channels] = to.shape(x);
  const { height: outHeight, width: outWidth, halfPixelCenters } = attributes;
  const { buffer, stride, offset } = to.place(y);
  const scale = (inSize: number, outSize: number) =>
    resizeScale({ inSize, outSize }, attributes);
  return [dispatch(resizeBilinear, {
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
    variant: { halfPixelCenters },
    reads: [to.read(x)],
    writes: [buffer],
    label: name,
  })];
}

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
