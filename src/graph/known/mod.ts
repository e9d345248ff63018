/**
 * Arithmetic on values that are known before a graph runs, as TensorFlow would do it.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import { arithmetic, type Evaluator, singleOps } from "./arithmetic.ts";
import { shapeOps } from "./shapes.ts";

export type { Evaluator } from "./arithmetic.ts";
export {
  checkCount,
  constantData,
  filled,
  heldAs,
  type Known,
  known,
  type KnownType,
  largestKnown,
  rounder,
  typeOf,
} from "./value.ts";
export { drawn, isTruth, type Range, rangeOf } from "./range.ts";
export { readKnown } from "./read.ts";

/** How many inputs an op has where it is not those of its kind. */
const inputCounts: Readonly<Record<string, readonly [number, number?]>> = {
  ArgMax: [1, 2],
  ArgMin: [1, 2],
  AddN: [1, Infinity],
  Concat: [2, Infinity],
  ConcatV2: [2, Infinity],
  Gather: [2],
  GatherV2: [3],
  OneHot: [4],
  Pack: [1, Infinity],
  Range: [3],
  Select: [3],
  SelectV2: [3],
  Slice: [3],
  SplitV: [3],
  StridedSlice: [4],
};

const ofOne = new Set([
  ...["Cast", "LeakyRelu", "LogicalNot", "Squeeze", "Unpack", "Where"],
  ...singleOps,
]);

/** What makes a node's outputs of inputs that are all known, by TensorFlow's op. */
export const evaluators: ReadonlyMap<string, Evaluator> = new Map(
  Object.entries({ ...arithmetic, ...shapeOps }).map(([op, evaluate]) => {
    const [least, most = least] = inputCounts[op] ?? [ofOne.has(op) ? 1 : 2];
    return [op, (node, inputs) => {
      if (inputs.length < least || inputs.length > most) {
        throw new InputError(`${inputs.length} inputs, expected ${least}`);
      }
      return evaluate(node, inputs);
    }];
  }),
);
