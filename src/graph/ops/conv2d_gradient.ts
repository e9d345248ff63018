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
  type ConvolutionShape,
  mirroredConvolution,
  type PhaseConvolution,
  phaseConvolutions,
} from "../../../kernels/conv2d_input_gradient.ts";
import {
  depthwiseFilterGradient,
  depthwiseFilterGradientCall,
} from "../../../kernels/depthwise_filter_gradient.ts";
import {
  depthwiseInputGradient,
  depthwiseInputGradientCall,
  type DepthwiseShape,
} from "../../../kernels/depthwise_input_gradient.ts";
import {
  channelsOfGroup,
  type GroupedShape,
} from "../../../kernels/grouped_conv2d.ts";
import {
  groupedFilterGradient,
  groupedFilterGradientCall,
} from "../../../kernels/grouped_filter_gradient.ts";
import {
  groupedInputGradient,
  groupedInputGradientVariant,
} from "../../../kernels/grouped_input_gradient.ts";
import {
  type Dispatch,
  dispatch,
  type Kernel,
  type ParamTable,
} from "../../../kernels/kernel.ts";
import { interleave } from "../../../kernels/interleave.ts";
import { vectorWidth } from "../../../kernels/vector.ts";
import type { WindowShape } from "../../../kernels/window.ts";
import type { Lowering } from "../lowering.ts";
import type { Step, Variant } from "../../../kernels/program.ts";
import { elementCount, type NodeOf, type Shape } from "../ir.ts";
import { filterSize, windowShape } from "./_window.ts";
import { convolve, dispatchNode } from "./_lowering.ts";
import type { Conv2dAttributes } from "./conv2d.ts";
import { notDifferentiable, type OpRule } from "./_rule.ts";
import { sumOfParts } from "./sum_rows.ts";

/** How the filter moved over the image, and the shape of what is to be computed. */
export interface Conv2dGradientAttributes
  extends Omit<Conv2dAttributes, "activation"> {
  /** Of the image or of the filter, whose gradient this is. */
  readonly shape: Shape;
}

export const conv2dInputGradientRule: OpRule<"conv2d_input_gradient"> = {
  shape: (_inputs, { shape }) => [shape],
  lower(node, to) {
    const { groups = 1, shape } = node.attributes;
    const { window, filter: [, , inChannels, outChannels] } = inputWindow(
      node,
      to,
    );
    if (groups > 1) {
      const ofAll = { ...window, inChannels: shape[3], outChannels, groups };
      return groupedInputGradientSteps(node, to, ofAll);
    }
    const params = { ...window, inChannels, outChannels };
    const mirrored = mirroredConvolution(params);
    if (mirrored) {
      // The convolution of the slopes with the filter turned around.
      return convolve(node, to, {
        shape: mirrored,
        activation: "none",
        isTransposed: true,
        places: mirrored.windowHeight * mirrored.windowWidth,
      });
    }
    const phases = inChannels > fewChannels
      ? phaseConvolutions(params)
      : undefined;
    if (phases) return phaseSteps(node, to, { params, phases });
    const variant = conv2dInputGradientVariant(params);
    return dispatchNode(conv2dInputGradient, node, { to, params, variant });
  },
  gradient: notDifferentiable,
};

/** Input channels that fill so little of conv2d's tiles that a kernel of its own is faster. */
const fewChannels = 4;

/** A convolution for each phase of the input's pixels, and what brings these together. */
function phaseSteps(
  node: NodeOf<"conv2d_input_gradient">,
  to: Lowering,
  { params, phases }: {
    readonly params: ConvolutionShape;
    readonly phases: readonly PhaseConvolution[];
  },
): Step[] {
  const { batch, inChannels: channels, strideHeight, strideWidth } = params;
  const parts = phases.map(({ shape, within, name }) => {
    const { outHeight, outWidth, windowHeight, windowWidth } = shape;
    const target = to.scratch(batch * outHeight * outWidth * channels);
    const places = windowHeight * windowWidth;
    const steps = convolve(node, to, {
      ...{ shape, activation: "none", isTransposed: true, places },
      ...{ within, target },
    });
    return { name, target, steps };
  });
  const { outputs: [dx], name: label } = node;
  return [
    ...parts.flatMap(({ steps }) => steps),
    dispatch(interleave, {
      params: {
        ...{ batch, channels, strideHeight, strideWidth },
        ...{ height: params.inHeight, width: params.inWidth },
      },
      variant: {
        strideHeight: strideHeight === 2 ? 2 : 1,
        strideWidth: strideWidth === 2 ? 2 : 1,
        phases: parts.map(({ name }) => name).join(" "),
        vector: vectorWidth(channels),
      },
      reads: parts.map(({ target }) => target),
      writes: [to.place(dx).buffer],
      label,
    }),
  ];
}

