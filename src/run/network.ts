/**
 * A run's network: the base's layers, a new head, which of them are trained, and
 * what that takes.
 *
 * @module
 */
import { formatCsv } from "../bytes/mod.ts";
import { InputError } from "../errors.ts";
import type { FeatureModel } from "../features/mod.ts";
import type { AdapterFacts } from "../gpu/mod.ts";
import {
  elementCount,
  type Graph,
  type GraphLayer,
  LayerGraph,
  layersOf,
  type Shape,
  tensorOf,
} from "../graph/mod.ts";
import {
  forwardPasses,
  liftBatch,
  optimise,
  type PassName,
} from "../passes/mod.ts";
import {
  graphKindOf,
  headPrefix,
  type LayeredBase,
  upTo,
  withKept,
} from "./cut.ts";
import { frozenLayers, layerNames, trainedVariables } from "./frozen_layers.ts";
import {
  frozenByNumber,
  layerNumbers,
  type NumberedModel,
} from "./layer_numbers.ts";
import { nativeBase } from "./native_network.ts";
import {
  type Loss,
  type OptimizerName,
  planNetworkStep,
  resolveRecipe,
  type Tensors,
  toVariables,
  type TrainingMemoryPlan,
  undifferentiable,
  weightsOf,
  withValues,
} from "../train/mod.ts";
import {
  type NetworkBase,
  type NetworkSettings,
  plainHead,
  type RunRecord,
} from "./run_record.ts";

/** What of a run decides its network. */
export type NetworkRecord = Pick<
  RunRecord,
  "network" | "loss" | "labels" | "width" | "recipe" | "settings"
>;

/** What the network of a run is made from. */
export interface NetworkParts {
  /** The frozen graph or the weights, where the base is of one. */
  readonly model?: FeatureModel | undefined;
  /** Rows at a time [the recipe's batch]. */
  readonly batch?: number;
  /** Values that variables start at, or have come to. */
  readonly values?: Tensors | undefined;
}

/** Whether a head is one dense layer on features, whose loss is convex. */
export function isPlainHead({ base, hidden }: NetworkSettings): boolean {
  return base.kind === "features" && hidden.length === 0;
}

/** Two classes are told apart by one logit, but for one dense layer on features. */
export function lossKind(
  settings: NetworkSettings,
  classes: number,
): Loss["kind"] {
  return classes === 2 && !isPlainHead(settings) ? "sigmoid" : "softmax";
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
  network: Graph,
  { record, adapter: { limits } }: {
    record: NetworkRecord;
    adapter: Pick<AdapterFacts, "limits">;
  },
): void {
  const variables = trainedVariables(network, record.network);
  const [node] = undifferentiable(network, variables);
  if (node) {
    throw new InputError(
      `Cannot train through node "${node.name}" (${node.op}): the op has no gradient; freeze what is before it with --freeze-until`,
    );
  }
  refuseSingleValues(network, variables);
  planNetworkStep(network, {
    variables,
    loss: { kind: record.loss },
    optimizer: record.recipe.optimizer,
    limits,
  });
}

/** A batch norm learns nothing of one value a channel: its mean is the value. */
function refuseSingleValues(network: Graph, trained: readonly string[]): void {
  const single = network.nodes.find((node) => {
    if (node.op !== "batch_norm") return false;
    const { shape } = tensorOf(network, node.inputs[0]);
    return elementCount(shape.slice(0, -1)) === 1 &&
      weightsOf(node).some((name) => trained.includes(name));
  });
  if (!single) return;
  throw new InputError(
    `Batch norm "${single.name}" has one value of each channel in a batch and could learn nothing: take larger batches (--batch) or pictures (--input-size), or freeze it with --freeze-until`,
  );
}

