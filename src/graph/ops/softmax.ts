/** Probabilities over the last axis, `[logits]`: `exp(x) / sum(exp(x))`. */
import { dispatch } from "../../../kernels/kernel.ts";
import { rowVariant } from "../../../kernels/row_lanes.ts";
import { softmax } from "../../../kernels/softmax.ts";
import { softmaxGradient } from "../../../kernels/softmax_gradient.ts";
import type { NodeDef } from "../graphdef.ts";
import { elementCount, type Tensor } from "../ir.ts";
import { importError, requireFloat, requireInputs } from "./_attributes.ts";
import { addWanted } from "./_gradient.ts";
import { dispatchNode } from "./_lowering.ts";
import { plainBinary } from "./binary.ts";
import {
  type ImportContext,
  type ImportedNode,
  notDifferentiable,
  type OpRule,
} from "./_rule.ts";

/** What becomes of NaN. */
export interface SoftmaxAttributes {
  /** Whether a row with NaN or infinity is NaN for sure [false]. */
  readonly keepsNan?: boolean;
}

/** Columns that eight threads do in time. */
const longRow = 65536;

export const rule: OpRule<"softmax"> = {
  shape: ([logits]) => [logits.shape],
  lower(node, to) {
    const shape = to.shape(node.inputs[0]);
    const columns = shape.at(-1) ?? 1;
    const params = { rows: elementCount(shape) / columns, columns };
    // Attention has many rows, of which software has enough to do one after another.
    const areMany = shape.length > 2 && to.tuning.texels && columns <= longRow;
    const variant = { ...node.attributes, ...areMany && { threads: 8 } };
    return dispatchNode(softmax, node, { to, params, variant });
  },
  gradient: ({ inputs: [logits], outputs: [y] }, to) => [
    addWanted(to, logits, {
      op: "softmax_gradient",
      inputs: [to.outputGradient, y],
      attributes: {},
    }),
  ],
};

/** `[dy, y]` to the gradient of the logits. */
export const softmaxGradientRule: OpRule<"softmax_gradient"> = {
  shape: ([dy]) => [dy.shape],
  lower({ name: label, inputs: [dy, y], outputs: [dx] }, to) {
    const shape = to.shape(dy);
    const columns = shape.at(-1) ?? 1;
    return [dispatch(softmaxGradient, {
      params: { rows: elementCount(shape) / columns, columns },
      variant: rowVariant(columns, { isSoftware: to.tuning.texels }),
      reads: [to.read(y), to.read(dy)],
      writes: [to.place(dx).buffer],
      label,
    })];
  },
  gradient: notDifferentiable,
};

export const importers = {
  Softmax: importSoftmax,
  LogSoftmax: importLogSoftmax,
};

/** `z - log(sum(exp(z)))` with `z` the logits less their largest: a softmax of 0 has no logarithm. */
function importLogSoftmax(
  node: NodeDef,
  inputs: readonly Tensor[],
  { add }: ImportContext,
): ImportedNode {
  const [logits] = importSoftmax(node, inputs).inputs;
  const axes = [logits.shape.length - 1];
  const over = (name: "max" | "sum", x: Tensor) =>
    add({
      kind: "node",
      op: "reduce",
      inputs: [x],
      attributes: { function: name, axes, keepDims: true },
    });
  const of = (name: "exp" | "log", x: Tensor) =>
    add({
      kind: "node",
      op: "unary",
      inputs: [x],
      attributes: { function: name },
    });
  const below = add(plainBinary("sub", [logits, over("max", logits)]));
  return plainBinary("sub", [below, of("log", over("sum", of("exp", below)))]);
}

function importSoftmax(node: NodeDef, inputs: readonly Tensor[]): ImportedNode {
  requireInputs(node, inputs, 1);
  requireFloat(node, inputs[0]);
  if (inputs[0].shape.length === 0) {
    throw importError(node, "its input is a scalar, expected logits");
  }
  return { kind: "node", op: "softmax", inputs, attributes: {} };
}
