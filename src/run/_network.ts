/** A run's network: the base's layers, a new head, and which of them each stage trains. */
import { mobilenetV1 } from "../../models/mobilenet_v1.ts";
import { smallCnn, smallestCnnSize } from "../../models/small_cnn.ts";
import { InputError, UsageError } from "../errors.ts";
import type { FeatureModel, ResolvedModel } from "../features/mod.ts";
import {
  elementCount,
  type Graph,
  LayerGraph,
  layersOf,
  nodeOfTensor,
  type Shape,
} from "../graph/mod.ts";
import type { AdapterFacts } from "../gpu/mod.ts";
import { liftBatch, optimise, type PassName } from "../passes/mod.ts";
import { didYouMean, editDistance } from "../suggest.ts";
import {
  type Loss,
  planNetworkStep,
  toVariables,
  trainableOf,
  undifferentiable,
  type VariableValues,
  weightsOf,
  withValues,
} from "../train/mod.ts";
import type { NetworkRecord } from "./_train_network_in_folder.ts";
import type { NetworkBase, NetworkSettings } from "./network_settings.ts";

/** Begins the names of the head's layers. */
export const headPrefix = "head/";

/** What a run's network is made of. */
export interface NetworkParts {
  readonly settings: NetworkSettings;
  readonly classes: number;
  /** Values of a feature row, where the base is `features`. */
  readonly width: number;
  readonly seed: number;
  readonly batch: number;
  /** The frozen graph, where the base is `graph`. */
  readonly model?: FeatureModel | undefined;
  readonly without: readonly PassName[];
  /** Values that variables start at, or have come to. */
  readonly values?: VariableValues | undefined;
}

/** Two classes are told apart by one logit. */
export function lossKind(classes: number): Loss["kind"] {
  return classes === 2 ? "sigmoid" : "softmax";
}

/**
 * Refuses a network that cannot be trained as the record says, before anything
 * is written.
 *
 * @throws {InputError} that names an op without a gradient on the way, or says
 * which batch has room on the GPU
 * @throws {UsageError} that names a layer that is not there
 */
export function checkTrainable(
  record: NetworkRecord,
  { session, model, without }: {
    session: { readonly adapter: Pick<AdapterFacts, "limits"> };
    model?: ResolvedModel | undefined;
    without: readonly PassName[];
  },
): void {
  const { network: settings, labels, width, recipe, settings: { seed } } =
    record;
  const network = buildNetwork({
    settings,
    classes: labels.length,
    width,
    seed,
    batch: recipe.batch,
    model: model?.model,
    without,
  });
  const variables = trainedVariables(network, settings);
  const [node] = undifferentiable(network, variables);
  if (node) {
    throw new InputError(
      `Cannot train through node "${node.name}" (${node.op}): the op has no gradient; freeze what is before it with --freeze-until`,
    );
  }
  planNetworkStep(network, {
    variables,
    loss: { kind: lossKind(labels.length) },
    optimizer: recipe.optimizer,
    limits: session.adapter.limits,
  });
}

/** From a batch of rows to logits; all that may be trained, or was, is a variable. */
export function buildNetwork(parts: NetworkParts): Graph {
  const { settings, classes, seed, values = {} } = parts;
  const base = withKnown(baseOf(parts), values);
  const layers = new LayerGraph({ seed, from: base });
  const [features] = base.outputs;
  let x = layers.shape(features).length === 2
    ? features
    : layers.flatten(`${headPrefix}features`, features);
  const drop = (number: number) => {
    if (settings.dropout === 0) return;
    x = layers.dropout(`${headPrefix}dropout_${number}`, x, settings.dropout);
  };
  if (settings.hidden.length === 0) drop(1);
  for (const [index, units] of settings.hidden.entries()) {
    const number = index + 1;
    const activation = "relu";
    x = layers.dense(`${headPrefix}dense_${number}`, x, { units, activation });
    drop(number);
  }
  const units = lossKind(classes) === "sigmoid" ? 1 : classes;
  const graph = layers.finish(
    layers.dense(`${headPrefix}logits`, x, { units }),
  );
  return withValues(graph, ofGraph(graph, values));
}

/** Variables of the head. */
export function headVariables(network: Graph): string[] {
  return trainableOf(network).filter((name) => name.startsWith(headPrefix));
}

/** Variables that are trained in the end: those of all layers that are not frozen. */
export function trainedVariables(
  network: Graph,
  settings: Pick<NetworkSettings, "mode" | "freezeUntil">,
): string[] {
  const frozen = frozenLayers(layerNames(network), settings);
  const inFrozen = new Set(
    network.nodes.filter(({ name }) => frozen.has(name))
      .flatMap(({ inputs }) => inputs),
  );
  return trainableOf(network).filter((name) => !inFrozen.has(name));
}

