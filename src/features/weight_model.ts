/**
 * A file of weights as a frozen graph of the network that they are of.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { recogniseWeights } from "../../models/recognise.ts";
import { fileLimits, isJsonObject, readRegularText } from "../bytes/mod.ts";
import {
  frozenGraph,
  type Graph,
  type GraphDef,
  nodeNameOf,
} from "../graph/mod.ts";
import { counted } from "../plural.ts";
import { readWeights } from "../weights/mod.ts";
import type { ModelOptions } from "./preprocessing.ts";

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
  /** Its tensors, and the pictures that its weights were trained with. */
  readonly options: ModelOptions;
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
 *   timm's `config.json` may lie; `architecture` is what the network is known to
 *   be.
 * @throws {InputError} if the file is damaged, has code in it, or its weights are
 * of no network that is known
 */
export async function readWeightModel(
  bytes: Uint8Array,
  { path, architecture }: {
    readonly path: string;
    readonly architecture?: string | undefined;
  },
): Promise<WeightModel> {
  const source = `"${path}"`;
  const file = await readWeights(bytes, { source });
  const recognised = recogniseWeights(file.tensors, {
    source,
    called: architecture ?? await configuredName(path),
  });
  const { architecture: network, classes } = recognised;
  const graphs = new Map<number, GraphDef>();
  const { pixels: { mean, std, order }, size: usual } = network;
  const { features, graph: { inputs: [images] } } = recognised.build();
  const head = classes === 0
    ? "without its classifier"
    : `with its classifier of ${counted(classes, "class")}`;
  return {
    origin: { format: file.format, architecture: network.id },
    notes: [
      `the weights are those of ${network.title}, ${head}`,
      ...file.notes,
      ...recognised.notes,
    ],
    options: {
      inputTensor: `${images}:0`,
      bottleneckTensor: `${nodeNameOf(features)}:0`,
      inputSize: usual,
      mean,
      std,
      channelOrder: order,
    },
    graphDef: (size = usual) => {
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

/** What timm's `config.json` beside the file calls the network. */
async function configuredName(path: string): Promise<string | undefined> {
  const beside = join(dirname(path), "config.json");
  try {
    const text = await readRegularText(beside, fileLimits.record);
    const config: unknown = JSON.parse(text);
    if (!isJsonObject(config)) return undefined;
    const { architecture } = config;
    return typeof architecture === "string" ? architecture : undefined;
  } catch {
    // It only helps: without it the tensors have to tell.
    return undefined;
  }
}
