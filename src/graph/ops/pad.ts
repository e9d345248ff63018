/** A tensor with a border of one value, `[x]`. */
import { pad as padKernel } from "../../../kernels/pad.ts";
import type { Lowering } from "../lowering.ts";
import type { Step } from "../../../kernels/program.ts";
import { InputError } from "../../errors.ts";
import type { NodeDef } from "../graphdef.ts";
import type { NodeOf, Tensor } from "../ir.ts";
import {
  importError,
  knownInts,
  requireFloat,
  requireInputs,
} from "./_attributes.ts";
import { dispatchNode, rankFour } from "./_lowering.ts";
import { addWanted } from "./_gradient.ts";
import type { ImportedNode, OpRule } from "./_rule.ts";

/** How wide the border is, and what it holds. */
export interface PadAttributes {
  /** Elements before and after, for each axis; negative ones crop. */
  readonly paddings: readonly (readonly [before: number, after: number])[];
  /** What the border holds. */
  readonly value: number;
}

export const rule: OpRule<"pad"> = {
  shape([{ name, shape }], { paddings }) {
    if (shape.length > 4) {
      throw new InputError(
        `"${name}" of shape [${shape.join(", ")}] has more than 4 axes`,
      );
    }
    return [
      shape.map((size, axis) => size + paddings[axis][0] + paddings[axis][1]),
    ];
  },
  lower,
  /** What was put around is taken away. */
  gradient: ({ inputs: [x], attributes: { paddings } }, to) => [
    addWanted(to, x, {
      op: "pad",
      inputs: [to.outputGradient],
      attributes: {
        paddings: paddings.map(([before, after]) => [-before, -after]),
        value: 0,
      },
    }),
  ],
};

export const importers = { Pad: importPad, PadV2: importPadV2 };

function importPad(node: NodeDef, inputs: readonly Tensor[]): ImportedNode {
  requireInputs(node, inputs, 2);
  return pad(node, inputs, 0);
}

function importPadV2(node: NodeDef, inputs: readonly Tensor[]): ImportedNode {
  requireInputs(node, inputs, 3);
  const value = inputs[2].constant?.read()[0];
  if (value === undefined) {
    throw importError(
      node,
      "its value must be known before the graph runs",
    );
  }
  return pad(node, inputs, value);
}

function pad(
  node: NodeDef,
  [x, paddingsTensor]: readonly Tensor[],
  value: number,
): ImportedNode {
  requireFloat(node, x);
  const ints = knownInts(node, paddingsTensor);
  const valid = ints.length === 2 * x.shape.length &&
    ints.every((width) => width >= 0 && width < 65536);
  if (!valid) {
    throw importError(
      node,
      `paddings [${ints.join(", ")}], expected ${
        2 * x.shape.length
      } numbers of 0 and more`,
    );
  }
  const paddings = x.shape.map((_, axis): [number, number] => [
    ints[2 * axis],
    ints[2 * axis + 1],
  ]);
  return {
    kind: "node",
    op: "pad",
    inputs: [x],
    attributes: { paddings, value },
  };
}

function lower(node: NodeOf<"pad">, to: Lowering): Step[] {
  const { inputs: [x], outputs: [y], attributes } = node;
  const before = attributes.paddings.map(([width]) => width);
  const [inBatch, inHeight, inWidth, inChannels] = rankFour(to.shape(x), 1);
  const [outBatch, outHeight, outWidth, outChannels] = rankFour(to.shape(y), 1);
  const [beforeBatch, beforeHeight, beforeWidth, beforeChannels] = rankFour(
    before,
    0,
  );
  return dispatchNode(padKernel, node, {
    to,
    params: {
      inBatch,
      inHeight,
      inWidth,
      inChannels,
      outBatch,
      outHeight,
      outWidth,
      outChannels,
      beforeBatch,
      beforeHeight,
      beforeWidth,
      beforeChannels,
      value: attributes.value,
    },
    variant: {},
  });
}
