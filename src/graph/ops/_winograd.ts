/** A convolution as Winograd's steps. */
import type { Conv2dShape } from "../../../kernels/conv2d.ts";
import {
  packWinogradFilter,
  winogradFilterLength,
  type WinogradOutputs,
} from "../../../kernels/winograd.ts";
import type { Lowering } from "../lowering.ts";
import type { Step } from "../../../kernels/program.ts";
import { variantFor } from "../../../kernels/tuning.ts";
import { winogradSteps } from "../../../kernels/winograd_steps.ts";
import type { NodeOf } from "../ir.ts";
import { readBias } from "./_lowering.ts";

/** The steps of a convolution with a constant filter whose shape `winogradFits`. */
export function lowerWinograd(
  { name, inputs: [x, filter, bias], outputs: [y], attributes }: NodeOf<
    "conv2d"
  >,
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
    y: to.place(y).buffer,
    scratch: (floats) => to.scratch(floats),
    label: name,
  });
}
