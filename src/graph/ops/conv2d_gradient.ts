/**
 * The gradients of convolutions.
 *
 * `*_input_gradient`: `[dy (n, oh, ow, co), filter]`, of the image.
 * `*_filter_gradient`: `[x (n, h, w, ci), dy]`, of the filter.
 */
import {
  conv2dFilterGradient,
  conv2dFilterGradientCall,
} from "../../../kernels/conv2d_filter_gradient.ts";
import {
  conv2dInputGradient,
  conv2dInputGradientVariant,
  mirroredConvolution,
} from "../../../kernels/conv2d_input_gradient.ts";
import {
  depthwiseFilterGradient,
  depthwiseFilterGradientCall,
} from "../../../kernels/depthwise_filter_gradient.ts";
import {
  depthwiseInputGradient,
  depthwiseInputGradientVariant,
} from "../../../kernels/depthwise_input_gradient.ts";
import {
  conv2d,
  conv2dCall,
  type Conv2dShape,
} from "../../../kernels/conv2d.ts";
import { dispatch } from "../../../kernels/kernel.ts";
import type { WindowShape } from "../../../kernels/window.ts";
import type { Lowering } from "../lowering.ts";
import type { BufferIndex, Step } from "../../../kernels/program.ts";
import { variantFor } from "../../../kernels/tuning.ts";
import type { Pads, Size } from "../geometry.ts";
import { elementCount, type NodeOf, type Shape } from "../ir.ts";
import { readBias, readFilter } from "./_lowering.ts";
import { notDifferentiable, type OpRule } from "./_rule.ts";
import { sumRowsSteps } from "./sum_rows.ts";

/** How the filter moved over the image, and the shape of what is to be computed. */
export interface Conv2dGradientAttributes {
  /** Steps from one window to the next, in pixels. */
  readonly strides: Size;
  /** Steps from one tap of the filter to its next, in pixels. */
  readonly dilations: Size;
  /** Zeros around the image. */
  readonly pads: Pads;
  /** Of the image or of the filter, whose gradient this is. */
  readonly shape: Shape;
}

/** `conv2d_input_gradient` for the typed table. */
export const conv2dInputGradientRule: OpRule<"conv2d_input_gradient"> = {
  shape: (_inputs, { shape }) => [shape],
  lower(node, to) {
    const { name, inputs: [dy, filter], outputs: [dx], attributes } = node;
    const params = {
      ...windowShape(attributes, {
        image: to.shape(dx),
        filter: to.shape(filter),
        output: to.shape(dy),
      }),
      inChannels: to.shape(filter)[2],
      outChannels: to.shape(filter)[3],
    };
    const mirrored = mirroredConvolution(params);
    if (mirrored) return lowerMirrored(node, to, mirrored);
    return [dispatch(conv2dInputGradient, {
      params,
      variant: conv2dInputGradientVariant(params),
      reads: [to.read(dy), to.read(filter)],
      writes: [to.place(dx).buffer],
      label: name,
    })];
  },
  gradient: notDifferentiable,
};

/** The gradient as the convolution of the slopes with the filter turned around. */
function lowerMirrored(
  { name, inputs: [dy, filter], outputs: [dx] }: NodeOf<
    "conv2d_input_gradient"
  >,
  to: Lowering,
  shape: Conv2dShape,
): Step[] {
  const places = shape.windowHeight * shape.windowWidth;
  const { outChannels: columns } = shape;
  const { params, variant } = conv2dCall(shape, {
    batch: to.shape(dy)[0],
    activation: "none",
    tile: variantFor(to.tuning, shape),
  });
  const weights = readFilter(to, filter, {
    depth: places * shape.inChannels,
    columns,
    isTransposed: true,
    places,
    label: name,
  });
  return [
    ...weights.steps,
    dispatch(conv2d, {
      params,
      variant,
      reads: [
        to.read(dy),
        weights.buffer,
        readBias(to, undefined, columns),
      ],
      writes: [to.place(dx).buffer],
      label: name,
    }),
  ];
}

