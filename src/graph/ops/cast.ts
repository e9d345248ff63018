/** Another element type, `[x]`: pixels to floats, and constants of any kind. */
import type { NodeDef } from "../graphdef.ts";
import type { DataType, Tensor } from "../ir.ts";
import {
  attribute,
  dataTypeOf,
  importError,
  requireInputs,
} from "./_attributes.ts";
import { plainBinary } from "./binary.ts";
import {
  type ImportContext,
  type Imported,
  notDifferentiable,
  type OpRule,
} from "./_rule.ts";

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

/** Computed whole numbers and truths are floats of the same value. */
function castOfFloats(
  node: NodeDef,
  x: Tensor,
  { add, constant }: ImportContext,
): Imported {
  const to = dataTypeOf(node, attribute(node, "DstT", "type") ?? 0);
  if (to === "bool") return plainBinary("not_equal", [x, constant([], [0])]);
  if (to !== "i32") {
    throw importError(
      node,
      `cast of "${x.name}" from f32 to ${to} is not supported`,
    );
  }
  const from = dataTypeOf(node, attribute(node, "SrcT", "type") ?? 1);
  if (from !== "f32") return { kind: "alias", of: x };
  const of = (name: "floor" | "abs" | "sign", input: Tensor) =>
    add({
      kind: "node",
      op: "unary",
      inputs: [input],
      attributes: { function: name },
    });
  // What is behind the point is cut off, on either side of 0.
  return plainBinary("mul", [of("floor", of("abs", x)), of("sign", x)]);
}

function importCast(
  node: NodeDef,
  inputs: readonly Tensor[],
  context: ImportContext,
): Imported {
  requireInputs(node, inputs, 1);
  const [x] = inputs;
  const to = dataTypeOf(node, attribute(node, "DstT", "type") ?? 0);
  if (x.dtype === to) return { kind: "alias", of: x };
  if (!x.constant && x.dtype === "f32") return castOfFloats(node, x, context);
  const isPossible = x.constant
    ? to === "f32" || to === "i32"
    : x.dtype !== "string" && to === "f32";
  if (!isPossible) {
    throw importError(
      node,
      `cast of "${x.name}" from ${x.dtype} to ${to} is not supported`,
    );
  }
  return { kind: "node", op: "cast", inputs, attributes: { to } };
}
