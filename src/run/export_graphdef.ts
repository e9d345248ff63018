/**
 * A run as one frozen graph for TensorFlow.
 *
 * @module
 */
import { join } from "@std/path";
import { makeFolder, replaceFile } from "../bytes/mod.ts";
import type { ResolvedModel } from "../features/mod.ts";
import {
  appendNodes,
  encodeGraphDef,
  finalResult,
  type Graph,
  type GraphDef,
  graphNodes,
  grayNodes,
  halveConstants,
  nodeNameOf,
  oldProducer,
  preprocessingNodes,
  probabilityNodes,
  rowNodes,
} from "../graph/mod.ts";
import type { Loss } from "../train/mod.ts";
import { imageShape } from "./network.ts";
import { type OpenedRun, trainedNetwork } from "./use_run.ts";

/** The names of the classic tutorial. */
const graphFile = "retrained_graph.pb";
const labelsFile = "labels.txt";

/**
 * Writes `retrained_graph.pb`, from `DecodeJpeg/contents:0` to
 * `final_result:0`, and `labels.txt` into a folder; returns their paths.
 *
 * @throws {InputError} if the graph cannot take the head, or the disk refuses
 */
export async function exportGraphDef(
  run: OpenedRun,
  { model, out, precision = "f32" }: {
    /** The run's model, if it has one. */
    readonly model?: ResolvedModel | undefined;
    /** The folder to write into. */
    readonly out: string;
    /** Of weights in the file: `f16` halves it [f32]. */
    readonly precision?: "f32" | "f16" | undefined;
  },
): Promise<{ graph: string; labels: string; tooLarge: readonly string[] }> {
  const whole = graphDefOf(run, model);
  const { graphDef, tooLarge } = precision === "f16"
    ? halveConstants(whole)
    : { graphDef: whole, tooLarge: [] };
  const paths = { graph: join(out, graphFile), labels: join(out, labelsFile) };
  await makeFolder(out);
  await replaceFile(paths.graph, encodeGraphDef(graphDef));
  const lines = run.record.labels.map((label) => `${label}\n`);
  await replaceFile(paths.labels, lines.join(""));
  return { ...paths, tooLarge };
}

/** What and how a run is exported. */
export type ExportOptions = Parameters<typeof exportGraphDef>[1];

/** From the bytes of a JPEG to `final_result`, with the weights that the run has learnt. */
function graphDefOf(
  run: OpenedRun,
  model: ResolvedModel | undefined,
): GraphDef {
  const { record, path } = run;
  const graph = trainedNetwork(run, { model: model?.model, batch: 1 });
  const { width, loss, recipe: { scaleRows } } = record;
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
    const nodes = networkNodes(graph, start[start.length - 1].name, loss);
    return { nodes: [...start, ...nodes], producer: oldProducer };
  }
  if (!model) throw new Error(`The model of ${path} is not open`);
  const { graphDef, bottleneckTensor, preprocessing, inputTensor, resize } =
    model.model;
  return appendNodes(graphDef, {
    bottleneck: bottleneckTensor,
    dctMethod: resize.dctMethod,
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
      return [...rows, ...networkNodes(graph, input, loss)];
    },
  });
}

/** The network and the probabilities of its logits. */
function networkNodes(graph: Graph, input: string, kind: Loss["kind"]) {
  const { inputs: [rows], outputs: [logits] } = graph;
  return [
    ...graphNodes(graph, { [rows]: input }),
    ...probabilityNodes(nodeNameOf(logits), { name: finalResult, kind }),
  ];
}
