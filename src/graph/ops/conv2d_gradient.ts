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
import type { Step } from "../../../kernels/program.ts";
import { variantFor } from "../../../kernels/tuning.ts";
import type { Pads, Size } from "../geometry.ts";
import { elementCount, type NodeOf, type Shape } from "../ir.ts";
import { filterSize, windowShape } from "./_window.ts";
import { readBias, readFilter } from "./_lowering.ts";
import { notDifferentiable, type OpRule } from "./_rule.ts";
import { sumOfParts } from "./sum_rows.ts";

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

export const conv2dInputGradientRule: OpRule<"conv2d_input_gradient"> = {
  shape: (_inputs, { shape }) => [shape],
  lower(node, to) {
    const { name, inputs: [dy, filter], outputs: [dx], attributes } = node;
    const params = {
      ...windowShape(
        { ...attributes, window: filterSize(to.shape(filter)) },
        { image: to.shape(dx), output: to.shape(dy) },
      ),
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

export const conv2dFilterGradientRule: OpRule<"conv2d_filter_gradient"> = {
  shape: (_inputs, { shape }) => [shape],
  lower(node, to) {
    const { params, variant } = conv2dFilterGradientCall({
      ...filterWindow(node, to),
      inChannels: node.attributes.shape[2],
      outChannels: node.attributes.shape[3],
    }, to.tuning);
    const reads = node.inputs.map((input) => to.read(input));
    const { splits } = params;
    const columns = elementCount(node.attributes.shape);
    const size = { splits, columns, label: node.name };
    const target = to.place(node.outputs[0]).buffer;
    return sumOfParts(
      to,
      { ...size, target },
      (partials) =>
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

export const depthwiseInputGradientRule: OpRule<"depthwise_input_gradient"> = {
  shape: (_inputs, { shape }) => [shape],
  lower({ name, inputs: [dy, filter], outputs: [dx], attributes }, to) {
    const params = {
      ...windowShape(
        { ...attributes, window: filterSize(to.shape(filter)) },
        { image: to.shape(dx), output: to.shape(dy) },
      ),
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

export const depthwiseFilterGradientRule: OpRule<"depthwise_filter_gradient"> =
  {
    shape: (_inputs, { shape }) => [shape],
    lower(node, to) {
      const { params, variant } = depthwiseFilterGradientCall({
        ...filterWindow(node, to),
        inChannels: node.attributes.shape[2],
        multiplier: node.attributes.shape[3],
      }, to.tuning);
      const reads = node.inputs.map((input) => to.read(input));
      const { splits } = params;
      const columns = elementCount(node.attributes.shape);
      const size = { splits, columns, label: node.name };
      const target = to.place(node.outputs[0]).buffer;
      return sumOfParts(
        to,
        { ...size, target },
        (partials) =>
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

function filterWindow(
  { inputs: [x, dy], attributes }: FilterGradient,
  to: Lowering,
): WindowShape {
  const window = filterSize(attributes.shape);
  const shapes = { image: to.shape(x), output: to.shape(dy) };
  return windowShape({ ...attributes, window }, shapes);
}
