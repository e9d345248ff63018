/** Axes in another order, `[x]`; and blocks of pixels that become channels, or the reverse. */
import { stridedCall, stridedCopy } from "../../../kernels/strided_copy.ts";
import type { NodeDef } from "../graphdef.ts";
import { elementCount, type Shape, type Tensor } from "../ir.ts";
import {
  attribute,
  importError,
  knownInts,
  requireFloat,
  requireInputs,
  requireRank,
  requireText,
  resolveAxis,
} from "./_attributes.ts";
import { addWanted } from "./_gradient.ts";
import { dispatchNode } from "./_lowering.ts";
import type { ImportContext, ImportedNode, OpRule } from "./_rule.ts";
import { reshape } from "./reshape.ts";

/** The order. */
export interface TransposeAttributes {
  /** Axes of `x` in the order of the output's. */
  readonly order: readonly number[];
}

export const rule: OpRule<"transpose"> = {
  shape: ([x], { order }) => [order.map((axis) => x.shape[axis])],
  evaluate([x], { order }, output) {
    const data = x.data instanceof Float32Array
      ? new Float32Array(x.data.length)
      : new Int32Array(x.data.length);
    const strides = order.map((axis) => stridesOf(x.shape)[axis]);
    const place = output.map(() => 0);
    let at = 0;
    for (let index = 0; index < data.length; index++) {
      data[index] = x.data[at];
      for (let axis = output.length - 1; axis >= 0; axis--) {
        at += strides[axis];
        if (++place[axis] < output[axis]) break;
        at -= strides[axis] * output[axis];
        place[axis] = 0;
      }
    }
    return data;
  },
  lower(node, to) {
    const { inputs: [x], outputs: [y], attributes: { order } } = node;
    const strides = stridesOf(to.shape(x));
    const axes = to.shape(y).flatMap((size, at) =>
      size === 1 ? [] : [{ size, stride: strides[order[at]] }]
    );
    return dispatchNode(stridedCopy, node, {
      to,
      ...stridedCall({
        shape: axes.map(({ size }) => size),
        strides: axes.map(({ stride }) => stride),
      }),
    });
  },
  gradient: ({ inputs: [x], attributes: { order } }, to) => [
    addWanted(to, x, {
      op: "transpose",
      inputs: [to.outputGradient],
      attributes: { order: order.map((_, axis) => order.indexOf(axis)) },
    }),
  ],
};

/** Whether values stay where they are, because only axes of size 1 change places. */
export function movesNothing(shape: Shape, order: readonly number[]): boolean {
  const moved = order.filter((axis) => shape[axis] !== 1);
  return moved.every((axis, at) => at === 0 || moved[at - 1] < axis);
}

/** Elements from one to the next along each axis. */
export function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
}

export const importers = {
  Transpose: importTranspose,
  DepthToSpace: importDepthToSpace,
  SpaceToDepth: importSpaceToDepth,
};

function importTranspose(
  node: NodeDef,
  inputs: readonly Tensor[],
): ImportedNode {
  requireInputs(node, inputs, 2);
  const [x, order] = inputs;
  requireFloat(node, x);
  const rank = x.shape.length;
  const axes = knownInts(node, order).map((axis) =>
    resolveAxis(node, axis, rank)
  );
  if (axes.length !== rank || new Set(axes).size !== rank) {
    throw importError(
      node,
      `the order [${
        axes.join(", ")
      }] of its axes, expected each of ${rank} once`,
    );
  }
  return transpose(x, axes);
}

export function transpose(x: Tensor, order: readonly number[]): ImportedNode {
  return { kind: "node", op: "transpose", inputs: [x], attributes: { order } };
}

function importDepthToSpace(
  node: NodeDef,
  inputs: readonly Tensor[],
  { add }: ImportContext,
): ImportedNode {
  const { x, block } = blocksOf(node, inputs);
  const [batch, height, width, channels] = x.shape;
  const depth = channels / block ** 2;
  if (!Number.isInteger(depth)) {
    throw importError(
      node,
      `${channels} channels do not make blocks of ${block}x${block}`,
    );
  }
  const parts = [batch * height, width, block, block * depth];
  const moved = add(transpose(add(reshape(x, parts)), [0, 2, 1, 3]));
  return reshape(moved, [batch, height * block, width * block, depth]);
}

function importSpaceToDepth(
  node: NodeDef,
  inputs: readonly Tensor[],
  { add }: ImportContext,
): ImportedNode {
  const { x, block } = blocksOf(node, inputs);
  const [batch, ...size] = x.shape;
  const [height, width] = size.map((length) => length / block);
  const channels = x.shape[3];
  if (![height, width].every(Number.isInteger)) {
    throw importError(
      node,
      `images of ${size[0]}x${size[1]} are no blocks of ${block}x${block}`,
    );
  }
  const parts = [batch * height, block, width, block * channels];
  const moved = add(transpose(add(reshape(x, parts)), [0, 2, 1, 3]));
  return reshape(moved, [batch, height, width, block ** 2 * channels]);
}

function blocksOf(
  node: NodeDef,
  inputs: readonly Tensor[],
): { readonly x: Tensor; readonly block: number } {
  requireInputs(node, inputs, 1);
  const [x] = inputs;
  requireFloat(node, x);
  requireRank(node, x, [4]);
  requireText(node, "data_format", "NHWC");
  const block = attribute(node, "block_size", "int") ?? 0;
  if (block >= 2 && block < 65536) return { x, block };
  throw importError(node, `block_size ${block}, expected 2 and more`);
}
