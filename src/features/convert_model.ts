/**
 * A model's file as one of another format.
 *
 * @module
 */
import type { Precision } from "../../kernels/half.ts";
import { encodeSafetensors, halved, type Tensor32 } from "../bytes/mod.ts";
import { InputError } from "../errors.ts";
import {
  dataTypes,
  elementCount,
  encodeGraphDef,
  frozenGraph,
  type Graph,
  type GraphDef,
  halveConstants,
  readTensor,
  tensorOf,
} from "../graph/mod.ts";
import {
  encodeOnnx,
  halveInitializers,
  importOnnx,
  type OnnxModel,
  type OnnxTensor,
  onnxTypes,
  type PictureLayout,
  readTensorValues,
  tensorNamed,
  toOnnx,
} from "../onnx/mod.ts";
import { kernelPasses, liftBatch, optimise } from "../passes/mod.ts";
import { version } from "../version.ts";
import { readWeights, type WeightType } from "../weights/mod.ts";
import { importedGraph } from "./describe_model.ts";
import { graphOfFile, type ModelFile } from "./resolve.ts";

/** What a model can be written as. */
export const convertedFormats = ["onnx", "graphdef", "safetensors"] as const;

/** How a model is written. */
export interface ConvertOptions {
  /** The format. */
  readonly to: typeof convertedFormats[number];
  /** Height and width of pictures [those in the file]. */
  readonly inputSize?: number | undefined;
  /** The tensor that comes out [the graph's outputs]. */
  readonly output?: string | undefined;
  /** The order of axes of an ONNX model's pictures [nchw]. */
  readonly layout?: PictureLayout | undefined;
  /** Of weights in the file [f32]. */
  readonly precision?: Precision | undefined;
}

/** What was made. */
export interface Converted {
  /** The file. */
  readonly bytes: Uint8Array;
  /** What is to be known of it, as sentences. */
  readonly notes: readonly string[];
  /** Tensors that f16 does not hold, and that are f32. */
  readonly tooLarge: readonly string[];
}

/**
 * Writes the network of a file, or, as safetensors, its weights alone: by the names
 * and in the layouts that they have in the file.
 *
 * @throws {InputError} if the file is damaged, or a node has no op in the format
 */
export async function convertModel(
  file: ModelFile,
  options: ConvertOptions,
): Promise<Converted> {
  switch (options.to) {
    case "onnx":
      return convertedToOnnx(file, options);
    case "graphdef":
      return convertedToGraphDef(file, options);
    case "safetensors":
      return convertedToSafetensors(await weightsIn(file), options);
    default:
      return options.to satisfies never;
  }
}

/** The network in a file, at the batch that it has there. */
function networkIn(
  file: ModelFile,
  { inputSize, output }: ConvertOptions,
): Graph {
  const { onnx } = file;
  if (onnx) {
    return importOnnx(onnx, {
      ...output !== undefined && { outputs: [tensorNamed(onnx.graph, output)] },
      ...{ inputSize, channelsLast: true },
    });
  }
  return importedGraph(graphOfFile(file, { inputSize }), { inputSize, output });
}

function convertedToOnnx(file: ModelFile, options: ConvertOptions): Converted {
  const { layout = "nchw", precision } = options;
  const single = networkIn(file, options);
  const notes: string[] = [];
  const { graph, batch } = lifted(single, notes);
  const model = toOnnx(
    optimise(graph, { without: kernelPasses }),
    {
      ...{ batch, layout },
      metadata: new Map([["espalier", version], ["source", file.sha256]]),
    },
  );
  const { model: made, tooLarge } = precision === "f16"
    ? halveInitializers(model)
    : { model, tooLarge: [] };
  return { bytes: encodeOnnx(made), notes, tooLarge };
}

/** For any number of pictures, where the graph was made for one and can tell more apart. */
function lifted(
  graph: Graph,
  notes: string[],
): { readonly graph: Graph; readonly batch: number } {
  const isSingle = graph.inputs.every((name) =>
    tensorOf(graph, name).shape[0] === 1
  );
  if (!isSingle) return { graph, batch: 1 };
  try {
    return { graph: liftBatch(graph, 2), batch: 2 };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    notes.push(`the model takes one picture at a time: ${error.message}`);
    return { graph, batch: 1 };
  }
}

