/**
 * A program small enough to check by hand.
 *
 * @module
 */
import { binary, binaryCall } from "../../kernels/binary.ts";
import { dispatch } from "../../kernels/kernel.ts";
import type { Plan } from "../../kernels/program.ts";

/** `${name}: y = ${name}: x + constant`, with `count` values each. */
export function additionPlan(name: string, constant: Float32Array): Plan {
  const count = constant.length;
  const { params, variant } = binaryCall({ a: [count], b: [count] }, {
    function: "add",
  });
  const bytes = count * 4;
  return {
    program: {
      label: name,
      buffers: [
        { name: `${name}: x`, bytes },
        { name: `${name}: constant`, bytes },
        { name: `${name}: y`, bytes },
        { bytes },
      ],
      steps: [
        dispatch(binary, {
          params,
          variant,
          reads: [0, 1],
          writes: [3],
          label: "sum",
        }),
        dispatch(binary, {
          params: { ...params },
          variant: { ...variant, function: "max" },
          reads: [3, 0],
          writes: [2],
          label: "at least x",
        }),
      ],
    },
    constants: new Map([[`${name}: constant`, () => constant]]),
  };
}
