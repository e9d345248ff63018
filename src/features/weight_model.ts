/**
 * A file of weights as a frozen graph of the network that they are of.
 *
 * @module
 */
import type { Architecture } from "../../models/architecture.ts";
import { architectures } from "../../models/architectures.ts";
import { isCalled, recogniseWeights } from "../../models/recognise.ts";
import { UsageError } from "../errors.ts";
import {
  frozenGraph,
  type Graph,
  type GraphDef,
  nodeNameOf,
} from "../graph/mod.ts";
import { counted } from "../plural.ts";
import { didYouMean } from "../suggest.ts";
import { readWeights } from "../weights/mod.ts";
import { type PicturesBeside, picturesBeside } from "./pictures_beside.ts";
import { type ModelOptions, resamplingAt } from "./preprocessing.ts";
import { resizingOf, valueOf } from "./said_pictures.ts";

/** What a file of weights is, as it is recorded. */
export interface WeightOrigin {
  /** Who wrote the file. */
  readonly format: "safetensors" | "torch" | "keras";
  /** Where the network is from and what it is called there, such as `torchvision/resnet50`. */
  readonly architecture: string;
}

/** The network that a file's weights are of. */
export interface WeightModel {
  /** For the record. */
  readonly origin: WeightOrigin;
  /** What the network is, and what of the file was left out, as sentences for the user. */
  readonly notes: readonly string[];
  /** The tensor that is fed. */
  readonly inputTensor: string;
  /** The tensor before the classifier. */
  readonly bottleneckTensor: string;
  /** What its layers are, and what released weights of it were trained with. */
  readonly network: Architecture;
  /** What a file beside the weights says of pictures. */
  readonly pictures: Pick<PicturesBeside, "said" | "file">;
  /**
   * The network for pictures of so many pixels [the architecture's]: its weights
   * are constants, its last node the classifier where the file has one.
   *
   * @throws {InputError} if the weights are for one size
   */
  graphDef(size?: number): GraphDef;
  /** The same network as its framework trains it: weights are variables, and averages of batch norms move. */
  trainable(size: number): Graph;
}

/**
 * Tells which network a file's weights are of.
 *
 * @param options `path` is the file's, of which messages speak and beside which
 *   timm's `config.json` or Hugging Face's `preprocessor_config.json` may lie, which
 *   is read unless `isAlone`; `architecture` is what the network is known to be,
 *   `size` what pictures the weights are for [the architecture's], in pixels.
 * @throws {InputError} if the file is damaged, has code in it, or its weights are
 * of no network that is known; {@linkcode UsageError} if `architecture` is none
 */
export async function readWeightModel(
  bytes: Uint8Array,
  { path, architecture, size, isAlone = false }: {
    readonly path: string;
    readonly architecture?: string | undefined;
    readonly size?: number | undefined;
    readonly isAlone?: boolean;
  },
): Promise<WeightModel> {
  const source = `"${path}"`;
  const file = await readWeights(bytes, { source });
  const beside = isAlone
    ? { said: {}, notes: [] }
    : await picturesBeside(path, { of: "weights" });
  const recognised = recogniseWeights(file.tensors, {
    source,
    called: beside.said.architecture,
    ...architecture !== undefined && { among: networksCalled(architecture) },
  });
  const { architecture: known, classes } = recognised;
  const network = size === undefined ? known : { ...known, size };
  const graphs = new Map<number, GraphDef>();
  const { features, graph: { inputs: [images] } } = recognised.build();
  const head = classes === 0
    ? "without its classifier"
    : `with its classifier of ${counted(classes, "class")}`;
  const { pictures, notes } = ofNetwork(beside, network);
  return {
    origin: { format: file.format, architecture: network.id },
    notes: [
      `the weights are those of ${network.title}, ${head}`,
      ...file.notes,
      ...recognised.notes,
      ...notes,
    ],
    inputTensor: `${images}:0`,
    bottleneckTensor: `${nodeNameOf(features)}:0`,
    network,
    pictures,
    graphDef: (size = network.size) => {
      const known = graphs.get(size);
      if (known) return known;
      // Pads depend on the size of pictures, so each size has a graph of its own.
      const made = frozenGraph(recognised.build({ size }).graph);
      graphs.set(size, made);
      return made;
    },
    trainable: (size) => recognised.build({ size, as: "variables" }).graph,
  };
}

/** The networks that a user means. */
function networksCalled(name: string): readonly Architecture[] {
  const named = architectures.filter(({ id }) => isCalled(id, name));
  if (named.length > 0) return named;
  const known = architectures.map(({ id }) => id);
  throw new UsageError(
    `--architecture "${name}" is no network that weights are read into${
      didYouMean(name, { known }) || `; they are ${known.join(", ")}`
    }`,
  );
}

/** What a file says of pictures, unless it is about another network that is known. */
function ofNetwork(
  { said, file, notes }: PicturesBeside,
  network: Architecture,
): Pick<WeightModel, "pictures" | "notes"> {
  const { architecture, ...pictures } = said;
  const isOther = !isCalled(network.id, architecture) &&
    architectures.some(({ id }) => isCalled(id, architecture));
  if (isOther) {
    const note =
      `config.json beside the weights is of ${architecture}, and is passed over`;
    return { pictures: { said: {} }, notes: [...notes, note] };
  }
  return { pictures: { said: pictures, ...file && { file } }, notes };
}

/**
 * How pictures become the input of a network of weights: as `request` says, else
 * the file beside them, else the network's framework.
 *
 * @throws {InputError} if that file asks for what is not done here, and the
 * request does not say what is to be done in its place
 */
export function pictureOptions(
  { network, pictures: { said } }: WeightModel,
  request: ModelOptions,
): ModelOptions {
  const { pixels, resizing: usual } = network;
  const inputSize = request.inputSize ?? valueOf(said.inputSize) ??
    network.size;
  return {
    inputSize,
    mean: request.mean ?? valueOf(said.mean) ?? pixels.mean,
    std: request.std ?? valueOf(said.std) ?? pixels.std,
    channelOrder: request.channelOrder ?? said.channelOrder ?? pixels.order,
    resampling: request.resampling ??
      resamplingAt(resizingOf(request, { said, usual }), inputSize),
  };
}
