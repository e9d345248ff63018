/** ONNX's nodes for windows over images, and for images of other sizes. */
import { InputError } from "../errors.ts";
import type { Pads } from "../graph/geometry.ts";
import type { NodeOf, Shape } from "../graph/ir.ts";
import { lowest } from "../graph/ops/pool.ts";
import { writeActivated } from "./_written_functions.ts";
import { channelsFirst, type OnnxWriting } from "./_writing.ts";

/** Writes a border of one value. */
export function padded(
  to: OnnxWriting,
  x: string,
  { name, paddings, value }: {
    readonly name: string;
    readonly paddings: readonly (readonly [before: number, after: number])[];
    readonly value: number;
  },
): string {
  const widths = [0, 1].flatMap((side) => paddings.map((both) => both[side]));
  return to.node("Pad", [x, to.wholes(widths), to.number(value)], { name });
}

function padsOf({ top, left, bottom, right }: Pads): number[] {
  return [top, left, bottom, right];
}

export function writeConvolution(
  to: OnnxWriting,
  node: NodeOf<"conv2d"> | NodeOf<"depthwise_conv2d">,
): void {
  const { inputs: [x, filter, bias, residual], outputs: [name] } = node;
  if (residual !== undefined) {
    throw new Error(
      `"${node.name}" adds a residual, which ONNX's Conv does not`,
    );
  }
  const { strides, dilations, pads, activation } = node.attributes;
  const [height, width, channels, multiplier] = to.shape(filter);
  const group = node.op === "conv2d" ? node.attributes.groups ?? 1 : channels;
  const weights = node.op === "conv2d"
    ? to.in(filter, [3, 2, 0, 1])
    : depthwiseFilter(to, filter, [channels * multiplier, 1, height, width]);
  const inputs = [
    to.in(x, channelsFirst),
    weights,
    ...bias === undefined ? [] : [to.own(bias)],
  ];
  writeActivated(to, activation, {
    ...{ name, op: "Conv" },
    make: (name) =>
      to.node("Conv", inputs, {
        ...{ name, group },
        kernel_shape: [height, width],
        strides: [strides.height, strides.width],
        dilations: [dilations.height, dilations.width],
        pads: padsOf(pads),
      }),
  });
  to.put(name, { axes: channelsFirst });
}

/** `(h, w, channels, multiplier)` as `(channels * multiplier, 1, h, w)`. */
function depthwiseFilter(
  to: OnnxWriting,
  filter: string,
  shape: Shape,
): string {
  const axes = [2, 3, 0, 1];
  if (to.isConstant(filter)) return to.constant(filter, { axes, shape });
  return to.node("Reshape", [to.in(filter, axes), to.wholes(shape)], {
    name: to.fresh(`${filter}/${shape.join("x")}`),
  });
}

export function writePool(
  to: OnnxWriting,
  node: NodeOf<"max_pool"> | NodeOf<"avg_pool">,
): void {
  const { op, inputs: [x], outputs: [name], attributes } = node;
  const { window, strides, pads } = attributes;
  const isWide = Math.max(pads.top, pads.bottom) >= window.height ||
    Math.max(pads.left, pads.right) >= window.width;
  let image = to.in(x, channelsFirst);
  let around = padsOf(pads);
  if (isWide) {
    if (op === "avg_pool") {
      throw new InputError(
        `Cannot write node "${node.name}" (${op}): its pads are as wide as its window, which ONNX does not allow`,
      );
    }
    image = padded(to, image, {
      name: to.fresh(`${name}/Pad`),
      paddings: [[0, 0], [0, 0], [pads.top, pads.bottom], [
        pads.left,
        pads.right,
      ]],
      value: lowest,
    });
    around = [0, 0, 0, 0];
  }
  to.node(op === "max_pool" ? "MaxPool" : "AveragePool", [image], {
    name,
    kernel_shape: [window.height, window.width],
    strides: [strides.height, strides.width],
    pads: around,
  });
  to.put(name, { axes: channelsFirst });
}

export function writeResize(
  to: OnnxWriting,
  node: NodeOf<"resize_bilinear">,
): void {
  const { inputs: [x], outputs: [name], attributes } = node;
  const { height, width, alignCorners, halfPixelCenters } = attributes;
  const image = to.in(x, channelsFirst);
  const channels = to.shape(x)[3];
  const sizes = to.isLifted(x)
    ? to.countedShape(x, [channels, height, width])
    : to.wholes(to.sizes(name, channelsFirst));
  to.node("Resize", [image, "", "", sizes], {
    ...{ name, mode: "linear" },
    coordinate_transformation_mode: alignCorners
      ? "align_corners"
      : halfPixelCenters
      ? "half_pixel"
      : "asymmetric",
  });
  to.put(name, { axes: channelsFirst });
}
