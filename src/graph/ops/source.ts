/** Where values come from: Const, Placeholder, and what passes one on in a frozen graph. */
import { InputError } from "../../errors.ts";
import type { NodeDef } from "../graphdef.ts";
import type { Tensor } from "../ir.ts";
import { checkedShape, readTensor } from "../tensor.ts";
import {
  attribute,
  dataTypeOf,
  importError,
  requireInputs,
} from "./_attributes.ts";
import type { ImportContext, Imported } from "./_rule.ts";

/**
 * Up to this version of the graph format, a placeholder with shape `[]` may
 * have any shape (TensorFlow's `array_ops.cc`).
 */
const lastProducerWithScalarMeaningUnknown = 21;

export const importers = {
  Const: importConst,
  Placeholder: importPlaceholder,
  Identity: importAlias,
  IdentityN: importAliases,
  CheckNumerics: importAlias,
  StopGradient: importAlias,
  PreventGradient: importAlias,
  PlaceholderWithDefault: importAlias,
};

function importConst(node: NodeDef): Imported {
  const tensor = attribute(node, "value", "tensor");
  if (!tensor) throw importError(node, 'it has no attribute "value"');
  const dtype = dataTypeOf(node, tensor.dtype);
  try {
    const shape = checkedShape(tensor);
    return {
      kind: "constant",
      dtype,
      shape,
      constant: { read: () => readTensor(tensor) },
    };
  } catch (error) {
    if (error instanceof InputError) throw importError(node, error.message);
    throw error;
  }
}

function importPlaceholder(
  node: NodeDef,
  _inputs: readonly Tensor[],
  context: ImportContext,
): Imported {
  const dtype = dataTypeOf(node, attribute(node, "dtype", "type") ?? 0);
  const shape = attribute(node, "shape", "shape") ?? null;
  // The bytes of one file, whatever the shape says or leaves out.
  if (dtype === "string") return { kind: "input", dtype, shape: [] };
  const isUnknown = shape?.length === 0 &&
    context.producer <= lastProducerWithScalarMeaningUnknown;
  return { kind: "input", dtype, shape: isUnknown ? null : shape };
}

function importAlias(node: NodeDef, inputs: readonly Tensor[]): Imported {
  requireInputs(node, inputs, 1);
  return { kind: "alias", of: inputs[0] };
}

/** TensorFlow wraps what has a gradient of its own, such as swish, in one. */
function importAliases(_node: NodeDef, inputs: readonly Tensor[]): Imported {
  return { kind: "several", of: inputs };
}
