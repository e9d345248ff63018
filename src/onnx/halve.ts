/**
 * An ONNX model at half its size.
 *
 * @module
 */
import { areWeights, halvesOf } from "../bytes/halves.ts";
import { readTensor } from "../graph/tensor.ts";
import { bytesOf } from "./_nodes.ts";
import {
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  onnxTypes,
} from "./model.ts";
import { tensorDefOf } from "./tensor.ts";

/**
 * Makes each initializer of weights one of f16, and a Cast to f32 of its name, which
 * runtimes and our importer do once.
 */
export function halveInitializers(
  model: OnnxModel,
): { readonly model: OnnxModel; readonly tooLarge: readonly string[] } {
  const { graph } = model;
  const tooLarge: string[] = [];
  const casts: OnnxNode[] = [];
  const initializers = graph.initializers.map((tensor): OnnxTensor => {
    const { name, shape, type } = tensor;
    if (type !== onnxTypes.float || !areWeights(shape)) return tensor;
    const data = halvesOf(Float32Array.from(readTensor(tensorDefOf(tensor))));
    if (!data) {
      tooLarge.push(name);
      return tensor;
    }
    const half = `${name}/half`;
    const to = { kind: "int", value: onnxTypes.float } as const;
    casts.push({
      ...{ name, op: "Cast", domain: "", inputs: [half], outputs: [name] },
      attributes: new Map([["to", to]]),
    });
    return { name: half, shape, type: onnxTypes.float16, raw: bytesOf(data) };
  });
  const nodes = [...casts, ...graph.nodes];
  const halved = { ...model, graph: { ...graph, nodes, initializers } };
  return { model: halved, tooLarge };
}
