/**
 * A run as one frozen graph for TensorFlow.
 *
 * @module
 */
import { join } from "@std/path";
import { fileError, replaceFile } from "../bytes/mod.ts";
import type { ResolvedModel } from "../features/mod.ts";
import { appendHead, encodeGraphDef, type GraphDef } from "../graph/mod.ts";
import { networkGraphDef } from "./_network_graphdef.ts";
import type { OpenedHeadRun, OpenedRun } from "./use_run.ts";

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
  { model, out }: { model?: ResolvedModel | undefined; out: string },
): Promise<{ graph: string; labels: string }> {
  const graphDef = run.kind === "network"
    ? networkGraphDef(run, model)
    : headGraphDef(run, model);
  const paths = { graph: join(out, graphFile), labels: join(out, labelsFile) };
  try {
    await Deno.mkdir(out, { recursive: true });
  } catch (error) {
    throw fileError(error, { doing: "write", path: out });
  }
  await replaceFile(paths.graph, encodeGraphDef(graphDef));
  const lines = run.record.labels.map((label) => `${label}\n`);
  await replaceFile(paths.labels, lines.join(""));
  return paths;
}

function headGraphDef(
  { head, folder }: OpenedHeadRun,
  resolved: ResolvedModel | undefined,
): GraphDef {
  if (!resolved) throw new Error(`The model of ${folder.path} is not open`);
  const { model } = resolved;
  const { weights, bias, scaleRows } = head;
  const { preprocessing, inputTensor, resize } = model;
  return appendHead(model.graphDef, {
    bottleneck: model.bottleneckTensor,
    weights,
    bias,
    scaleRows,
    ...preprocessing.kind === "resize"
      ? {
        preprocessing: {
          input: inputTensor,
          height: resize.height,
          width: resize.width,
          mean: preprocessing.mean,
          std: preprocessing.std,
          isBgr: preprocessing.channelOrder === "bgr",
        },
      }
      : {},
  });
}
