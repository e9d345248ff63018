/**
 * From what the user calls a model to the opened model, with everything that
 * has to be recorded of it.
 *
 * @module
 */
import { basename } from "@std/path";
import {
  chooseModel,
  isModelName,
  isVariantName,
  type ModelEntry,
  needOf,
} from "../../models/mod.ts";
import { fileLimits, isFolder, readRegularFile, sha256 } from "../bytes/mod.ts";
import { InputError, messageOf, UsageError } from "../errors.ts";
import {
  decodeGraphDef,
  folderKindOf,
  type Graph,
  type GraphDef,
  isOnnxFile,
  isWeightFile,
  nodeNameOf,
  nodeOfTensor,
  withoutDropout,
} from "../graph/mod.ts";
import { decodeOnnx, type OnnxModel, readExternalData } from "../onnx/mod.ts";
import type { Store } from "../store/mod.ts";
import { type FeatureModel, openModel } from "./model.ts";
import { openOnnx } from "./onnx_model.ts";
import { type OnnxPictures, onnxPictures } from "./onnx_pictures.ts";
import { type ModelOptions, normalise, resamplingAt } from "./preprocessing.ts";
import { picturesNote } from "./said_pictures.ts";
import {
  pictureOptions,
  readWeightModel,
  type WeightModel,
  type WeightOrigin,
} from "./weight_model.ts";

/** Where a model is, before it is read. */
export interface ModelLocation {
  /** The name in the registry, or the file's name. */
  readonly name: string;
  /** The file of the frozen graph, or of weights. */
  readonly path: string;
  /** What the registry knows of it; absent for the user's own file. */
  readonly entry?: ModelEntry;
  /** Why it was taken, where the user named none or a name means several. */
  readonly reason?: string;
  /** Of the file, in hex, where the store knows it. */
  readonly sha256?: string;
}

/** {@linkcode ModelLocation} with the file's bytes. */
export interface ModelFile extends ModelLocation {
  /** The whole file. */
  readonly bytes: Uint8Array;
  /** Of the bytes, in hex. */
  readonly sha256: string;
  /** The network that they are the weights of, where they are no frozen graph. */
  readonly weights?: WeightModel;
  /** What they are, with what lies beside the file, where they are an ONNX model. */
  readonly onnx?: OnnxModel;
  /** What an ONNX model or a file beside it says of pictures; absent for a run's. */
  readonly onnxPictures?: OnnxPictures;
}

/** What the user says of a model. */
export interface ModelRequest extends ModelOptions {
  /** A name in the registry, or a file of a frozen graph, an ONNX model or weights [the default]. */
  readonly model?: string | undefined;
  /** The network that a file's weights are known to be of [told by their names]. */
  readonly architecture?: string | undefined;
}

/** A model that is open, and where it came from. */
export interface ResolvedModel
  extends
    Omit<ModelFile, "bytes" | "entry" | "weights" | "onnx" | "onnxPictures"> {
  /** Ready to be planned. */
  readonly model: FeatureModel;
  /** Where the weights come from; absent for the user's own file. */
  readonly provenance?: string;
  /** What they are; absent for a frozen graph. */
  readonly weights?: WeightOrigin;
}

/**
 * Finds a model by name, path, or as the default, without opening it.
 *
 * @throws {UsageError} if the name is unknown, or the store does not have the
 * model; the message says how to fetch it.
 */
export async function locateModel(
  nameOrPath: string | undefined,
  { store }: { readonly store: Store },
): Promise<ModelLocation> {
  if (nameOrPath !== undefined && await isPath(nameOrPath)) {
    return { name: basename(nameOrPath), path: nameOrPath };
  }
  const { entry, ...choice } = await chooseModel(store, nameOrPath);
  const stored = await store.find(entry);
  if (!stored) {
    const { fetches } = needOf(nameOrPath);
    throw new UsageError(
      `The model "${fetches}" is not in the store ${store.home}: run "./espalier fetch ${fetches}", or give a file with --model FILE (a frozen graph .pb, an ONNX model .onnx, or weights: .safetensors, .pth, .h5)`,
    );
  }
  const { sha256 } = stored;
  return {
    name: entry.name,
    path: store.path(entry),
    entry,
    ...choice,
    sha256,
  };
}