/** From a batch of rows to logits; all that may be trained, or was, is a variable. */
export function networkOf(record: NetworkRecord, parts: NetworkParts): Graph {
  const { network: { hidden, dropout }, loss, labels, recipe } = record;
  const { values = {} } = parts;
  const base = withKnown(baseOf(record, parts), values);
  const layers = new LayerGraph({ seed: record.settings.seed, from: base });
  const [features] = base.outputs;
  let x = layers.shape(features).length === 2
    ? features
    : layers.flatten(`${headPrefix}features`, features);
  const drop = (number: number) => {
    if (dropout === 0) return;
    x = layers.dropout(`${headPrefix}dropout_${number}`, x, dropout);
  };
  if (hidden.length === 0) drop(1);
  for (const [index, units] of hidden.entries()) {
    const number = index + 1;
    const activation = "relu";
    x = layers.dense(`${headPrefix}dense_${number}`, x, { units, activation });
    drop(number);
  }
  const units = loss === "sigmoid" ? 1 : labels.length;
  const graph = layers.finish(
    layers.dense(`${headPrefix}logits`, x, { units }),
  );
  const start = recipe.start === "zeros" ? zeroLogits(graph) : {};
  return withValues(graph, { ...start, ...ofGraph(graph, values) });
}

function zeroLogits(graph: Graph): Tensors {
  const kernel = `${headPrefix}logits/kernel`;
  const { shape } = tensorOf(graph, kernel);
  return { [kernel]: { shape, data: new Float32Array(elementCount(shape)) } };
}

function baseOf(record: NetworkRecord, parts: NetworkParts): Graph {
  const { network: { base }, width, settings: { seed }, recipe } = record;
  const { batch = recipe.batch } = parts;
  switch (base.kind) {
    case "native": {
      const whole = nativeBase(base, { seed, batch });
      const graph = base.until === undefined ? whole : upTo(whole, base.until);
      return withKept(graph, { base, seed });
    }
    case "features": {
      const layers = new LayerGraph({ seed });
      return layers.finish(layers.input("features", [batch, width]));
    }
    case "graph": {
      const graph = graphBase(record.network, { ...parts, batch });
      return withKept(graph, { base, seed });
    }
    case "weights": {
      const graph = weightsBase({ ...parts, batch });
      return withKept(graph, { base, seed });
    }
    default:
      return base satisfies never;
  }
}

function graphBase(
  settings: NetworkSettings,
  { model, batch }: NetworkParts & { batch: number },
): Graph {
  if (!model) throw new Error("The run's frozen graph is not open");
  const graph = optimisedGraph(model);
  const layers = layersOf(graph).map(({ name }) => name);
  const { base } = settings;
  const frozen = frozenLayers(
    layerNames(withKept(graph, { base, seed: 0 })),
    settings,
  );
  const trained = toVariables(
    graph,
    (node) => layers.includes(node.name) && !frozen.has(node.name),
  );
  // Whatever the batch, variables are those of one image.
  return optimise(liftBatch(trained, batch), {
    without: trainingWithout(model),
  });
}

/** All of it variables, frozen or not: so a run holds all that its layers are. */
function weightsBase({ model, batch }: NetworkParts & { batch: number }) {
  const graph = model?.trainable?.();
  if (!model || !graph) throw new Error("The run's weights are not open");
  return optimise(liftBatch(graph, batch), { without: trainingWithout(model) });
}

/** Passes that are for graphs which are not trained. */
function trainingWithout(
  { without }: Pick<FeatureModel, "without">,
): readonly PassName[] {
  return [...without, ...forwardPasses];
}

/** Of one image. */
function optimisedGraph(model: FeatureModel): Graph {
  return optimise(model.graph, { without: trainingWithout(model) });
}

/**
 * The layers of a base that `--freeze-until` keeps, where Keras's numbers decide
 * that.
 *
 * @throws {UsageError} that names the nearest layer, or says how many there are
 */
export function frozenNames(
  base: LayeredBase,
  { model, freezeUntil }: {
    model: FeatureModel | undefined;
    freezeUntil: string;
  },
): readonly string[] | undefined {
  const numbers = layerNumbers(base, model);
  if (!numbers) return undefined;
  const graph = base.kind === "native"
    ? nativeBase(base, { seed: 0, batch: 1 })
    : model && optimisedGraph(model);
  if (!graph) return undefined;
  const cut = base.kind === "native" && base.until !== undefined
    ? upTo(graph, base.until)
    : graph;
  const layers = layersOf(withKept(cut, { base, seed: 0 }), numbers);
  return frozenByNumber(layers, { numbers, freezeUntil }) ?? [
    ...frozenLayers(layers.map(({ name }) => name), {
      mode: "finetune",
      freezeUntil,
    }),
  ];
}

