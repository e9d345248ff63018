/**
 * The layers of a run's network, and which of them are trained.
 *
 * @module
 */
import { formatCsv } from "../bytes/mod.ts";
import { type Graph, type GraphLayer, layersOf } from "../graph/mod.ts";
import { liftBatch, optimise, type PassName } from "../passes/mod.ts";
import type { FeatureModel } from "../features/mod.ts";
import { headPrefix, trainedVariables } from "./_network.ts";
import type { NetworkSettings } from "./network_settings.ts";

/** A layer of the base, or of the head. */
export interface NetworkLayer extends Omit<GraphLayer, "number"> {
  /** From 1, as `--freeze-until` takes it; a layer of the head has none. */
  readonly number?: number;
  /** Whether its weights change at all. */
  readonly isTrained: boolean;
}

/**
 * The layers of a network in the order of computation. Where the network reads
 * the features of a frozen graph, `frozen` is that graph, and its layers come first.
 */
export function networkLayers(
  network: Graph,
  { settings, frozen }: {
    readonly settings: NetworkSettings;
    readonly frozen?: Graph | undefined;
  },
): NetworkLayer[] {
  const trained = new Set(trainedVariables(network, settings));
  const inputs = new Map(network.nodes.map((node) => [node.name, node.inputs]));
  return [
    ...frozen ? layersOf(frozen) : [],
    ...layersOf(network),
  ].map(({ number, ...layer }) => ({
    ...!layer.name.startsWith(headPrefix) && { number },
    ...layer,
    isTrained: inputs.get(layer.name)?.some((name) => trained.has(name)) ??
      false,
  }));
}

/** The layers of a frozen graph whose features are read. */
export function frozenGraph(
  { graph }: FeatureModel,
  without: readonly PassName[],
): Graph {
  return optimise(liftBatch(graph, 1), { without });
}

/** `layers.csv`: one line a layer. */
export function layersCsv(layers: readonly NetworkLayer[]): string {
  return formatCsv(
    ["number", "layer", "op", "shape", "parameters", "trained"],
    layers.map(({ number, name, op, shape, parameters, isTrained }) => [
      number,
      name,
      op,
      shape.slice(1).join("x"),
      parameters,
      isTrained,
    ]),
  );
}

/** One line for people: how many layers stay, up to which, and how many are trained. */
export function layersNote(layers: readonly NetworkLayer[]): string {
  const frozen = layers.filter(({ isTrained }) => !isTrained);
  const last = frozen.at(-1);
  const count = layers.length - frozen.length;
  const parameters = layers.filter(({ isTrained }) => isTrained)
    .reduce((sum, layer) => sum + layer.parameters, 0);
  const trained = `${count} of ${layers.length} are trained (${
    parameters.toLocaleString("en-US")
  } weights)`;
  return last === undefined
    ? `layers: ${trained}`
    : `layers: ${trained}, all after ${last.number} ${last.name}`;
}