/** A file may have any name but those of models, which have no slash. */
async function isPath(nameOrPath: string): Promise<boolean> {
  if (isModelName(nameOrPath)) return false;
  const isFile = /[/\\.]|^-$/.test(nameOrPath) && !isVariantName(nameOrPath);
  if (isFile) return true;
  return await Deno.lstat(nameOrPath).then(() => true, () => false);
}

/**
 * Reads a model's file.
 *
 * @throws {InputError} if it cannot be read, is not what the registry says, or
 * holds weights of no network that is known.
 */
export async function readModelFile(
  location: ModelLocation,
  { architecture, resampling }: Pick<
    ModelRequest,
    "architecture" | "resampling"
  > = {},
): Promise<ModelFile> {
  const { path, entry, sha256: expected } = location;
  const bytes = await readRegularFile(path, fileLimits.model)
    .catch(async (error) => {
      throw await folderError(path) ?? error;
    });
  const digest = sha256(bytes);
  if (entry && digest !== expected) {
    throw new InputError(
      `"${path}" has the sha256 ${digest}, expected ${expected}: delete it and run "./espalier fetch ${entry.name}"`,
    );
  }
  const file = { ...location, bytes, sha256: digest };
  if (isWeightFile(bytes, path)) {
    const { content } = entry ?? {};
    const named = content?.kind === "weights" ? content : undefined;
    const weights = await readWeightModel(bytes, {
      path,
      ...named,
      ...architecture !== undefined && { architecture },
      // Of a run's weights the record says all.
      isAlone: resampling !== undefined,
    });
    return { ...file, weights };
  }
  const isOnnx = isOnnxFile(bytes, path);
  if (architecture !== undefined) {
    throw new UsageError(
      `"${path}" is ${
        isOnnx ? "an ONNX model" : "a frozen graph"
      }, and not weights of ${architecture}: name a file of weights with --model, or leave --architecture out`,
    );
  }
  if (!isOnnx) return file;
  const decoded = decodeOnnx(bytes, { source: path });
  const { model: onnx, files } = await readExternalData(decoded, { path });
  const digests = [digest, ...files.map(sha256)];
  // Of a run's model the record says all.
  const pictures = resampling === undefined
    ? await onnxPictures(onnx, { path })
    : undefined;
  return {
    ...file,
    onnx,
    ...pictures && { onnxPictures: pictures },
    sha256: files.length === 0 ? digest : sha256(digests.join()),
  };
}

/**
 * The graph in a model's file, or that of the network which its weights are of,
 * for pictures of `inputSize`.
 *
 * @throws {InputError} that names the file, if it is no frozen graph
 */
export function graphOfFile(
  { path, bytes, weights }: ModelFile,
  { inputSize }: Pick<ModelRequest, "inputSize"> = {},
): GraphDef {
  if (!weights) return decodeGraphDef(bytes, { source: path });
  try {
    return weights.graphDef(inputSize);
  } catch (error) {
    throw errorOfFile(error, path);
  }
}

/** What a folder is that was given as a model, where that can be told. */
async function folderError(path: string): Promise<InputError | undefined> {
  if (!await isFolder(path).catch(() => false)) return undefined;
  const names = await Array.fromAsync(Deno.readDir(path), ({ name }) => name);
  const kind = folderKindOf(names);
  return kind === undefined
    ? undefined
    : new InputError(`"${path}" is ${kind}`);
}

/**
 * Finds, reads and opens a model. What the user says outranks the registry,
 * and the registry what can be guessed from the graph.
 *
 * @throws {UsageError} if the model is not there or more has to be said of it;
 * {@linkcode InputError} if its file is damaged or cannot be imported.
 *
 * @example
 * ```ts
 * import { rejects } from "@std/assert";
 * import { openStore } from "../store/mod.ts";
 * const store = openStore("/no/such/home");
 * await rejects(resolveModel({}, { store }), /fetch efficientnet-lite0/);
 * ```
 */
