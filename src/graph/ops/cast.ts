/** Another element type, `[x]`: pixels to floats, and constants of any kind. */
import type { NodeDef } from "../graphdef.ts";
import type { DataType, Tensor } from "../ir.ts";
import {
  attribute,
  dataTypeOf,
  importError,
  requireInputs,
} from "./_attributes.ts";
import { type Imported, notDifferentiable, type OpRule } from "./_rule.ts";

/** The element type it becomes. */
export interface CastAttributes {
  /** The element type it becomes. */
  readonly to: DataType;
}

export const rule: OpRule<"cast"> = {
  shape: ([x]) => [x.shape],
  dtype: (_inputs, { to }) => to,
  evaluate: ([x], { to }) =>
    to === "f32"
      ? Float32Array.from(x.data)
      : Int32Array.from(x.data, Math.trunc),
  gradient: notDifferentiable,
};

export const importers = { Cast: importCast };

function importCast(node: NodeDef, inputs: readonly Tensor[]): Imported {
  requireInputs(node, inputs, 1);
  const [x] = inputs;
  const to = dataTypeOf(node, attribute(node, "DstT", "type") ?? 0);
  if (x.dtype === to) return { kind: "alias", of: x };
  const isPossible = x.constant
    ? to === "f32" || to === "i32"
    : x.dtype === "u8" && to === "f32";
  if (!isPossible) {
    throw importError(
      node,
      `cast of "${x.name}" from ${x.dtype} to ${to} is not supported`,
    );
  }
  return { kind: "node", op: "cast", inputs, attributes: { to } };
}
