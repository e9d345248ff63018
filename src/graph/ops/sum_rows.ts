/** The sum over all axes but the last, `[x]`: the gradient of a bias. */
import { dispatch } from "../../../kernels/kernel.ts";
import { sumRows, sumRowsCalls } from "../../../kernels/sum_rows.ts";
import type { Lowering } from "../lowering.ts";
import type { BufferIndex, Step } from "../../../kernels/program.ts";
import { elementCount } from "../ir.ts";
import { notDifferentiable, type OpRule } from "./_rule.ts";

/** `sum_rows` for the typed table. */
export const sumRowsRule: OpRule<"sum_rows"> = {
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