/** Names of the base's layers, numbered from 1 as `inspect` does. */
export function layerNames(network: Graph): string[] {
  return layersOf(network).map(({ name }) => name)
    .filter((name) => !name.startsWith(headPrefix));
}

/**
 * Layers that stay as they are: those up to `freezeUntil`, or all where only the
 * head is trained.
 *
 * @throws {UsageError} that names the nearest layer
 */
export function frozenLayers(
  layers: readonly string[],
  { mode, freezeUntil }: Pick<NetworkSettings, "mode" | "freezeUntil">,
): ReadonlySet<string> {
  if (mode === "head") return new Set(layers);
  if (freezeUntil === undefined) return new Set();
  const number = Number(freezeUntil);
  if (Number.isInteger(number)) {
    if (number >= 0 && number <= layers.length) {
      return new Set(layers.slice(0, number));
    }
    throw new UsageError(
      `--freeze-until is ${number}, the network has ${layers.length} layers before its head`,
    );
  }
  const wanted = nodeOfTensor(freezeUntil);
  const last = layers.findLastIndex((layer) => isIn(layer, wanted));
  if (last >= 0) return new Set(layers.slice(0, last + 1));
  const known = [...new Set(layers.flatMap(namesOf))];
  throw new UsageError(
    `The network has no layer "${freezeUntil}" (--freeze-until)${
      didYouMean(freezeUntil, { known }) ||
      `: name one of its ${layers.length} layers, such as ${
        nearestLayers(freezeUntil, layers).join(", ")
      }, or how many stay`
    }`,
  );
}

/** A layer's name and the scopes it is in. */
function namesOf(layer: string): string[] {
  return [layer, ...layer.split("/")];
}

/** The three layers that may have been meant, in the order of computation where they are equally near. */
function nearestLayers(name: string, layers: readonly string[]): string[] {
  const distances = new Map(layers.map((layer) => [
    layer,
    Math.min(...namesOf(layer).map((known) => editDistance(name, known))),
  ]));
  return layers.toSorted((a, b) =>
    (distances.get(a) ?? 0) - (distances.get(b) ?? 0)
  ).slice(0, 3);
}

/** Whether a layer has a name, or is in a scope of that name. */
function isIn(layer: string, name: string): boolean {
  return layer === name || `/${layer}`.includes(`/${name}/`);
}

function baseOf(parts: NetworkParts): Graph {
  const { settings: { base }, width, seed, batch } = parts;
  switch (base.kind) {
    case "native":
      return nativeBase(base, { seed, batch });
    case "features": {
      const layers = new LayerGraph({ seed });
      return layers.finish(layers.input("features", [batch, width]));
    }
    case "graph":
      return graphBase(parts);
    default:
      return base satisfies never;
  }
}

function nativeBase(
  { name, size }: NetworkBase & { kind: "native" },
  { seed, batch }: { seed: number; batch: number },
): Graph {
  switch (name) {
    case "small-cnn":
      if (size < smallestCnnSize) {
        throw new UsageError(
          `--input-size is ${size}, small-cnn takes ${smallestCnnSize} or more`,
        );
      }
      return smallCnn({ size, seed, batch });
    case "mobilenet-v1":
      return mobilenetV1({ size, seed, batch });
    default:
      return name satisfies never;
  }
}

function graphBase({ model, settings, batch, without }: NetworkParts): Graph {
  if (!model) throw new Error("The run's frozen graph is not open");
  const passes = [...without, "concatInPlace"] as const;
  const graph = optimise(liftBatch(model.graph, batch), { without: passes });
  const layers = layersOf(graph).map(({ name }) => name);
  const frozen = frozenLayers(layers, settings);
  return toVariables(
    graph,
    (node) => layers.includes(node.name) && !frozen.has(node.name),
  );
}

/** Constants that another run has trained, as variables. */
function withKnown(graph: Graph, values: VariableValues): Graph {
  return toVariables(
    graph,
    (node) => weightsOf(node).some((name) => Object.hasOwn(values, name)),
  );
}

/** The values of a graph's own variables, where they have the right size. */
function ofGraph(graph: Graph, values: VariableValues): VariableValues {
  return Object.fromEntries(
    Object.entries(values).filter(([name, data]) => {
      const tensor = graph.tensors.get(name);
      return tensor?.variable !== undefined &&
        elementCount(tensor.shape) === data.length;
    }),
  );
}

/** Height, width and channels of a base's images. */
export function imageShape(
  base: NetworkBase,
  model: FeatureModel | undefined,
): Shape | undefined {
  switch (base.kind) {
    case "native":
      return [base.size, base.size, base.name === "small-cnn" ? 1 : 3];
    case "graph":
      return model && [model.resize.height, model.resize.width, 3];
    case "features":
      return undefined;
    default:
      return base satisfies never;
  }
}