/** `conv2d_filter_gradient` for the typed table. */
export const conv2dFilterGradientRule: OpRule<"conv2d_filter_gradient"> = {
  shape: (_inputs, { shape }) => [shape],
  lower(node, to) {
    const { params, variant } = conv2dFilterGradientCall({
      ...filterWindow(node, to),
      inChannels: node.attributes.shape[2],
      outChannels: node.attributes.shape[3],
    }, to.tuning);
    return inParts(
      node,
      to,
      params.splits,
      (reads, partials) =>
        dispatch(conv2dFilterGradient, {
          params,
          variant,
          reads,
          writes: [partials],
          label: node.name,
        }),
    );
  },
  gradient: notDifferentiable,
};

/** `depthwise_input_gradient` for the typed table. */
export const depthwiseInputGradientRule: OpRule<"depthwise_input_gradient"> = {
  shape: (_inputs, { shape }) => [shape],
  lower({ name, inputs: [dy, filter], outputs: [dx], attributes }, to) {
    const params = {
      ...windowShape(attributes, {
        image: to.shape(dx),
        filter: to.shape(filter),
        output: to.shape(dy),
      }),
      inChannels: to.shape(filter)[2],
      multiplier: to.shape(filter)[3],
    };
    return [dispatch(depthwiseInputGradient, {
      params,
      variant: depthwiseInputGradientVariant(params, to.tuning),
      reads: [to.read(dy), to.read(filter)],
      writes: [to.place(dx).buffer],
      label: name,
    })];
  },
  gradient: notDifferentiable,
};

/** `depthwise_filter_gradient` for the typed table. */
export const depthwiseFilterGradientRule: OpRule<"depthwise_filter_gradient"> =
  {
    shape: (_inputs, { shape }) => [shape],
    lower(node, to) {
      const { params, variant } = depthwiseFilterGradientCall({
        ...filterWindow(node, to),
        inChannels: node.attributes.shape[2],
        multiplier: node.attributes.shape[3],
      }, to.tuning);
      return inParts(
        node,
        to,
        params.splits,
        (reads, partials) =>
          dispatch(depthwiseFilterGradient, {
            params,
            variant,
            reads,
            writes: [partials],
            label: node.name,
          }),
      );
    },
    gradient: notDifferentiable,
  };

type FilterGradient = NodeOf<
  "conv2d_filter_gradient" | "depthwise_filter_gradient"
>;

/** The gradient of a filter in parts, and what adds them up. */
function inParts(
  { name, inputs, outputs: [y], attributes: { shape } }: FilterGradient,
  to: Lowering,
  splits: number,
  first: (reads: BufferIndex[], partials: BufferIndex) => Step,
): Step[] {
  const columns = elementCount(shape);
  const reads = inputs.map((input) => to.read(input));
  const { buffer } = to.place(y);
  if (splits === 1) return [first(reads, buffer)];
  const partials = to.scratch(splits * columns);
  const size = { rows: splits, columns, label: name };
  return [
    first(reads, partials),
    ...sumRowsSteps(to, size, [partials, buffer]),
  ];
}

function filterWindow(
  { inputs: [x, dy], attributes }: FilterGradient,
  to: Lowering,
): WindowShape {
  return windowShape(attributes, {
    image: to.shape(x),
    filter: attributes.shape,
    output: to.shape(dy),
  });
}

function windowShape(
  { strides, dilations, pads }: Conv2dGradientAttributes,
  { image, filter, output }: { image: Shape; filter: Shape; output: Shape },
): WindowShape {
  const [batch, inHeight, inWidth] = image;
  const [, outHeight, outWidth] = output;
  return {
    batch,
    inHeight,
    inWidth,
    outHeight,
    outWidth,
    windowHeight: filter[0],
    windowWidth: filter[1],
    strideHeight: strides.height,
    strideWidth: strides.width,
    dilationHeight: dilations.height,
    dilationWidth: dilations.width,
    padTop: pads.top,
    padLeft: pads.left,
  };
}
