/**
 * Convolutions of NHWC images: full, in groups and depthwise.
 *
 * `conv2d`: `[x (n, h, w, ci), filter (kh, kw, ci / groups, co), bias? (co),
 * residual? as y]`, the residual only without groups; the first `co / groups`
 * output channels come from the first `ci / groups` input channels, and so on.
 * `depthwise_conv2d`: `[x, filter (kh, kw, ci, multiplier), bias?]`; output
 * channel `c * multiplier + m` comes from input channel `c` alone.
 */
import {
  depthwiseConv2d,
  depthwiseConv2dCall,
} from "../../../kernels/depthwise_conv2d.ts";
import {
  groupedConv2d,
  groupedConv2dVariant,
} from "../../../kernels/grouped_conv2d.ts";
import { dispatch } from "../../../kernels/kernel.ts";
import type { PixelStep } from "../../../kernels/stem_pixels.ts";
import { InputError } from "../../errors.ts";
import type { Lowering } from "../lowering.ts";
import type { Step } from "../../../kernels/program.ts";
import { variantFor, winogradFor } from "../../../kernels/tuning.ts";
import {
  packWinogradFilter,
  winogradFilterLength,
  type WinogradOutputs,
} from "../../../kernels/winograd.ts";
import {
  winogradFits,
  winogradSteps,
} from "../../../kernels/winograd_steps.ts";
import { type Conv2dShape, groupsFit } from "../../../kernels/conv2d.ts";
import type { Pads, Size } from "../geometry.ts";
import type { NodeDef } from "../graphdef.ts";
import type { Activation, NodeOf, Shape, Tensor } from "../ir.ts";
import { spatialAttribute } from "./_attributes.ts";
import { ofEitherFormat } from "./_channels_first.ts";
import { addWanted, beforeActivation, biasGradient } from "./_gradient.ts";
import { convolve, readBias } from "./_lowering.ts";
import type { Backward, ImportedNode, OpRule } from "./_rule.ts";
import { scaledImage, stemSteps } from "./_stem.ts";
import {
  filterSize,
  outputSize,
  padsOf,
  requireImages,
  windowShape,
} from "./_window.ts";

/** How a filter moves over an image, and what happens to its result. */
export interface ConvolutionAttributes {
  /** Steps from one window to the next, in pixels. */
  readonly strides: Size;
  /** Steps from one tap of the filter to its next, in pixels. */
  readonly dilations: Size;
  /** Zeros around the image. */
  readonly pads: Pads;
  /** Applied to the result, after the bias. */
  readonly activation: Activation;
}

/** And into how many groups the channels are divided, each with filters of its own. */
export interface Conv2dAttributes extends ConvolutionAttributes {
  /** A divisor of the channels on either side; absent where it is 1 [1]. */
  readonly groups?: number;
  /** What is done to each value of the image before it gets its border, in order [nothing]. */
  readonly pixelSteps?: readonly PixelStep[];
}

export const conv2dRule: OpRule<"conv2d"> = {
  shape([image, filter], attributes) {
    const { groups = 1 } = attributes;
    const [, , inputs, filters] = filter.shape;
    if (!Number.isInteger(filters / groups)) {
      throw new InputError(
        `filter [${
          filter.shape.join(", ")
        }] makes ${filters} channels, which are not ${groups} equal groups`,
      );
    }
    const channels = groups * inputs;
    return convolvedShape(image, filter, { attributes, channels, filters });
  },
  lower: lowerConv2d,
  gradient: convolutionGradient,
};

export const depthwiseConv2dRule: OpRule<"depthwise_conv2d"> = {
  shape([image, filter], attributes) {
    const [, , channels, multiplier] = filter.shape;
    const filters = channels * multiplier;
    return convolvedShape(image, filter, { attributes, channels, filters });
  },
  lower: lowerDepthwiseConv2d,
  gradient: convolutionGradient,
};

export const importers = {
  Conv2D: ofEitherFormat(importConv2d),
  DepthwiseConv2dNative: ofEitherFormat(importDepthwise),
};

