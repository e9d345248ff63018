/**
 * Concatenation along channels without a copy: each producer writes its own
 * range of the channels of the result.
 *
 * @module
 */
import { consumersOf, type Graph, type OpName, tensorOf } from "../graph/ir.ts";
import { fuseIntoProducer } from "./_fuse.ts";

/** Ops whose kernels can write at a channel offset and stride. */
const stridedWriters: ReadonlySet<OpName> = new Set<OpName>([
  "conv2d",
  "depthwise_conv2d",
  "max_pool",
  "avg_pool",
  "batch_norm",
]);

/** Turns the inputs of a concatenation into views of its output where all can be. */
export function concatInPlace(original: Graph): Graph {
  const graph = flatten(original);
  const consumers = consumersOf(graph);
  const producers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node])),
  );
  const tensors = new Map(graph.tensors);
  const nodes = graph.nodes.filter((node) => {
    const [output] = node.outputs;
    const rank = tensorOf(graph, output).shape.length;
    if (node.op !== "concat" || node.attributes.axis !== rank - 1) return true;
    const canView = node.inputs.every((name) => {
      const producer = producers.get(name);
      return producer !== undefined && stridedWriters.has(producer.op) &&
        consumers.get(name)?.length === 1 && !graph.outputs.includes(name);
    });
    if (!canView) return true;
    let channelOffset = 0;
    for (const name of node.inputs) {
      const tensor = tensorOf(graph, name);
      tensors.set(name, { ...tensor, view: { of: output, channelOffset } });
      channelOffset += tensor.shape[rank - 1];
    }
    return false;
  });
  return { ...graph, nodes, tensors };
}

/** A concatenation of concatenations is one concatenation. */
function flatten(graph: Graph): Graph {
  return fuseIntoProducer(graph, (inner, outer) => {
    if (inner.op !== "concat" || outer.op !== "concat") return undefined;
    if (inner.attributes.axis !== outer.attributes.axis) return undefined;
    const [joined] = inner.outputs;
    const inputs = outer.inputs.flatMap((name) =>
      name === joined ? inner.inputs : [name]
    );
    return { node: { ...outer, inputs }, constants: [] };
  });
}
