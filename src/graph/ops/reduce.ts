/** Sums, products, extremes and their places over neighbouring axes, `[x]`. */
import {
  reduce,
  reduceCall,
  type ReduceFunction,
  reduceFunction,
} from "../../../kernels/reduce.ts";
import { InputError } from "../../errors.ts";
import type { NodeDef } from "../graphdef.ts";
import { elementCount, type Tensor } from "../ir.ts";
import {
  attribute,
  importError,
  knownInts,
  requireFloat,
  requireInputs,
  resolveAxis,
} from "./_attributes.ts";
import { addWanted, scale } from "./_gradient.ts";
import { dispatchNode } from "./_lowering.ts";
import {
  axisRuns,
  type MeanAttributes,
  sizesAround,
  withoutAxes,
} from "./mean.ts";
import type {
  ImportContext,
  Imported,
  ImportedNode,
  OpImporter,
  OpRule,
} from "./_rule.ts";

/** What is made of the values, and which axes go. */
export interface ReduceAttributes extends MeanAttributes {
  /** What is made of them; places are floats. */
  readonly function: "sum" | "prod" | "max" | "min" | "argmax" | "argmin";
}

export const rule: OpRule<"reduce"> = {
  shape: ([x], attributes) => [withoutAxes(x.shape, attributes)],
  evaluate([x], { axes, function: name }, output) {
    const { reduce: count, inner } = sizesAround(x.shape, axes);
    const compute = reduceFunction(name);
    return Float32Array.from({ length: elementCount(output) }, (_, index) => {
      const start = Math.floor(index / inner) * count * inner + index % inner;
      return compute(
        Array.from({ length: count }, (_, at) => x.data[start + at * inner]),
      );
    });
  },
  lower(node, to) {
    const { function: name, axes } = node.attributes;
    const params = sizesAround(to.shape(node.inputs[0]), axes);
    return dispatchNode(reduce, node, { to, ...reduceCall(params, name) });
  },
  gradient({ name, inputs: [x], attributes: { function: made, axes } }, to) {
    if (!to.wants(x)) return [undefined];
    if (made !== "sum") {
      throw new InputError(
        `Cannot train through node "${name}" (${made}): it has no gradient; freeze what is before it`,
      );
    }
    const shape = to.shape(x);
    const { reduce: count } = sizesAround(shape, axes);
    const each = addWanted(to, x, {
      op: "mean_gradient",
      inputs: [to.outputGradient],
      attributes: { axes, shape },
    });
    return [each && scale(to, each, count)];
  },
};

export const importers = {
  Sum: importerOf("sum"),
  Prod: importerOf("prod"),
  Max: importerOf("max"),
  Min: importerOf("min"),
  All: importerOf("min"),
  Any: importerOf("max"),
  ArgMax: placeImporter("argmax"),
  ArgMin: placeImporter("argmin"),
};

function importerOf(name: ReduceFunction): OpImporter {
  return (node, inputs, { add }): Imported => {
    requireInputs(node, inputs, 2);
    const [x, indices] = inputs;
    requireFloat(node, x);
    const rank = x.shape.length;
    const axes = new Set(
      knownInts(node, indices).map((axis) => resolveAxis(node, axis, rank)),
    );
    const keepDims = attribute(node, "keep_dims", "bool") ?? false;
    return reduced(x, { function: name, axes, keepDims, add });
  };
}

/** One node for each run of neighbouring axes, the last first. */
function reduced(
  x: Tensor,
  { function: name, axes, keepDims, add }: {
    readonly function: ReduceFunction;
    readonly axes: ReadonlySet<number>;
    readonly keepDims: boolean;
    readonly add: ImportContext["add"];
  },
): Imported {
  const runs = axisRuns([...axes]);
  let of = x;
  for (const run of runs.toReversed()) {
    of = add({
      kind: "node",
      op: "reduce",
      inputs: [of],
      attributes: { function: name, axes: run, keepDims },
    });
  }
  return { kind: "alias", of };
}

function placeImporter(name: ReduceFunction): OpImporter {
  return (node: NodeDef, inputs: readonly Tensor[]): ImportedNode => {
    requireInputs(node, inputs, 1, 2);
    const [x, dimension] = inputs;
    requireFloat(node, x);
    const [given = 0] = dimension ? knownInts(node, dimension) : [];
    const axis = resolveAxis(node, given, x.shape.length);
    if (x.shape[axis] < 1) {
      throw importError(node, `axis ${axis} of "${x.name}" is empty`);
    }
    return {
      kind: "node",
      op: "reduce",
      inputs: [x],
      attributes: { function: name, axes: [axis], keepDims: false },
    };
  };
}