function convertedToGraphDef(
  file: ModelFile,
  options: ConvertOptions,
): Converted {
  const isFrozen = !file.onnx && !file.weights &&
    options.inputSize === undefined && options.output === undefined;
  const whole = isFrozen
    ? graphOfFile(file)
    : frozenGraph(networkIn(file, options));
  const { graphDef, tooLarge } = options.precision === "f16"
    ? halveConstants(whole)
    : { graphDef: whole, tooLarge: [] };
  return { bytes: encodeGraphDef(graphDef), notes: [], tooLarge };
}

/** Tensors by name, and texts beside them. */
interface NamedWeights {
  readonly tensors: ReadonlyMap<string, Tensor32>;
  readonly texts: Readonly<Record<string, string>>;
}

function convertedToSafetensors(
  { tensors, texts }: NamedWeights,
  { precision }: ConvertOptions,
): Converted {
  const made = precision === "f16"
    ? halved(tensors)
    : { tensors, tooLarge: [] };
  return {
    bytes: encodeSafetensors({ texts, tensors: made.tensors }),
    notes: [],
    tooLarge: made.tooLarge,
  };
}

/** Whole numbers beside weights only count. */
const floatTypes: ReadonlySet<WeightType> = new Set([
  ...["f16", "bf16", "f32", "f64"] as const,
]);

async function weightsIn(file: ModelFile): Promise<NamedWeights> {
  const { onnx, weights, path, bytes, sha256 } = file;
  const texts = { espalier: version, source: sha256 };
  if (onnx) return { tensors: onnxWeights(onnx), texts };
  if (!weights) return { tensors: graphWeights(graphOfFile(file)), texts };
  const read = await readWeights(bytes, { source: `"${path}"` });
  const tensors = Array.from(read.tensors).flatMap(([name, tensor]) =>
    floatTypes.has(tensor.type)
      ? [[name, { shape: tensor.shape, data: tensor.values() }] as const]
      : []
  );
  const { architecture, format } = weights.origin;
  return {
    tensors: new Map(tensors),
    texts: {
      ...texts,
      architecture,
      ...format === "torch" && { format: "pt" },
    },
  };
}

/** Initializers of floats, and constants that are nodes. */
function onnxWeights({ graph }: OnnxModel): Map<string, Tensor32> {
  const constants = graph.nodes.flatMap((node): OnnxTensor[] => {
    const value = node.attributes.get("value");
    const [name] = node.outputs;
    return node.op === "Constant" && value?.kind === "tensor"
      ? [{ ...value.value, name }]
      : [];
  });
  const tensors = [...graph.initializers, ...constants].filter(({ type }) =>
    floatsOfOnnx.has(type)
  );
  return new Map(tensors.map((tensor) => [tensor.name, {
    shape: tensor.shape,
    data: Float32Array.from(readTensorValues(tensor)),
  }]));
}

const floatsOfOnnx: ReadonlySet<number> = new Set([
  onnxTypes.float,
  onnxTypes.double,
  onnxTypes.float16,
  onnxTypes.bfloat16,
]);

const floatsOfTensorFlow: ReadonlySet<number> = new Set([
  dataTypes.float,
  dataTypes.double,
  dataTypes.half,
  dataTypes.bfloat16,
]);

/** Constants of floats by the names of their nodes. */
function graphWeights({ nodes }: GraphDef): Map<string, Tensor32> {
  const tensors = new Map<string, Tensor32>();
  for (const { name, op, attributes } of nodes) {
    const value = op === "Const" ? attributes.get("value") : undefined;
    if (value?.kind !== "tensor") continue;
    const { dtype, shape } = value.value;
    if (shape === null || !floatsOfTensorFlow.has(dtype)) continue;
    if (elementCount(shape) === 0) continue;
    const data = Float32Array.from(readTensor(value.value));
    tensors.set(name, { shape, data });
  }
  return tensors;
}