export async function resolveModel(
  request: ModelRequest,
  { store }: { readonly store: Store },
): Promise<ResolvedModel> {
  const location = await locateModel(request.model, { store });
  const file = await readModelFile(location, request);
  const { name, path, sha256, reason, entry, weights } = file;
  return {
    ...{ name, path, sha256 },
    ...reason !== undefined && { reason },
    model: openModelFile(file, request),
    ...entry && { provenance: entry.provenance },
    ...weights && { weights: weights.origin },
  };
}

/**
 * Opens a model whose file is read. What the user says outranks the registry.
 *
 * @throws {UsageError} if more has to be said of it; {@linkcode InputError} if it
 * is damaged or cannot be imported; the message names the file.
 */
export function openModelFile(
  file: ModelFile,
  request: ModelRequest,
): FeatureModel {
  const { weights, entry } = file;
  const graph = entry?.content.kind === "graph" ? entry.content : undefined;
  const { inputTensor, bottleneckTensor } = weights ?? graph ?? {};
  const options = {
    ...request,
    inputTensor: request.inputTensor ?? inputTensor,
    bottleneckTensor: request.bottleneckTensor ?? bottleneckTensor,
    ...weights ? pictureOptions(weights, request) : registered(graph, request),
  };
  const { onnx, onnxPictures: pictures, bytes } = file;
  const graphDef = onnx ? undefined : graphOfFile(file, options);
  try {
    const model = onnx
      ? openOnnx(onnx, { ...options, ...pictures && { pictures } })
      : openModel(graphDef ?? bytes, options);
    if (!weights) return model;
    const { preprocessing } = model;
    const isTold = request.resampling === undefined &&
      preprocessing.kind === "resize";
    return {
      ...model,
      notes: [
        ...weights.notes,
        ...isTold
          ? [
            picturesNote(preprocessing, {
              request,
              sources: sourcesOf(weights),
            }),
          ]
          : [],
        ...model.notes,
      ],
      trainable: () => trainableOf(weights, model),
    };
  } catch (error) {
    throw errorOfFile(error, file.path);
  }
}

/** Who says how pictures become the input of a network of weights. */
function sourcesOf({ network, pictures: { file } }: WeightModel): string[] {
  return [...file ? [`${file} beside the weights`] : [], network.title];
}

/** From pictures to the model's features, by variables. */
function trainableOf(
  weights: WeightModel,
  { preprocessing, bottleneckTensor }: FeatureModel,
): Graph {
  if (preprocessing.kind !== "resize") {
    throw new Error("Weights decode nothing");
  }
  const graph = weights.trainable(preprocessing.size);
  const wanted = nodeOfTensor(bottleneckTensor);
  const outputs = graph.nodes.flatMap(({ outputs }) => outputs)
    .filter((name) => nodeNameOf(name) === wanted);
  if (outputs.length === 0) {
    throw new UsageError(
      `"${bottleneckTensor}" (--bottleneck-tensor) is in the middle of a layer, and layers are trained as a whole: name the layer's own output`,
    );
  }
  const layers = withoutDropout({ ...graph, outputs });
  return normalise(layers, preprocessing).graph;
}

/** An error of a graph, which does not know the name of its file, with that name. */
export function errorOfFile(error: unknown, path: string): unknown {
  const kind = [UsageError, InputError].find((kind) => error instanceof kind);
  return kind
    ? new kind(`"${path}": ${messageOf(error)}`, { cause: error })
    : error;
}

type GraphContent = Extract<ModelEntry["content"], { kind: "graph" }>;

/** How pictures become the input of a model that is known by name: as `request` says, else the registry. */
function registered(
  graph: GraphContent | undefined,
  request: ModelOptions,
): ModelOptions {
  if (!graph || graph.preprocessing.kind === "in-graph") return {};
  const { size, mean, std, resizing } = graph.preprocessing;
  const { inputSize = size } = request;
  return {
    inputSize,
    mean: request.mean ?? mean,
    std: request.std ?? std,
    resampling: request.resampling ??
      (resizing && resamplingAt(resizing, inputSize)),
  };
}
