/**
 * A run's weights by the names and in the layouts of the framework that its
 * network is from, or by our own where it is from none.
 *
 * @module
 */
import {
  type Architecture,
  buildArchitecture,
  weightSlots,
} from "../../models/architecture.ts";
import { InputError } from "../errors.ts";
import type { ResolvedModel } from "../features/mod.ts";
import { smallestMeanSquare, tensorOf } from "../graph/mod.ts";
import { counted } from "../plural.ts";
import type { Tensor32 } from "../train/mod.ts";
import {
  architectureOfRun,
  type TrainedArchitecture,
} from "./architecture_of_run.ts";
import { headPrefix, keptOf, keptPrefix } from "./cut.ts";
import type { ExportDifference } from "./export_differences.ts";
import type { OpenedRun } from "./use_run.ts";

/** Tensors by name, in order. */
export type NamedTensors = ReadonlyMap<string, Tensor32>;

/** What of a run is written for others. */
export interface ExportedWeights {
  readonly tensors: NamedTensors;
  /** Where the network is from, if that is known. */
  readonly architecture?: Architecture;
  /** How logits come of features, where it is not the framework's classifier alone. */
  readonly head?: string;
  /** How kernels lie, where it is not as in the framework. */
  readonly layouts?: string;
  /** What the user should know. */
  readonly differences: readonly ExportDifference[];
}

/** How our kernels lie, row-major. */
const ownLayouts =
  "kernels are (height, width, in, out), of depthwise convolutions (height, width, channels, multiplier), of dense layers (in, out)";

/**
 * What a run has learnt, and the layers before it.
 *
 * @throws {InputError} if an espalier before the release trained the network's
 *   layers in a form that the framework does not have
 */
export function exportedWeights(
  run: OpenedRun,
  { model }: { readonly model: ResolvedModel | undefined },
): ExportedWeights {
  const values = new Map(Object.entries(run.values));
  const trained = architectureOfRun(run, model?.model);
  if (trained) return inArchitecture(run, { trained, values });
  if (model?.weights) throw inAnotherForm(run);
  const isHead = run.record.network.base.kind === "features";
  const { name = "its text files", model: opened } = model ?? {};
  return {
    tensors: values,
    head: headFormula(run, { x: opened?.bottleneckTensor ?? "the features" }),
    layouts: ownLayouts,
    differences: [{
      isWarning: isHead || model !== undefined,
      message: isHead
        ? `the file holds the head alone: features are those of ${name}${
          opened ? ` at "${opened.bottleneckTensor}"` : ""
        }`
        : model
        ? `the file holds what was trained: the rest is in ${name}; names and layouts are espalier's`
        : "names and layouts are espalier's, as the file says",
    }],
  };
}

/** What decides how a run is written by a framework's names. */
interface Parts {
  readonly trained: TrainedArchitecture;
  readonly values: NamedTensors;
}

function inArchitecture(run: OpenedRun, parts: Parts): ExportedWeights {
  const { trained: { architecture, graph }, values } = parts;
  const tensors = new Map<string, Tensor32>();
  for (const slot of weightSlots(architecture, graph)) {
    const { variable } = tensorOf(graph, slot.tensor);
    if (!variable) throw new Error(`"${slot.tensor}" has no values`);
    const data = slot.toFile(variable.read());
    tensors.set(slot.name, { shape: slot.fileShape, data });
  }
  const { labels: { length: classes }, network, recipe } = run.record;
  const isClassifier = network.hidden.length === 0 &&
    keptOf(network.base).length === 0 && !recipe.scaleRows;
  if (!isClassifier) return withOwnHead(run, { ...parts, tensors });
  const { graph: whole } = buildArchitecture(architecture, { classes });
  const [kernel, bias] = weightSlots(architecture, whole)
    .filter(({ tensor }) => tensor.startsWith(`${architecture.classifier}/`));
  const layer = classifierOf(run, values);
  const slots = [[kernel, layer.kernel], [bias, layer.bias]] as const;
  for (const [{ name, fileShape: shape, toFile }, data] of slots) {
    tensors.set(name, { shape, data: toFile(data) });
  }
  return { tensors, architecture, differences: [] };
}

function isOfHead(name: string): boolean {
  return name.startsWith(headPrefix) || name.startsWith(keptPrefix);
}

function inAnotherForm({ path }: OpenedRun): InputError {
  return new InputError(
    `${path} has trained its layers with batch norms folded into them, which no file of weights has: train it again, or export it with --to run or --to graphdef`,
  );
}

