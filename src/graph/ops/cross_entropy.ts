/**
 * The loss of a classifier, `[logits (rows, classes), labels (steps, rows),
 * counter (1)]`. Outputs: the gradient of the logits, progress `(steps, 2)` of
 * mean loss and number of right rows, and the counter, one more than before.
 */
import { copyChannels } from "../../../kernels/copy_channels.ts";
import { dispatch } from "../../../kernels/kernel.ts";
import { softmaxCrossEntropy } from "../../../kernels/softmax_cross_entropy.ts";
import type { Lowering } from "../../plan/lowering.ts";
import type { Step } from "../../plan/program.ts";
import type { NodeOf } from "../ir.ts";
import { notDifferentiable, type OpRule } from "./_rule.ts";

/** `softmax_cross_entropy` for the typed table. */
export const softmaxCrossEntropyRule: OpRule<"softmax_cross_entropy"> = {
  shape: ([logits, labels, counter]) => [
    logits.shape,
    [labels.shape[0], 2],
    counter.shape,
  ],
  lower,
  gradient: notDifferentiable,
};

/** The kernel takes rows of whole vec4s; others are copied to such rows and back. */
function lower(
  { name, inputs: [logits, labels, counter], outputs }: NodeOf<
    "softmax_cross_entropy"
  >,
  to: Lowering,
): Step[] {
  const [gradient, progress, advanced] = outputs.map((output) =>
    to.place(output).buffer
  );
  const [rows, classes] = to.shape(logits);
  const columns = Math.ceil(classes / 4) * 4;
  const isWhole = columns === classes;
  const padded = isWhole ? to.read(logits) : to.scratch(rows * columns);
  const slope = isWhole ? gradient : to.scratch(rows * columns);
  const loss = dispatch(softmaxCrossEntropy, {
    params: { rows, columns, classes },
    variant: {},
    reads: [padded, to.read(labels)],
    writes: [slope, progress, advanced],
    label: name,
  });
  if (isWhole) return [loss];
  const copy = (
    [xStride, yStride]: readonly [number, number],
    [x, y]: readonly [number, number],
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
    copy([classes, columns], [to.read(logits), padded]),
    loss,
    copy([columns, classes], [slope, gradient]),
  ];
}
