/** A tensor that is repeated along an axis as a whole, `[x]`. */
import { stridedCall, stridedCopy } from "../../../kernels/strided_copy.ts";
import { elementCount, type Shape } from "../ir.ts";
import { reshapeTo } from "./_gradient.ts";
import { dispatchNode } from "./_lowering.ts";
import type { OpRule } from "./_rule.ts";

/** How often, and along which axis. */
export interface TileAttributes {
  /** Counted from 0. */
  readonly axis: number;
  /** Copies, one after another. */
  readonly times: number;
}

export const rule: OpRule<"tile"> = {
  shape: ([x], { axis, times }) => [
    x.shape.with(axis, x.shape[axis] * times),
  ],
  evaluate([x], { axis, times }, output) {
    const data = x.data instanceof Float32Array
      ? new Float32Array(elementCount(output))
      : new Int32Array(elementCount(output));
    const { outer, run } = runsOf(x.shape, axis);
    for (let copy = 0; copy < outer * times; copy++) {
      const from = Math.floor(copy / times) * run;
      data.set(x.data.subarray(from, from + run), copy * run);
    }
    return data;
  },
  lower(node, to) {
    const { axis, times } = node.attributes;
    const { outer, run } = runsOf(to.shape(node.inputs[0]), axis);
    const call = { shape: [outer, times, run], strides: [run, 0, 1] };
    return dispatchNode(stridedCopy, node, { to, ...stridedCall(call) });
  },
  /** The sum over the copies. */
  gradient({ inputs: [x], attributes: { axis, times } }, to) {
    if (!to.wants(x)) return [undefined];
    const shape = to.shape(x);
    const { outer, run } = runsOf(shape, axis);
    const copies = reshapeTo(to, to.outputGradient, [outer, times, run]);
    const sum = to.add({
      op: "reduce",
      inputs: [copies],
      attributes: { function: "sum", axes: [1], keepDims: false },
    });
    return [reshapeTo(to, sum, shape)];
  },
};

/** What is repeated: the axis and all after it, once for each place before it. */
function runsOf(shape: Shape, axis: number) {
  return {
    outer: elementCount(shape.slice(0, axis)),
    run: elementCount(shape.slice(axis)),
  };
}
