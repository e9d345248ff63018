/** The sum over all axes but the last, `[x]`: the gradient of a bias. */
import { dispatch } from "../../../kernels/kernel.ts";
import { sumRows, sumRowsCalls } from "../../../kernels/sum_rows.ts";
import type { Lowering } from "../lowering.ts";
import type { BufferIndex, Step } from "../../../kernels/program.ts";
import { elementCount } from "../ir.ts";
import { notDifferentiable, type OpRule } from "./_rule.ts";

export const rule: OpRule<"sum_rows"> = {
  shape: ([x]) => [[x.shape.at(-1) ?? 1]],
  lower({ name, inputs: [x], outputs: [y] }, to) {
    const shape = to.shape(x);
    const columns = shape.at(-1) ?? 1;
    const rows = elementCount(shape) / columns;
    const { texels } = to.tuning;
    return sumRowsSteps(to, { rows, columns, texels, label: name }, [
      to.read(x),
      to.place(y).buffer,
    ]);
  },
  gradient: notDifferentiable,
};

/** Adds up the rows of a buffer into another, over a scratch buffer where there are many. */
export function sumRowsSteps(
  to: Lowering,
  { rows, columns, texels = false, label }: {
    rows: number;
    columns: number;
    /** Whether to read the rows as texels [false]. */
    texels?: boolean;
    label: string;
  },
  [x, y]: readonly [BufferIndex, BufferIndex],
): Step[] {
  let source = x;
  const calls = sumRowsCalls(rows, columns, { texels });
  return calls.map(({ params, variant, splits }, index) => {
    const target = index === calls.length - 1
      ? y
      : to.scratch(splits * columns);
    const step = dispatch(sumRows, {
      params,
      variant,
      reads: [source],
      writes: [target],
      label,
    });
    source = target;
    return step;
  });
}

/** A step that computes `splits` parts of a result, one a row, and what adds them up. */
export function sumOfParts(
  to: Lowering,
  { splits, columns, target, label }: {
    splits: number;
    columns: number;
    /** The buffer of the result. */
    target: BufferIndex;
    label: string;
  },
  first: (partials: BufferIndex) => Step,
): Step[] {
  if (splits === 1) return [first(target)];
  const partials = to.scratch(splits * columns);
  const size = { rows: splits, columns, label };
  return [first(partials), ...sumRowsSteps(to, size, [partials, target])];
}