function convolvedShape(
  image: Tensor,
  filter: Tensor,
  { attributes, channels, filters }: {
    attributes: ConvolutionAttributes;
    channels: number;
    filters: number;
  },
): Shape[] {
  const [batch, , , imageChannels] = image.shape;
  if (channels !== imageChannels) {
    throw new InputError(
      `filter [${
        filter.shape.join(", ")
      }] expects ${channels} channels, input "${image.name}" has ${imageChannels}`,
    );
  }
  const { height, width } = outputSize(image, attributes.pads, {
    ...attributes,
    window: filterSize(filter.shape),
  });
  return [[batch, height, width, filters]];
}

function importConv2d(
  node: NodeDef,
  inputs: readonly Tensor[],
): ImportedNode {
  const attributes = importedAttributes(node, inputs);
  const groups = groupsOf(inputs[0], inputs[1]);
  return {
    kind: "node",
    op: "conv2d",
    inputs,
    attributes: { ...attributes, ...groups > 1 && { groups } },
  };
}

function importDepthwise(
  node: NodeDef,
  inputs: readonly Tensor[],
): ImportedNode {
  const attributes = importedAttributes(node, inputs);
  return { kind: "node", op: "depthwise_conv2d", inputs, attributes };
}

function importedAttributes(
  node: NodeDef,
  inputs: readonly Tensor[],
): ConvolutionAttributes {
  requireImages(node, inputs, 2);
  const [image, filter] = inputs;
  const strides = spatialAttribute(node, "strides");
  const dilations = spatialAttribute(node, "dilations", [1, 1, 1, 1]);
  const window = filterSize(filter.shape);
  const pads = padsOf(node, image, { window, strides, dilations });
  return { strides, dilations, pads, activation: "none" };
}

/** TensorFlow tells groups by shapes alone; 1 where they do not fit. */
function groupsOf({ shape: [, , , channels] }: Tensor, filter: Tensor): number {
  const groups = channels / filter.shape[2];
  return Number.isInteger(groups) && groups > 0 ? groups : 1;
}

function lowerConv2d(node: NodeOf<"conv2d">, to: Lowering): Step[] {
  if ((node.attributes.groups ?? 1) > 1) return lowerGrouped(node, to);
  const [, filter] = node.inputs;
  const geometry = windowParams(node, to);
  const shape = { ...geometry, outChannels: to.shape(filter)[3] };
  const stem = stemSteps(node, to, shape);
  if (stem) return stem;
  const outputs = winogradFor(to.tuning, geometry);
  // It is worth it for weights that are transformed once, and would magnify the
  // rounding of those in f16.
  if (
    outputs !== undefined && !node.attributes.pixelSteps &&
    winogradFits(shape, outputs) &&
    to.kindOf(filter) === "constant" && to.precision === "f32"
  ) {
    return lowerWinograd(node, to, { shape, outputs });
  }
  const { activation } = node.attributes;
  const { steps, image } = scaledImage(node, to);
  const { precision } = to;
  return [
    ...steps,
    ...convolve(node, to, { image, shape, activation, precision }),
  ];
}

/** The steps of a convolution with a constant filter whose shape `winogradFits`. */
function lowerWinograd(
  { name, inputs: [x, filter, bias, residual], outputs: [y], attributes }:
    NodeOf<"conv2d">,
  to: Lowering,
  { shape, outputs }: {
    readonly shape: Conv2dShape;
    readonly outputs: WinogradOutputs;
  },
): Step[] {
  const { inChannels, outChannels, windowHeight, windowWidth } = shape;
  const window = { outputs, windowHeight, windowWidth };
  const size = { ...window, channels: inChannels, columns: outChannels };
  const weights = to.packed(filter, {
    layout: `winograd tiles of ${outputs}`,
    elements: winogradFilterLength(size),
    pack: (data) => packWinogradFilter(data, size),
  });
  return winogradSteps(shape, {
    outputs,
    batch: to.shape(x)[0],
    activation: attributes.activation,
    tile: variantFor(to.tuning, shape),
    reads: [to.read(x), weights, readBias(to, bias, outChannels)],
    zeros: readBias(to, undefined, outChannels),
    residual: residual === undefined ? undefined : to.read(residual),
    y: to.place(y).buffer,
    scratch: (floats) => to.scratch(floats),
    label: name,
  });
}

