/**
 * The mean over neighbouring axes, `[x]`: height and width of an NHWC image
 * (global average pooling), or the last axis of a matrix.
 */
import { binary, binaryCall } from "../../../kernels/binary.ts";
import { dispatch } from "../../../kernels/kernel.ts";
import { mean as meanKernel } from "../../../kernels/mean.ts";
import { meanGradient } from "../../../kernels/mean_gradient.ts";
import type { Step } from "../../../kernels/program.ts";
import { reduce, reduceCall } from "../../../kernels/reduce.ts";
import { vectorWidth } from "../../../kernels/vector.ts";
import type { NodeDef } from "../graphdef.ts";
import type { Lowering } from "../lowering.ts";
import { elementCount, type NodeOf, type Shape, type Tensor } from "../ir.ts";
import {
  attribute,
  knownInts,
  requireFloat,
  requireInputs,
  resolveAxis,
} from "./_attributes.ts";
import { addWanted } from "./_gradient.ts";
import { dispatchNode } from "./_lowering.ts";
import {
  type ImportContext,
  type Imported,
  type ImportedNode,
  notDifferentiable,
  type OpRule,
} from "./_rule.ts";

/** Which axes go. */
export interface MeanAttributes {
  /** Ascending and without gaps, counted from 0. */
  readonly axes: readonly number[];
  /** Whether they stay with size 1. */
  readonly keepDims: boolean;
}

export const meanRule: OpRule<"mean"> = {
  shape: ([x], { axes, keepDims }) => [
    withoutAxes(x.shape, { axes, keepDims }),
  ],
  lower(node, to) {
    const params = sizesAround(to.shape(node.inputs[0]), node.attributes.axes);
    return params.reduce > longestMean
      ? longMean(node, to, params)
      : dispatchNode(meanKernel, node, {
        to,
        params,
        variant: { vector: vectorWidth(params.inner) },
      });
  },
  gradient: ({ inputs: [x], attributes: { axes } }, to) => [
    addWanted(to, x, {
      op: "mean_gradient",
      inputs: [to.outputGradient],
      attributes: { axes, shape: to.shape(x) },
    }),
  ],
};

/** The kernel's threads take four values a turn, and llvmpipe ends their loops early. */
const longestMean = 131072;

/** The sum, by many threads, over the number of values. */
function longMean(
  { name: label, inputs: [x], outputs: [y] }: NodeOf<"mean">,
  to: Lowering,
  params: ReturnType<typeof sizesAround>,
): Step[] {
  const size = params.outer * params.inner;
  const sums = to.scratch(size);
  const share = Float32Array.of(1 / params.reduce);
  return [
    dispatch(reduce, {
      ...reduceCall(params, "sum"),
      reads: [to.read(x)],
      writes: [sums],
      label,
    }),
    dispatch(binary, {
      ...binaryCall({ a: [size], b: [1] }, { function: "mul" }),
      reads: [sums, to.literal(`one of ${params.reduce}`, share)],
      writes: [to.place(y).buffer],
      label,
    }),
  ];
}

export function withoutAxes(
  shape: Shape,
  { axes, keepDims }: MeanAttributes,
): Shape {
  return keepDims
    ? shape.map((size, axis) => axes.includes(axis) ? 1 : size)
    : shape.filter((_, axis) => !axes.includes(axis));
}

/** What the mean was of. */
export interface MeanGradientAttributes {
  /** Axes that went, ascending and without gaps. */
  readonly axes: readonly number[];
  /** Shape of what the mean was of. */
  readonly shape: Shape;
}

/** `[dy]` to each element's share of it. */
export const meanGradientRule: OpRule<"mean_gradient"> = {
  shape: (_inputs, { shape }) => [shape],
  lower(node, to) {
    const { shape, axes } = node.attributes;
    const params = sizesAround(shape, axes);
    const variant = { vector: vectorWidth(params.inner) };
    return dispatchNode(meanGradient, node, { to, params, variant });
  },
  gradient: notDifferentiable,
};

/** Elements of the axes before some, of these, and of those after. */
export function sizesAround(shape: Shape, axes: readonly number[]) {
  const end = axes[0] + axes.length;
  return {
    outer: elementCount(shape.slice(0, axes[0])),
    reduce: elementCount(shape.slice(axes[0], end)),
    inner: elementCount(shape.slice(end)),
  };
}

export const importers = { Mean: importMean };

function importMean(
  node: NodeDef,
  inputs: readonly Tensor[],
  { add }: ImportContext,
): Imported {
  requireInputs(node, inputs, 2);
  const [x, indices] = inputs;
  requireFloat(node, x);
  const axes = knownInts(node, indices).map((axis) =>
    resolveAxis(node, axis, x.shape.length)
  );
  const keepDims = attribute(node, "keep_dims", "bool") ?? false;
  const runs = axisRuns(axes);
  if (runs.length === 1) return mean(x, { axes: runs[0], keepDims });
  const of = runs.toReversed().reduce(
    (before, run) => add(mean(before, { axes: run, keepDims })),
    x,
  );
  return { kind: "alias", of };
}

function mean(x: Tensor, attributes: MeanAttributes): ImportedNode {
  return { kind: "node", op: "mean", inputs: [x], attributes };
}

/** Axes in runs of neighbours, ascending: a kernel takes one run. */
export function axisRuns(axes: readonly number[]): number[][] {
  const runs: number[][] = [];
  for (const axis of [...new Set(axes)].sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run?.at(-1) === axis - 1) run.push(axis);
    else runs.push([axis]);
  }
  return runs;
}
