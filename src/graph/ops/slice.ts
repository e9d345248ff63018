/**
 * Parts of a tensor, `[x]`: what the gradients of concatenation and of padding
 * come down to.
 */
import { copyChannels } from "../../../kernels/copy_channels.ts";
import { vectorWidth } from "../../../kernels/vector.ts";
import { elementCount } from "../ir.ts";
import { dispatchNode } from "./_lowering.ts";
import { notDifferentiable, type OpRule } from "./_rule.ts";

/** Which part of an axis. */
export interface SliceAttributes {
  /** Counted from 0. */
  readonly axis: number;
  /** The first element. */
  readonly offset: number;
  /** How many. */
  readonly size: number;
}

export const rule: OpRule<"slice"> = {
  shape: ([x], { axis, size }) => [x.shape.with(axis, size)],
  /** The rows before the axis; the axis and what is after it as channels. */
  lower(node, to) {
    const { axis, offset, size } = node.attributes;
    const shape = to.shape(node.inputs[0]);
    const rows = elementCount(shape.slice(0, axis));
    const inner = elementCount(shape.slice(axis + 1));
    const channels = size * inner;
    const xStride = shape[axis] * inner;
    const xOffset = offset * inner;
    return dispatchNode(copyChannels, node, {
      to,
      params: {
        rows,
        channels,
        xStride,
        xOffset,
        yStride: channels,
        yOffset: 0,
      },
      variant: { vector: vectorWidth(channels, xStride, xOffset) },
    });
  },
  gradient: notDifferentiable,
};