/** Constants that another run has trained, as variables: a layer that stays may share one with others. */
function withKnown(graph: Graph, values: Tensors): Graph {
  return toVariables(graph, (_, name) => Object.hasOwn(values, name));
}

/** The values of a graph's own variables, where they have the right size. */
function ofGraph(graph: Graph, values: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(values).filter(([name, { data }]) => {
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
    case "weights":
      return model && [model.resize.height, model.resize.width, 3];
    case "features":
      return undefined;
    default:
      return base satisfies never;
  }
}

/** A layer of the base, or of the head. */
export interface NetworkLayer extends Omit<GraphLayer, "number"> {
  /** From 1, as `--freeze-until` takes it; a layer of the head has none. */
  readonly number?: number;
  /** Whether its weights change at all. */
  readonly isTrained: boolean;
}

/**
 * The layers of a network in the order of computation. Where the network reads
 * the features of a frozen graph, its layers come first.
 */
export function networkLayers(
  network: Graph,
  { settings, model }: {
    readonly settings: NetworkSettings;
    readonly model?:
      | (Pick<FeatureModel, "graph" | "without"> & Partial<NumberedModel>)
      | undefined;
  },
): NetworkLayer[] {
  const trained = new Set(trainedVariables(network, settings));
  const inputs = new Map(network.nodes.map((node) => [node.name, node.inputs]));
  const numbers = layerNumbers(
    settings.base,
    hasFile(model) ? model : undefined,
  );
  const frozen = settings.base.kind === "features" && model
    ? layersOf(optimise(liftBatch(model.graph, 1), model), numbers)
    : [];
  return [
    ...frozen,
    ...layersOf(network, frozen.length > 0 ? undefined : numbers),
  ].map(({ number, ...layer }) => ({
    ...!layer.name.startsWith(headPrefix) && { number },
    ...layer,
    isTrained: inputs.get(layer.name)?.some((name) => trained.has(name)) ??
      false,
  }));
}

function hasFile(
  model: Partial<NumberedModel> | undefined,
): model is NumberedModel {
  return model?.graphDef !== undefined && model.bottleneckTensor !== undefined;
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
  const trained = `${count} of ${layers.length} ${
    layers.length === 1 ? "is" : "are"
  } trained (${parameters.toLocaleString("en-US")} weights)`;
  return last === undefined
    ? `layers: ${trained}`
    : `layers: ${trained}, all after ${last.number} ${last.name}`;
}

export interface PlanTrainingOptions {
  /** Pictures of a step. */
  readonly batch: number;
  /** Classes of the new head, 2 or more. */
  readonly classes: number;
  readonly optimizer: OptimizerName;
  /** Layers up to and with this one stay: a name, or a number from 1 [none]. */
  readonly freezeUntil?: string | undefined;
}

export interface TrainingPlan extends TrainingMemoryPlan {
  /** The layers up to the bottleneck, and the head's. */
  readonly layers: readonly NetworkLayer[];
}

/**
 * The memory that one step of fine-tuning takes, and which layers it trains;
 * needs no GPU.
 *
 * @throws {InputError} that names an op without a gradient on the way
 * @throws {UsageError} that names a layer that is not there
 */
export function planTraining(
  model: FeatureModel,
  { batch, classes, optimizer, freezeUntil }: PlanTrainingOptions,
): TrainingPlan {
  const base = { kind: graphKindOf(model) } as const;
  const frozen = freezeUntil === undefined
    ? undefined
    : frozenNames(base, { model, freezeUntil });
  const settings: NetworkSettings = {
    ...plainHead,
    mode: "finetune",
    base,
    ...freezeUntil !== undefined && { freezeUntil },
    ...frozen && { frozen },
  };
  const { recipe } = resolveRecipe("default", {
    target: "finetune",
    trainRows: batch,
    overrides: { batch, optimizer },
  });
  const record: NetworkRecord = {
    network: settings,
    loss: lossKind(settings, classes),
    labels: Array.from({ length: classes }, (_, label) => `${label}`),
    width: model.width,
    recipe,
    settings: { data: "", isBottlenecks: false, seed: 0, exif: true },
  };
  const network = networkOf(record, { model });
  const memory = planNetworkStep(network, {
    variables: trainedVariables(network, settings),
    loss: { kind: record.loss },
    optimizer,
  });
  return { ...memory, layers: networkLayers(network, { settings, model }) };
}
