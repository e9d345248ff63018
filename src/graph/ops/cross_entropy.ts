/**
 * The losses of classifiers, `[logits, labels (steps, rows), counter (1)]`:
 * `softmax_cross_entropy` of logits `(rows, classes)`, `sigmoid_cross_entropy` of
 * logits `(rows, 1)` for classes 0 and 1. Outputs: the gradient of the logits,
 * progress `(steps, 2)` of mean loss and number of right rows, and the counter,
 * one more than before.
 */
import { copyChannels } from "../../../kernels/copy_channels.ts";
import { dispatch, roundUp } from "../../../kernels/kernel.ts";
import { sigmoidCrossEntropy } from "../../../kernels/sigmoid_cross_entropy.ts";
import { softmaxCrossEntropy } from "../../../kernels/softmax_cross_entropy.ts";
import type { Lowering } from "../lowering.ts";
import type { BufferIndex, Step } from "../../../kernels/program.ts";
import type { NodeOf, Shape, Tensor } from "../ir.ts";
import { notDifferentiable, type OpRule } from "./_rule.ts";

/** What the truth is, beside the labels. */
export interface CrossEntropyAttributes {
  /** Share of the truth that is spread evenly over all classes; 0 is none. */
  readonly smoothing: number;
  /** A factor for the rows of each class; the mean stays over the count of rows. */
  readonly classWeights: readonly number[];
}

export const softmaxCrossEntropyRule: OpRule<"softmax_cross_entropy"> = {
  shape: lossShapes,
  lower: lowerSoftmax,
  gradient: notDifferentiable,
};

export const sigmoidCrossEntropyRule: OpRule<"sigmoid_cross_entropy"> = {
  shape: lossShapes,
  lower({ name, inputs: [logits, labels], outputs, attributes }, to) {
    const { smoothing } = attributes;
    return [dispatch(sigmoidCrossEntropy, {
      params: { rows: to.shape(logits)[0], smoothing },
      variant: {},
      reads: [to.read(logits), to.read(labels), classWeights(to, attributes)],
      writes: outputs.map((output) => to.place(output).buffer),
      label: name,
    })];
  },
  gradient: notDifferentiable,
};

function lossShapes([logits, labels, counter]: readonly Tensor[]): Shape[] {
  return [logits.shape, [labels.shape[0], 2], counter.shape];
}

function classWeights(
  to: Lowering,
  { classWeights }: CrossEntropyAttributes,
): BufferIndex {
  const values = new Float32Array(classWeights);
  return to.literal(`class weights ${classWeights.join(" ")}`, values);
}

/** The kernel takes rows of whole vec4s; others are copied to such rows and back. */
function lowerSoftmax(
  { name, inputs: [logits, labels], outputs, attributes }: NodeOf<
    "softmax_cross_entropy"
  >,
  to: Lowering,
): Step[] {
  const [gradient, progress, counter] = outputs.map((output) =>
    to.place(output).buffer
  );
  const [rows, classes] = to.shape(logits);
  const columns = roundUp(classes, 4);
  const isWhole = columns === classes;
  const padded = isWhole ? to.read(logits) : to.scratch(rows * columns);
  const slope = isWhole ? gradient : to.scratch(rows * columns);
  const { smoothing } = attributes;
  const loss = dispatch(softmaxCrossEntropy, {
    params: { rows, columns, classes, smoothing },
    variant: { texels: false },
    reads: [padded, to.read(labels), classWeights(to, attributes)],
    writes: [slope, progress, counter],
    label: name,
  });
  if (isWhole) return [loss];
  const copy = (
    [x, xStride]: readonly [BufferIndex, number],
    [y, yStride]: readonly [BufferIndex, number],
  ) =>
    dispatch(copyChannels, {
      params: {
        rows,
        channels: classes,
        xStride,
        xOffset: 0,
        yStride,
        yOffset: 0,
      },
      variant: { vector: 1 },
      reads: [x],
      writes: [y],
      label: name,
    });
  return [
    copy([to.read(logits), classes], [padded, columns]),
    loss,
    copy([slope, columns], [gradient, classes]),
  ];
}