export const conv2dFilterGradientRule: OpRule<"conv2d_filter_gradient"> = {
  shape: (_inputs, { shape }) => [shape],
  lower(node, to) {
    const { groups = 1, shape: [, , inChannels, outChannels] } =
      node.attributes;
    const shape = { ...filterWindow(node, to), inChannels, outChannels };
    if (groups > 1) {
      const ofAll = { ...shape, inChannels: groups * inChannels, groups };
      return groupedFilterGradientSteps(node, to, ofAll);
    }
    const call = conv2dFilterGradientCall(shape, to.tuning);
    return filterSteps(conv2dFilterGradient, node, { to, ...call });
  },
  gradient: notDifferentiable,
};

export const depthwiseInputGradientRule: OpRule<"depthwise_input_gradient"> = {
  shape: (_inputs, { shape }) => [shape],
  lower(node, to) {
    const { window, filter: [, , inChannels, multiplier] } = inputWindow(
      node,
      to,
    );
    return depthwiseInputSteps(node, to, { ...window, inChannels, multiplier });
  },
  gradient: notDifferentiable,
};

export const depthwiseFilterGradientRule: OpRule<"depthwise_filter_gradient"> =
  {
    shape: (_inputs, { shape }) => [shape],
    lower(node, to) {
      const [, , inChannels, multiplier] = node.attributes.shape;
      const shape = { ...filterWindow(node, to), inChannels, multiplier };
      return depthwiseFilterSteps(node, to, shape);
    },
    gradient: notDifferentiable,
  };

function depthwiseInputSteps(
  node: InputGradient,
  to: Lowering,
  shape: DepthwiseShape,
): Step[] {
  const call = depthwiseInputGradientCall(shape, to.tuning);
  return dispatchNode(depthwiseInputGradient, node, { to, ...call });
}

function depthwiseFilterSteps(
  node: FilterGradient,
  to: Lowering,
  shape: DepthwiseShape,
): Step[] {
  const call = depthwiseFilterGradientCall(shape, to.tuning);
  return filterSteps(depthwiseFilterGradient, node, { to, ...call });
}

function groupedInputGradientSteps(
  node: InputGradient,
  to: Lowering,
  params: GroupedShape,
): Step[] {
  const depthwise = asDepthwise(params);
  if (depthwise) return depthwiseInputSteps(node, to, depthwise);
  const variant = groupedInputGradientVariant(params, to.tuning);
  return dispatchNode(groupedInputGradient, node, { to, params, variant });
}

function groupedFilterGradientSteps(
  node: FilterGradient,
  to: Lowering,
  shape: GroupedShape,
): Step[] {
  const depthwise = asDepthwise(shape);
  if (depthwise) return depthwiseFilterSteps(node, to, depthwise);
  const call = groupedFilterGradientCall(shape, to.tuning);
  return filterSteps(groupedFilterGradient, node, { to, ...call });
}

/** The same convolution where each group has one input channel: its filter lies as a depthwise one. */
function asDepthwise(shape: GroupedShape): DepthwiseShape | undefined {
  const [inputs, multiplier] = channelsOfGroup(shape);
  const { groups: _, outChannels: __, ...window } = shape;
  return inputs === 1 ? { ...window, multiplier } : undefined;
}

type InputGradient = NodeOf<
  "conv2d_input_gradient" | "depthwise_input_gradient"
>;

/** The window over the image whose gradient a node makes, and the filter's shape. */
function inputWindow(
  { inputs: [dy, filterName], attributes }: InputGradient,
  to: Lowering,
): { window: WindowShape; filter: Shape } {
  const filter = to.shape(filterName);
  const window = windowShape(
    { ...attributes, window: filterSize(filter) },
    { image: attributes.shape, output: to.shape(dy) },
  );
  return { window, filter };
}

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

/** The gradient in parts, and what adds them up. */
function filterSteps<
  Table extends ParamTable & { readonly splits: "u32" },
  V extends Variant,
>(
  kernel: Kernel<Table, V>,
  { name: label, inputs, outputs: [filter], attributes }: FilterGradient,
  { to, params, variant }: Pick<Dispatch<Table, V>, "params" | "variant"> & {
    readonly to: Lowering;
  },
): Step[] {
  const reads = inputs.map((input) => to.read(input));
  const columns = elementCount(attributes.shape);
  const target = to.place(filter).buffer;
  const { splits } = params;
  return sumOfParts(
    to,
    { splits, columns, target, label },
    (partials) =>
      dispatch(kernel, { params, variant, reads, writes: [partials], label }),
  );
}
