/** A window's geometry as TensorFlow's attributes. */
import { ints } from "./_lists.ts";
import { type Pads, resolvePads, type Size } from "./geometry.ts";
import type { AttrValue } from "./graphdef.ts";
import type { Tensor } from "./ir.ts";

/** A size or step over height and width, in the order NHWC. */
export function overImage({ height, width }: Size): AttrValue {
  return ints(1, height, width, 1);
}

/** TensorFlow's word for pads, if it has one. */
export function paddingOf(
  { shape: [, height, width] }: Tensor,
  { pads, ...geometry }: {
    window: Size;
    strides: Size;
    dilations: Size;
    pads: Pads;
  },
): "SAME" | "VALID" | undefined {
  return (["VALID", "SAME"] as const).find((padding) => {
    const { top, bottom, left, right } = resolvePads(
      { height, width },
      padding,
      geometry,
    );
    return top === pads.top && bottom === pads.bottom && left === pads.left &&
      right === pads.right;
  });
}
