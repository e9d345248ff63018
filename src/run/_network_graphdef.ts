/** A run's network as a frozen graph for TensorFlow. */
import type { ResolvedModel } from "../features/mod.ts";
import {
  appendNodes,
  finalResult,
  type Graph,
  type GraphDef,
  graphNodes,
  grayNodes,
  nodeNameOf,
  preprocessingNodes,
  probabilityNodes,
  rowNodes,
} from "../graph/mod.ts";
import { imageShape, lossKind } from "./_network.ts";
import { trainedGraph } from "./_predict_rows.ts";
import type { OpenedNetworkRun } from "./use_run.ts";

/** Ops are as the oldest graphs had them, and TensorFlow still runs these. */
const producer = 27;

/** From the bytes of a JPEG to `final_result`, with the weights that the run has learnt. */
export function networkGraphDef(
  { record, values }: OpenedNetworkRun,
  model: ResolvedModel | undefined,
): GraphDef {
  const graph = trainedGraph({ record, values }, {
    model: model?.model,
    without: record.model?.without ?? [],
    batch: 1,
  });
  const { width, labels, recipe: { scaleRows } } = record;
  const shape = imageShape(record.network.base, model?.model);
  if (shape) {
    const [height, width, channels] = shape;
    const pixels = preprocessingNodes({
      ...model?.model.resize,
      height,
      width,
      mean: 0,
      std: 1,
    });
    const image = channels === 1
      ? grayNodes(pixels[pixels.length - 1].name)
      : [];
    const start = [...pixels, ...image];
    const nodes = networkNodes(graph, start[start.length - 1].name, labels);
    return { nodes: [...start, ...nodes], producer };
  }
  if (!model) throw new Error("The run's frozen graph is not open");
  const { graphDef, bottleneckTensor, preprocessing, inputTensor, resize } =
    model.model;
  return appendNodes(graphDef, {
    bottleneck: bottleneckTensor,
    ...preprocessing.kind === "resize" && {
      preprocessing: {
        ...resize,
        ...preprocessing,
        isBgr: preprocessing.channelOrder === "bgr",
        input: inputTensor,
      },
    },
    nodesAfter(bottleneck) {
      const rows = rowNodes(bottleneck, { features: width, scaleRows });
      const input = rows[rows.length - 1].name;
      return [...rows, ...networkNodes(graph, input, labels)];
    },
  });
}

/** The network and the probabilities of its logits. */
function networkNodes(
  graph: Graph,
  input: string,
  labels: readonly string[],
) {
  const { inputs: [rows], outputs: [logits] } = graph;
  return [
    ...graphNodes(graph, { [rows]: input }),
    ...probabilityNodes(nodeNameOf(logits), {
      name: finalResult,
      kind: lossKind(labels.length),
    }),
  ];
}