/**
 * The kernel `(features, classes)` and bias of a run's logits. One logit `z` of
 * two classes is the logits 0 and `z`: the same softmax.
 */
function classifierOf(
  { record: { labels } }: OpenedRun,
  values: NamedTensors,
): { readonly kernel: Float32Array; readonly bias: Float32Array } {
  const { data: kernel } = tensorNamed(values, `${headPrefix}logits/kernel`);
  const { data: bias } = tensorNamed(values, `${headPrefix}logits/bias`);
  if (bias.length === labels.length) return { kernel, bias };
  const pairs = (data: Float32Array) => {
    const both = new Float32Array(2 * data.length);
    data.forEach((value, at) => both[2 * at + 1] = value);
    return both;
  };
  return { kernel: pairs(kernel), bias: pairs(bias) };
}

function tensorNamed(values: NamedTensors, name: string): Tensor32 {
  const tensor = values.get(name);
  if (!tensor) throw new Error(`The run has no "${name}"`);
  return tensor;
}

/**
 * A head that the framework has not: its tensors are named apart, so that
 * nothing loads them as the classifier.
 */
function withOwnHead(
  run: OpenedRun,
  { trained: { architecture }, values, tensors }: Parts & {
    readonly tensors: NamedTensors;
  },
): ExportedWeights {
  const { classifier, layout, title } = architecture;
  const all = new Map(tensors);
  const prefix = `${classifier}.`;
  for (const [name, tensor] of values) {
    if (!isOfHead(name)) continue;
    const own = name.slice(0, name.lastIndexOf("/")).replaceAll("/", ".");
    const isKernel = name.endsWith("/kernel");
    if (layout === "keras") {
      const part = isKernel ? "kernel" : "bias";
      all.set(`${prefix}${own}/${part}`, tensor);
      continue;
    }
    const part = isKernel ? "weight" : "bias";
    all.set(`${prefix}${own}.${part}`, isKernel ? turned(tensor) : tensor);
  }
  const { network: { hidden, base }, recipe: { scaleRows } } = run.record;
  const layers = hidden.length + keptOf(base).length;
  const why = scaleRows
    ? "divides features by their root mean square"
    : `has ${counted(layers, "dense layer")} before its logits`;
  const remedies = [
    ...layers > 0 ? ["without --hidden"] : [],
    ...scaleRows ? ["with --no-scale-rows or --mode finetune"] : [],
  ];
  return {
    tensors: all,
    architecture,
    head: headFormula(run, {
      x: `the input of "${classifier}"`,
      ...{ prefix, layout },
    }),
    differences: [{
      isWarning: true,
      message:
        `the head ${why}, which no classifier of ${title} does: its tensors are named "${prefix}head" and so on, and the file's metadata say what they compute; trained ${
          remedies.join(" and ")
        }, it loads as it is`,
    }],
  };
}

/** A matrix with its axes exchanged. */
function turned({ shape: [rows, columns], data }: Tensor32): Tensor32 {
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = data[row * columns + column];
    }
  }
  return { shape: [columns, rows], data: result };
}

/** How probabilities come of a row of features `x`, in one line. */
function headFormula(
  { record: { network: { hidden, base }, recipe, loss } }: OpenedRun,
  { x, prefix = "", layout = "keras" }: {
    /** What the features are. */
    readonly x: string;
    /** Begins the names of layers in the file. */
    readonly prefix?: string;
    readonly layout?: Architecture["layout"];
  },
): string {
  const isTorch = layout === "torch";
  const own = (layer: string) =>
    prefix === "" ? layer : `${prefix}${layer.replaceAll("/", ".")}`;
  const product = (x: string, layer: string) => {
    const name = own(layer);
    return isTorch
      ? `${x} @ ${name}.weight.T + ${name}.bias`
      : `${x} @ ${name}/kernel + ${name}/bias`;
  };
  const layers = [
    ...keptOf(base).map((_, index) => `${keptPrefix}dense_${index + 1}`),
    ...hidden.map((_, index) => `${headPrefix}dense_${index + 1}`),
  ];
  const steps = [
    `x = ${x}`,
    ...recipe.scaleRows
      ? [`x = x / sqrt(max(mean(x * x), ${smallestMeanSquare}))`]
      : [],
    ...layers.map((layer) => `x = relu(${product("x", layer)})`),
    `z = ${product("x", `${headPrefix}logits`)}`,
    loss === "softmax"
      ? "probabilities = softmax(z)"
      : "probabilities = [1 - sigmoid(z), sigmoid(z)]",
  ];
  return steps.join("; ");
}
