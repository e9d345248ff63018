/** Ops that only pass a value on when a frozen graph is evaluated. */
import type { NodeDef } from "../graphdef.ts";
import type { Tensor } from "../ir.ts";
import { requireInputs } from "./_attributes.ts";
import type { Imported } from "./_rule.ts";

/** Importers of ops that vanish. */
export const importers = {
  Identity: importAlias,
  CheckNumerics: importAlias,
  StopGradient: importAlias,
  PreventGradient: importAlias,
  PlaceholderWithDefault: importAlias,
};

function importAlias(node: NodeDef, inputs: readonly Tensor[]): Imported {
  requireInputs(node, inputs, 1);
  return { kind: "alias", of: inputs[0] };
}
