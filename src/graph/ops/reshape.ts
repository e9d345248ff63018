/** The same elements in another shape, `[x]`: Reshape, Squeeze and ExpandDims. */
import { unary } from "../../../kernels/unary.ts";
import { InputError } from "../../errors.ts";
import type { NodeDef } from "../graphdef.ts";
import { elementCount, type Shape, type Tensor } from "../ir.ts";
import {
  importError,
  intsAttribute,
  knownInts,
  requireInputs,
  resolveAxis,
} from "./_attributes.ts";
import { dispatchNode } from "./_lowering.ts";
import { reshapeTo } from "./_gradient.ts";
import type { ImportedNode, OpRule } from "./_rule.ts";

export const rule: OpRule<"reshape"> = {
  /** What was written; where `x` has grown in its batch, the first axis grows with it. */
  shape([x], _attributes, written) {
    const shape = written?.[0] ?? x.shape;
    if (x.shape.includes(-1)) return [shape];
    const growth = elementCount(x.shape) / elementCount(shape);
    if (growth === 1) return [shape];
    const first = shape[0] * growth;
    if (!Number.isInteger(first) || first < 1) {
      throw new InputError(
        `shape [${x.shape.join(", ")}] of "${x.name}" cannot become [${
          shape.join(", ")
        }]`,
      );
    }
    return [shape.with(0, first)];
  },
  evaluate: ([x]) => x.data,
  gradient: ({ inputs: [x] }, to) => [
    to.wants(x) ? reshapeTo(to, to.outputGradient, to.shape(x)) : undefined,
  ],
  /** Only where the planner could not give both tensors one buffer. */
  lower(node, to) {
    const params = { size: elementCount(to.shape(node.inputs[0])) };
    const variant = { function: "identity" } as const;
    return dispatchNode(unary, node, { to, params, variant });
  },
};

/** Importers of TensorFlow's ops that only change the shape. */
export const importers = {
  Reshape: importReshape,
  Squeeze: importSqueeze,
  ExpandDims: importExpandDims,
};

function importReshape(node: NodeDef, inputs: readonly Tensor[]): ImportedNode {
  requireInputs(node, inputs, 2);
  const [x, target] = inputs;
  const wanted = knownInts(node, target);
  const known = elementCount(wanted.filter((size) => size !== -1));
  const count = elementCount(x.shape);
  const shape = wanted.map((size) => size === -1 ? count / known : size);
  const valid = wanted.filter((size) => size === -1).length <= 1 &&
    !x.shape.includes(-1) && elementCount(shape) === count &&
    shape.every((size) => Number.isInteger(size) && size >= 0);
  if (!valid) {
    throw importError(
      node,
      `shape [${x.shape.join(", ")}] of input "${x.name}" cannot become [${
        wanted.join(", ")
      }]`,
    );
  }
  return reshape(x, shape);
}

function importSqueeze(node: NodeDef, inputs: readonly Tensor[]): ImportedNode {
  requireInputs(node, inputs, 1);
  const [x] = inputs;
  const given = intsAttribute(
    node,
    "squeeze_dims",
    intsAttribute(node, "axis", []),
  );
  const axes = given.map((axis) => resolveAxis(node, axis, x.shape.length));
  const wrong = axes.find((axis) => x.shape[axis] !== 1);
  if (wrong !== undefined) {
    throw importError(
      node,
      `axis ${wrong} of shape [${x.shape.join(", ")}] has not size 1`,
    );
  }
  const shape = x.shape.filter((size, axis) =>
    axes.length > 0 ? !axes.includes(axis) : size !== 1
  );
  return reshape(x, shape);
}

function importExpandDims(
  node: NodeDef,
  inputs: readonly Tensor[],
): ImportedNode {
  requireInputs(node, inputs, 2);
  const [x, dimension] = inputs;
  const [given] = knownInts(node, dimension);
  const axis = resolveAxis(node, given, x.shape.length + 1);
  return reshape(x, x.shape.toSpliced(axis, 0, 1));
}

export function reshape(x: Tensor, shape: Shape): ImportedNode {
  return {
    kind: "node",
    op: "reshape",
    inputs: [x],
    attributes: {},
    shapes: [shape],
  };
}
