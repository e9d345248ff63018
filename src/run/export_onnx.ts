/**
 * A run as one ONNX model.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { makeFolder, replaceFile } from "../bytes/mod.ts";
import { tensorOf } from "../graph/mod.ts";
import {
  encodeOnnx,
  fromPicture,
  halveInitializers,
  type PictureLayout,
  toOnnx,
} from "../onnx/mod.ts";
import { kernelPasses, liftBatch, optimise } from "../passes/mod.ts";
import type { ExportOptions } from "./export_graphdef.ts";
import { runTexts } from "./export_safetensors.ts";
import type { OpenedRun } from "./use_run.ts";
import { wholeNetwork } from "./whole_network.ts";

/** What the model is fed with. */
export const onnxSources = ["pixels", "u8"] as const;

/** How a run is written as a model. */
export interface OnnxExportOptions extends ExportOptions {
  /** The order of axes of its pixels [nchw]. */
  readonly layout?: PictureLayout | undefined;
  /** Pictures of the model's size in f32, or one of any size in bytes, which is resized inside [pixels]. */
  readonly from?: typeof onnxSources[number] | undefined;
}

const modelFile = "model.onnx";

/** TensorFlow 1's. */
const plainResize = { alignCorners: false, halfPixelCenters: false } as const;

/** Graphs of so many pictures at once are those of any number. */
const lifted = 2;

/**
 * Writes a model from pixels to `probabilities`, labels in its metadata: into a file
 * `.onnx`, or as `model.onnx` into a folder; returns its path.
 *
 * @throws {InputError} that names a node which ONNX has no op for, or if the disk
 * refuses
 */
export async function exportOnnx(
  run: OpenedRun,
  { model, out, precision = "f32", layout = "nchw", from = "pixels" }:
    OnnxExportOptions,
): Promise<{ readonly onnx: string; readonly tooLarge: readonly string[] }> {
  const single = wholeNetwork(run, { model: model?.model });
  const batch = from === "u8" ? 1 : lifted;
  const { without = [] } = model?.model ?? {};
  const graph = optimise(liftBatch(single, batch), {
    without: [...without, ...kernelPasses],
  });
  const [, height, width] = tensorOf(graph, graph.inputs[0]).shape;
  const resize = { ...plainResize, ...model?.model.resize, height, width };
  const metadata = new Map(Object.entries({
    ...runTexts(run.record),
    resize: JSON.stringify(resize),
  }));
  const written = toOnnx(graph, { batch, layout, metadata });
  const whole = from === "u8" ? fromPicture(written, resize) : written;
  const { model: made, tooLarge } = precision === "f16"
    ? halveInitializers(whole)
    : { model: whole, tooLarge: [] };
  const onnx = out.endsWith(".onnx") ? out : join(out, modelFile);
  await makeFolder(dirname(onnx));
  await replaceFile(onnx, encodeOnnx(made));
  return { onnx, tooLarge };
}