/** Groups that fill whole tiles are for conv2d, those of one channel are depthwise. */
function lowerGrouped(node: NodeOf<"conv2d">, to: Lowering): Step[] {
  const { name, inputs: [x, filter, bias], outputs: [y], attributes } = node;
  const { activation, groups = 1 } = attributes;
  const [, , inputs, outChannels] = to.shape(filter);
  const outputs = outChannels / groups;
  if (inputs === 1) return lowerDepthwise(node, to, outputs);
  const geometry = windowParams(node, to);
  if (groupsFit(outputs)) {
    const shape = { ...geometry, inChannels: inputs, outChannels: outputs };
    const { precision } = to;
    return convolve(node, to, { shape, groups, activation, precision });
  }
  const [batch] = to.shape(x);
  const params = { ...geometry, batch, outChannels, groups };
  const { texels } = to.tuning;
  return [dispatch(groupedConv2d, {
    params,
    variant: groupedConv2dVariant(params, { activation, texels }),
    reads: [to.read(x), to.read(filter), readBias(to, bias, outChannels)],
    writes: [to.place(y).buffer],
    label: name,
  })];
}

function lowerDepthwiseConv2d(
  node: NodeOf<"depthwise_conv2d">,
  to: Lowering,
): Step[] {
  const [, filter] = node.inputs;
  const [, , , multiplier] = to.shape(filter);
  return lowerDepthwise(node, to, multiplier);
}

function lowerDepthwise(
  node: NodeOf<"conv2d" | "depthwise_conv2d">,
  to: Lowering,
  multiplier: number,
): Step[] {
  const { name, inputs: [x, filter, bias], outputs: [y] } = node;
  const geometry = windowParams(node, to);
  const { activation } = node.attributes;
  const shape = { ...geometry, batch: to.shape(x)[0], multiplier };
  const { texels } = to.tuning;
  return [dispatch(depthwiseConv2d, {
    ...depthwiseConv2dCall(shape, { activation, texels }),
    reads: [
      to.read(x),
      to.read(filter),
      readBias(to, bias, geometry.inChannels * multiplier),
    ],
    writes: [to.place(y).buffer],
    label: name,
  })];
}

/** The gradients of image, filter, bias and residual. */
function convolutionGradient(
  { op, name, inputs: [x, filter, bias, residual], outputs: [y], attributes }:
    NodeOf<
      "conv2d" | "depthwise_conv2d"
    >,
  to: Backward,
): (string | undefined)[] {
  const { activation, ...window } = attributes;
  if ("pixelSteps" in window) {
    throw new Error(`Pixel steps are in "${name}", which is trained`);
  }
  const dy = beforeActivation(to, activation, y);
  const kind = op === "conv2d" ? "conv2d" : "depthwise";
  return [
    addWanted(to, x, {
      op: `${kind}_input_gradient`,
      inputs: [dy, filter],
      attributes: { ...window, shape: to.shape(x) },
    }),
    addWanted(to, filter, {
      op: `${kind}_filter_gradient`,
      inputs: [x, dy],
      attributes: { ...window, shape: to.shape(filter) },
    }),
    biasGradient(to, bias, dy),
    residual !== undefined && to.wants(residual) ? dy : undefined,
  ];
}

function windowParams(
  { inputs: [x, filter], outputs: [y], attributes }: NodeOf<
    "conv2d" | "depthwise_conv2d"
  >,
  to: Lowering,
) {
  const [image, output] = [to.shape(x), to.shape(y)];
  const window = filterSize(to.shape(filter));
  const { batch: _batch, ...moving } = windowShape(
    { ...attributes, window },
    { image, output },
  );
  const { stride, offset } = to.place(y);
  return { ...moving, inChannels: image[3], yStride: stride, yOffset: offset };
}
