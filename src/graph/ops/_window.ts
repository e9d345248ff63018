/** What convolutions and pools share: a window that moves over an NHWC image. */
import { InputError } from "../../errors.ts";
import {
  type Padding,
  type Pads,
  resolvePads,
  type Size,
  windowedSize,
  type WindowGeometry,
} from "../geometry.ts";
import type { NodeDef } from "../graphdef.ts";
import type { Shape, Tensor } from "../ir.ts";
import type { WindowShape } from "../../../kernels/window.ts";
import {
  importError,
  intsAttribute,
  requireFloat,
  requireInputs,
  requireRank,
  requireText,
  textAttribute,
} from "./_attributes.ts";

export const noDilation: Size = { height: 1, width: 1 };

/** Height and width of an image `[n, h, w, c]`. Throws where they are not known. */
function imageSize(image: Tensor): Size {
  const [, height, width] = image.shape;
  if (image.shape.length !== 4 || image.shape.some((size) => size < 1)) {
    throw new InputError(
      `input "${image.name}" has shape [${
        image.shape.join(", ")
      }], expected a known [batch, height, width, channels]`,
    );
  }
  return { height, width };
}

/** Throws unless there are so many inputs, all of them floats of rank 4, and NHWC. */
export function requireImages(
  node: NodeDef,
  inputs: readonly Tensor[],
  count: number,
): void {
  requireInputs(node, inputs, count);
  for (const input of inputs) {
    requireFloat(node, input);
    requireRank(node, input, [4]);
  }
  requireText(node, "data_format", "NHWC");
}

/** The pads that the `padding` attribute means. */
export function padsOf(
  node: NodeDef,
  image: Tensor,
  geometry: WindowGeometry,
): Pads {
  return resolvePads(imageSize(image), paddingOf(node), geometry);
}

function paddingOf(node: NodeDef): Padding {
  const padding = textAttribute(node, "padding", "");
  if (padding === "SAME" || padding === "VALID") return padding;
  if (padding !== "EXPLICIT") {
    throw importError(
      node,
      `padding "${padding}", expected "SAME", "VALID" or "EXPLICIT"`,
    );
  }
  const ints = intsAttribute(node, "explicit_paddings", []);
  const [n0, n1, top, bottom, left, right, c0, c1] = ints;
  const valid = ints.length === 8 &&
    [n0, n1, c0, c1].every((pad) => pad === 0) &&
    ints.every((pad) => pad >= 0 && pad < 65536);
  if (!valid) {
    throw importError(
      node,
      `explicit_paddings [${
        ints.join(", ")
      }], expected [0, 0, top, bottom, left, right, 0, 0]`,
    );
  }
  return { top, bottom, left, right };
}

/** Height and width of the output. Throws where the window does not fit. */
export function outputSize(
  image: Tensor,
  pads: Pads,
  geometry: WindowGeometry,
): Size {
  const size = windowedSize(imageSize(image), pads, geometry);
  if (size.height < 1 || size.width < 1) {
    const { height, width } = geometry.window;
    throw new InputError(
      `a window of ${height}x${width} does not fit into "${image.name}" of shape [${
        image.shape.join(", ")
      }]`,
    );
  }
  return size;
}

/** The window as kernels take it, over images and to outputs `(n, h, w, c)`. */
export function windowShape(
  { window, strides, dilations, pads }: WindowGeometry & {
    readonly pads: Pads;
  },
  { image, output }: { readonly image: Shape; readonly output: Shape },
): WindowShape {
  const [batch, inHeight, inWidth] = image;
  const [, outHeight, outWidth] = output;
  return {
    batch,
    inHeight,
    inWidth,
    outHeight,
    outWidth,
    windowHeight: window.height,
    windowWidth: window.width,
    strideHeight: strides.height,
    strideWidth: strides.width,
    dilationHeight: dilations.height,
    dilationWidth: dilations.width,
    padTop: pads.top,
    padLeft: pads.left,
  };
}

/** Height and width of a filter `(kh, kw, ...)`. */
export function filterSize([height, width]: Shape): Size {
  return { height, width };
}
