/** What is shared by ops whose inputs are known: TensorFlow's evaluators work them out. */
import { InputError } from "../../errors.ts";
import {
  evaluators,
  type Known,
  known,
  type KnownType,
} from "../../graph/known/mod.ts";
import { makeNode } from "../../graph/make_node.ts";
import type { AttrValue } from "../../graph/node_def.ts";
import type { Value } from "../value.ts";

/** What an op of TensorFlow's makes of known values. */
export function evaluate(
  op: string,
  inputs: readonly Known[],
  attributes: Readonly<Record<string, AttrValue>> = {},
): readonly Known[] {
  const evaluator = evaluators.get(op);
  if (!evaluator) throw new Error(`There is no evaluator of "${op}"`);
  return evaluator(makeNode(op, op, [], Object.entries(attributes)), inputs);
}

/** {@linkcode evaluate} of an op with one output. */
export function evaluateOne(
  op: string,
  inputs: readonly Known[],
  attributes: Readonly<Record<string, AttrValue>> = {},
): Known {
  return evaluate(op, inputs, attributes)[0];
}

/** Whole numbers as an evaluator takes them. */
export function list(values: readonly number[]): Known {
  return known("int64", [values.length], values);
}

export function single(value: number, type: KnownType = "int64"): Known {
  return known(type, [], [value]);
}

/** An input that has to be there. */
export function needed<T>(inputs: readonly (T | undefined)[], at: number): T {
  const input = inputs[at];
  if (input !== undefined) return input;
  throw new InputError(`its input ${at} is not there`);
}

/** Whole numbers that have to be known before the graph runs. */
export function wholeNumbers(value: Value, what: string): readonly number[] {
  if (value.known) return Array.from(value.known.data);
  throw new InputError(
    `its ${what} ("${value.tensor.name}") must be known before the graph runs`,
  );
}

/** An axis counted from the start. */
export function axisOf(axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(resolved) && resolved >= 0 && resolved < rank) {
    return resolved;
  }
  throw new InputError(`axis ${axis} is outside of rank ${rank}`);
}

/** More axes than any tensor has. */
export const mostAxes = 16;

/** Axes counted from the start, each once. */
export function axesOf(axes: readonly number[], rank: number): number[] {
  if (axes.length > mostAxes) throw new InputError(`${axes.length} axes`);
  const resolved = axes.map((axis) => axisOf(axis, rank));
  if (new Set(resolved).size === resolved.length) return resolved;
  throw new InputError(`axes [${axes.join(", ")}], expected each once`);
}
