/**
 * Batch normalisation with given statistics, `[x, mean, variance, beta, gamma]`,
 * the last four of shape `[channels]`:
 * `y = activation((x - mean) / sqrt(variance + epsilon) * gamma + beta)`.
 */
import { batchNorm as batchNormKernel } from "../../../kernels/batch_norm.ts";
import { vectorWidth } from "../../../kernels/vector.ts";
import { InputError } from "../../errors.ts";
import type { NodeDef } from "../graphdef.ts";
import {
  type Activation,
  elementCount,
  type NodeOf,
  type Tensor,
} from "../ir.ts";
import {
  attribute,
  importError,
  requireFloat,
  requireInputs,
  requireRank,
  requireText,
} from "./_attributes.ts";
import { ofEitherFormat } from "./_channels_first.ts";
import { addWanted, beforeActivation } from "./_gradient.ts";
import { dispatchNode } from "./_lowering.ts";
import type { Backward, ImportedNode, OpRule } from "./_rule.ts";

/** What is added to the variance, what happens to the result, and how averages move. */
export interface BatchNormAttributes {
  /** Added to the variance. */
  readonly epsilon: number;
  /** Applied to the result. */
  readonly activation: Activation;
  /** What the moving averages keep of themselves at a step of training [0.9]. */
  readonly momentum?: number;
  /**
   * Whether the averages are another training's, so that each step moves them by
   * 1 - momentum from the first on [they become the mean of the first steps].
   */
  readonly settled?: boolean;
  /** Which variance enters its average while training: the batch's, or an estimate of the population's [keras3]. */
  readonly averages?: "keras3" | "fused";
}

export const rule: OpRule<"batch_norm"> = {
  shape([x, ...statistics]) {
    const channels = x.shape.at(-1);
    for (const { name, shape } of statistics) {
      if (shape.length !== 1 || shape[0] !== channels) {
        throw new InputError(
          `input "${name}" has shape [${
            shape.join(", ")
          }], expected [${channels}]`,
        );
      }
    }
    return [x.shape];
  },
  lower(node, to) {
    const shape = to.shape(node.inputs[0]);
    const channels = shape[shape.length - 1];
    const { stride, offset } = to.place(node.outputs[0]);
    const { epsilon, activation } = node.attributes;
    return dispatchNode(batchNormKernel, node, {
      to,
      params: {
        size: elementCount(shape),
        channels,
        epsilon,
        yStride: stride,
        yOffset: offset,
      },
      variant: { activation, vector: vectorWidth(channels, stride, offset) },
    });
  },
  gradient,
};

/** Statistics that a node computes are the batch's, and then `x` has a part in them. */
function gradient(
  { inputs, outputs: [y], attributes }: NodeOf<"batch_norm">,
  to: Backward,
): (string | undefined)[] {
  const [x, mean, variance, beta, gamma] = inputs;
  const { epsilon, activation } = attributes;
  const dy = beforeActivation(to, activation, y);
  const statistics = to.tensor(variance);
  const isFrozen = Boolean(statistics.constant ?? statistics.variable);
  const needsSums = !isFrozen || to.wants(beta) || to.wants(gamma);
  const sums = needsSums
    ? to.addAll({
      op: "batch_norm_sums",
      inputs: [x, dy, mean, variance],
      attributes: { epsilon },
    })
    : [];
  const frozen = [dy, variance, gamma];
  return [
    addWanted(to, x, {
      op: "batch_norm_gradient",
      inputs: isFrozen ? frozen : [...frozen, x, mean, ...sums],
      attributes: { epsilon },
    }),
    undefined,
    undefined,
    to.wants(beta) ? sums[0] : undefined,
    to.wants(gamma) ? sums[1] : undefined,
  ];
}

export const importers = {
  BatchNormWithGlobalNormalization: importWithGlobalNormalization,
  FusedBatchNorm: ofEitherFormat(importFused),
  FusedBatchNormV2: ofEitherFormat(importFused),
  FusedBatchNormV3: ofEitherFormat(importFused),
};

function importWithGlobalNormalization(
  node: NodeDef,
  inputs: readonly Tensor[],
): ImportedNode {
  requireInputs(node, inputs, 5);
  const [x, mean, variance, beta, gamma] = inputs;
  const epsilon = attribute(node, "variance_epsilon", "float");
  if (epsilon === undefined) {
    throw importError(node, 'it has no attribute "variance_epsilon"');
  }
  const isScaled = attribute(node, "scale_after_normalization", "bool") ??
    false;
  const scale = isScaled ? gamma : ones(`${node.name}/ones`, mean);
  return batchNorm(node, [x, mean, variance, beta, scale], epsilon);
}

/** A gamma that changes nothing, as long as `like`. */
function ones(name: string, { shape }: Tensor): Tensor {
  const read = () => new Float32Array(elementCount(shape)).fill(1);
  return { name, dtype: "f32", shape, constant: { read } };
}

function importFused(node: NodeDef, inputs: readonly Tensor[]): ImportedNode {
  requireInputs(node, inputs, 5);
  requireText(node, "data_format", "NHWC");
  const [x, scale, offset, mean, variance] = inputs;
  if (attribute(node, "is_training", "bool") ?? true) {
    throw importError(
      node,
      "is_training true, expected false: freeze the graph for inference",
    );
  }
  const epsilon = attribute(node, "epsilon", "float") ?? Math.fround(1e-4);
  return batchNorm(node, [x, mean, variance, offset, scale], epsilon);
}

function batchNorm(
  node: NodeDef,
  inputs: readonly Tensor[],
  epsilon: number,
): ImportedNode {
  for (const input of inputs) requireFloat(node, input);
  requireRank(node, inputs[0], [4]);
  const attributes = { epsilon, activation: "none" } as const;
  return { kind: "node", op: "batch_norm", inputs, attributes };
}
