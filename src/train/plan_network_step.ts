/**
 * What one step of training a network takes, before there is a GPU.
 *
 * @module
 */
import type { Graph } from "../graph/ir.ts";
import { batchOf } from "./_network_stage.ts";
import { planStep } from "./_step_runner.ts";
import { ruleOf } from "./head.ts";
import type { OptimizerName } from "./recipes.ts";
import { adamConstants } from "./schedule.ts";
import {
  checkMemory,
  planMemory,
  type TrainingMemoryPlan,
} from "./training_memory.ts";
import { buildTrainingStep, type Loss } from "./training_step.ts";

/** How {@linkcode planNetworkStep} is to train. */
export interface PlanNetworkOptions {
  /** Variables to train. */
  readonly variables: readonly string[];
  /** What is made small. */
  readonly loss: Loss;
  /** The optimizer. */
  readonly optimizer: OptimizerName;
  /** The adapter's limits [none]. */
  readonly limits?: Readonly<Record<string, number>>;
}

/**
 * The memory of one step on a network from a batch of images to logits, through
 * its passes but for `concatInPlace`. Training data that stay on the GPU and the
 * program that evaluates come on top.
 *
 * @throws {InputError} that names an op without a gradient on the way, or, where
 * a buffer is larger than the limits allow, the batch that would fit
 */
export function planNetworkStep(
  network: Graph,
  { variables, loss, optimizer, limits }: PlanNetworkOptions,
): TrainingMemoryPlan {
  const batch = batchOf(network);
  const step = buildTrainingStep(network, {
    logits: network.outputs[0],
    variables,
    loss,
    update: {
      rule: ruleOf(optimizer),
      secondShare: 1 - adamConstants.beta2,
      penalty: 0,
    },
    dataRows: batch,
    steps: 1,
  });
  const { program } = planStep(step).plan;
  if (limits) checkMemory(program, { batch, limits });
  return planMemory(step, program);
}
