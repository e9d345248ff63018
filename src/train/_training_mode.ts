/** What a network does otherwise while it is trained: dropout, and the batch's own statistics. */
import type { Graph, Node, NodeOf, Tensor } from "../graph/ir.ts";
import { tensorOf } from "../graph/ir.ts";
import { momentumOfStatistics } from "./schedule.ts";

/**
 * The network with dropout by the steps of `counter` and `start`, and with batch
 * norms that take the statistics of the batch and update their moving ones, where
 * these are variables and beta or gamma is trained: a layer that is frozen keeps
 * its statistics, as in Keras. Returns the names of the new moving averages too.
 */
export function trainingMode(
  network: Graph,
  { counter, start, seed, trained }: {
    counter: string;
    start: string;
    seed: number;
    trained: ReadonlySet<string>;
  },
): { graph: Graph; updated: string[] } {
  const tensors = new Map(network.tensors);
  const updated: string[] = [];
  const isTrained = ({ inputs: [, mean, , ...affine] }: NodeOf<"batch_norm">) =>
    tensorOf(network, mean).variable !== undefined &&
    affine.some((name) => trained.has(name));
  let stream = 0;
  const nodes = network.nodes.flatMap((node): Node[] => {
    if (node.op === "dropout") {
      stream++;
      const inputs = [node.inputs[0], counter, start];
      return [{
        ...node,
        inputs,
        attributes: { ...node.attributes, seed, stream },
      }];
    }
    if (node.op !== "batch_norm" || !isTrained(node)) return [node];
    const [x, mean, variance, ...affine] = node.inputs;
    const statistics = statisticsOf(node, tensorOf(network, mean));
    for (const tensor of statistics) tensors.set(tensor.name, tensor);
    const outputs = statistics.map(({ name }) => name);
    const [batchMean, batchVariance, ...moving] = outputs;
    updated.push(...moving);
    const {
      momentum = momentumOfStatistics,
      averages = "keras3",
      settled = false,
    } = node.attributes;
    return [
      {
        op: "batch_statistics",
        name: `${node.name} (statistics)`,
        inputs: [x, mean, variance, counter, start],
        outputs,
        attributes: { share: 1 - momentum, rule: averages, settled },
      },
      { ...node, inputs: [x, batchMean, batchVariance, ...affine] },
    ];
  });
  return { graph: { ...network, nodes, tensors }, updated };
}

/** Mean and variance of the batch, and the new moving ones. */
function statisticsOf(
  { name, inputs: [, mean, variance] }: NodeOf<"batch_norm">,
  { shape }: Tensor,
): Tensor[] {
  const tensor = (suffix: string, updates?: string): Tensor => ({
    name: `${name} (${suffix})`,
    shape,
    dtype: "f32",
    ...(updates !== undefined && { updates }),
  });
  return [
    tensor("batch mean"),
    tensor("batch variance"),
    tensor("new moving mean", mean),
    tensor("new moving variance", variance),
  ];
}
