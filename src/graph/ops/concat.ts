/** Tensors one after another along an axis, `[x, ...]`. */
import { copyChannels } from "../../../kernels/copy_channels.ts";
import { dispatch } from "../../../kernels/kernel.ts";
import { vectorWidth } from "../../../kernels/vector.ts";
import { InputError } from "../../errors.ts";
import type { Lowering } from "../lowering.ts";
import type { Step } from "../../../kernels/program.ts";
import type { NodeDef } from "../graphdef.ts";
import { elementCount, type NodeOf, type Tensor } from "../ir.ts";
import {
  importError,
  knownInts,
  requireFloat,
  requireInputs,
  resolveAxis,
} from "./_attributes.ts";
import { addWanted } from "./_gradient.ts";
import type { ImportedNode, OpRule } from "./_rule.ts";

/** Where they meet. */
export interface ConcatAttributes {
  /** Counted from 0. */
  readonly axis: number;
}

export const rule: OpRule<"concat"> = {
  shape(inputs, { axis }) {
    const [first, ...others] = inputs.map((input) => input.shape);
    for (const shape of others) {
      const fits = shape.length === first.length &&
        shape.every((size, i) => i === axis || size === first[i]);
      if (!fits) {
        throw new InputError(
          `shapes [${first.join(", ")}] and [${
            shape.join(", ")
          }] do not join along axis ${axis}`,
        );
      }
    }
    const joined = inputs.reduce((sum, input) => sum + input.shape[axis], 0);
    return [first.with(axis, joined)];
  },
  evaluate(inputs, { axis }, output) {
    const data = inputs[0].data instanceof Float32Array
      ? new Float32Array(elementCount(output))
      : new Int32Array(elementCount(output));
    const outer = elementCount(output.slice(0, axis));
    let offset = 0;
    for (let index = 0; index < outer; index++) {
      for (const input of inputs) {
        const run = input.data.length / outer;
        data.set(input.data.subarray(index * run, (index + 1) * run), offset);
        offset += run;
      }
    }
    return data;
  },
  lower,
  gradient({ inputs, attributes: { axis } }, to) {
    let offset = 0;
    return inputs.map((x) => {
      const size = to.shape(x)[axis];
      const slice = addWanted(to, x, {
        op: "slice",
        inputs: [to.outputGradient],
        attributes: { axis, offset, size },
      });
      offset += size;
      return slice;
    });
  },
};

/** A copy for each input: the rows before the axis, the axis and after as channels. */
function lower(
  { name, inputs, outputs: [y], attributes: { axis } }: NodeOf<"concat">,
  to: Lowering,
): Step[] {
  const joined = to.shape(y);
  const rows = elementCount(joined.slice(0, axis));
  const yStride = elementCount(joined.slice(axis));
  let yOffset = 0;
  return inputs.map((x) => {
    const channels = elementCount(to.shape(x)) / rows;
    const step = dispatch(copyChannels, {
      params: {
        rows,
        channels,
        xStride: channels,
        xOffset: 0,
        yStride,
        yOffset,
      },
      variant: { vector: vectorWidth(channels, yStride, yOffset) },
      reads: [to.read(x)],
      writes: [to.place(y).buffer],
      label: name,
    });
    yOffset += channels;
    return step;
  });
}

/** Importers of TensorFlow's concatenations; they differ in where the axis stands. */
export const importers = {
  Concat: importConcat,
  ConcatV2: importConcatV2,
};

function importConcat(node: NodeDef, inputs: readonly Tensor[]): ImportedNode {
  requireInputs(node, inputs, 2, Infinity);
  const [axis, ...values] = inputs;
  return concat(node, values, axis);
}

function importConcatV2(
  node: NodeDef,
  inputs: readonly Tensor[],
): ImportedNode {
  requireInputs(node, inputs, 2, Infinity);
  return concat(node, inputs.slice(0, -1), inputs[inputs.length - 1]);
}

function concat(
  node: NodeDef,
  inputs: readonly Tensor[],
  axisTensor: Tensor,
): ImportedNode {
  const axes = knownInts(node, axisTensor);
  if (axes.length !== 1) {
    throw importError(node, `${axes.length} axes, expected 1`);
  }
  if (!inputs.every(({ constant, dtype }) => constant && dtype === "i32")) {
    for (const input of inputs) requireFloat(node, input);
  }
  const axis = resolveAxis(node, axes[0], inputs[0].shape.length);
  return { kind: "node", op: "concat", inputs, attributes: { axis } };
}
