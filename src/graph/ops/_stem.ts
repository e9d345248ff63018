/** The first convolution of a network: its pictures, and what is done to their pixels before. */
import { binary, binaryCall } from "../../../kernels/binary.ts";
import type { Conv2dShape } from "../../../kernels/conv2d.ts";
import { dispatch } from "../../../kernels/kernel.ts";
import type { BufferIndex, Step } from "../../../kernels/program.ts";
import {
  stemConv2d,
  stemConv2dCall,
  stemFits,
} from "../../../kernels/stem_conv2d.ts";
import { stemPixels, stemPixelsCall } from "../../../kernels/stem_pixels.ts";
import { elementCount, type NodeOf } from "../ir.ts";
import type { Lowering } from "../lowering.ts";
import { readBias, readFilter } from "./_lowering.ts";

/**
 * The steps of a dense convolution of pictures, which are laid out for a kernel
 * of its own where texels are read: that is many times as fast as loading so few
 * channels one at a time. Nothing for other convolutions.
 */
export function stemSteps(
  {
    name: label,
    inputs: [x, filter, bias, residual],
    outputs: [y],
    attributes,
  }: NodeOf<
    "conv2d"
  >,
  to: Lowering,
  geometry: Conv2dShape,
): Step[] | undefined {
  const [batch] = to.shape(x);
  const shape = { ...geometry, batch };
  const isStem = to.tuning.texels && residual === undefined &&
    stemFits(shape);
  if (!isStem) return undefined;
  const { inHeight, inWidth, padTop, padLeft } = geometry;
  const { inChannels: channels, outChannels: columns } = geometry;
  const { activation, pixelSteps: steps = [] } = attributes;
  const weights = readFilter(to, filter, {
    ...{ columns, label, precision: to.precision },
    depth: geometry.windowHeight * geometry.windowWidth * channels,
  });
  const { precision } = weights;
  const call = stemConv2dCall(shape, { activation, precision });
  const { laidHeight, laidWidth } = call.params;
  const laid = to.scratch(batch * laidHeight * laidWidth * 4);
  return [
    ...weights.steps,
    dispatch(stemPixels, {
      ...stemPixelsCall({
        ...{ batch, inHeight, inWidth, padTop, padLeft, laidHeight, laidWidth },
      }, { channels, steps }),
      ...{ reads: [to.read(x)], writes: [laid], label },
    }),
    dispatch(stemConv2d, {
      ...call,
      reads: [laid, weights.buffer, readBias(to, bias, columns)],
      writes: [to.place(y).buffer],
      label,
    }),
  ];
}

/** A convolution's image after its pixel steps, each a dispatch of its own. */
export function scaledImage(
  { name: label, inputs: [x], attributes: { pixelSteps = [] } }: NodeOf<
    "conv2d"
  >,
  to: Lowering,
): { readonly steps: readonly Step[]; readonly image: BufferIndex } {
  const shape = to.shape(x);
  let image = to.read(x);
  const steps = pixelSteps.map(({ function: name, values }) => {
    const scaled = to.scratch(elementCount(shape));
    const numbers = Float32Array.from(values);
    const step = dispatch(binary, {
      ...binaryCall({ a: shape, b: [numbers.length] }, { function: name }),
      reads: [image, to.literal(`pixels ${name} ${values}`, numbers)],
      writes: [scaled],
      label,
    });
    image = scaled;
    return step;
  });
  return { steps, image };
}
