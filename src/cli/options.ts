/**
 * The options that commands share, those of `train`, and what their values ask
 * of the library.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { parseAugmentation } from "../image/mod.ts";
import type { PassName } from "../passes/mod.ts";
import type { NetworkRequest } from "../run/mod.ts";
import {
  networkModes,
  optimizerNames,
  type RecipeName,
  recipeNames,
  recipeScheduleNames,
} from "../train/mod.ts";
import type { OptionTable } from "./option_table.ts";

/** The options of every command that works with a model; their values go to `resolveModel`. */
export const modelOptions = {
  model: {
    type: "string",
    valueName: "NAME|FILE.pb",
    description: "a model of the store or a frozen graph [the best there is]",
  },
  inputTensor: {
    type: "string",
    valueName: "NAME:0",
    description: "the tensor that is fed [the only placeholder]",
  },
  bottleneckTensor: {
    type: "string",
    valueName: "NAME:0",
    description: "the tensor whose values are the features [the likeliest]",
  },
  inputSize: {
    type: "integer",
    valueName: "PIXELS",
    description: "height and width of the input, where the graph has no resize",
    minimum: 1,
    maximum: 4096,
  },
  mean: {
    type: "numbers",
    valueName: "X|R,G,B",
    description: "is subtracted from each pixel, where the graph has no resize",
  },
  std: {
    type: "numbers",
    valueName: "X|R,G,B",
    description: "each pixel is divided by it, where the graph has no resize",
    minimum: 1e-6,
  },
  channelOrder: {
    type: "choice",
    choices: ["rgb", "bgr"],
    description: "bgr for graphs from Caffe, as Keras's ResNet-50 and VGG16",
  },
  precision: {
    type: "choice",
    choices: ["f32", "f16"],
    description:
      "how weights are kept on the GPU; f16 takes half the memory [f32]",
  },
  fold: {
    type: "boolean",
    default: true,
    description: "keep batch norm as its own kernel",
  },
  exif: {
    type: "boolean",
    default: true,
    description: "leave photos as stored, as TensorFlow does",
  },
  tune: {
    type: "boolean",
    default: true,
    description: "take the preset kernels, also where others were measured",
  },
  retune: {
    type: "boolean",
    description: "measure which kernels are fastest here, 20 s at most",
  },
} as const satisfies OptionTable;

/** The passes that `--no-fold` leaves out. */
export function passesWithout(
  { fold }: { readonly fold: boolean },
): readonly PassName[] {
  return fold ? [] : ["foldBatchNorm"];
}

const { model, inputTensor, bottleneckTensor, inputSize } = modelOptions;
const { mean, std, channelOrder, precision } = modelOptions;

/** The model's options, for runs from text files and models that have moved. */
export const runModelOptions = {
  model: {
    ...model,
    description: "the run's model, where it has moved or was never named",
  },
  inputTensor,
  bottleneckTensor,
  inputSize,
  mean,
  std,
  channelOrder,
  precision: {
    ...precision,
    description: "how weights are kept on the GPU [as the run kept them]",
  },
} as const satisfies OptionTable;

/** The options of networks; most of them ask for one. */
export const networkOptions = {
  mode: {
    type: "choice",
    choices: networkModes,
    default: "head",
    description:
      "train a new head on frozen layers, these layers too, or --model small-cnn or mobilenet-v1 afresh",
  },
  hidden: {
    type: "string",
    valueName: "N,N,...",
    description: "units of dense layers before the classes [none]",
  },
  dropout: {
    type: "number",
    valueName: "P",
    description: "share that is dropped after each of them, 0 to 1",
    minimum: 0,
    maximum: 0.99,
  },
  freezeUntil: {
    type: "string",
    valueName: "NAME|N",
    description: "layers up to and with this one stay, as inspect prints them",
  },
  freezeEpochs: {
    type: "integer",
    description:
      "epochs of the head alone, before finetune trains all [3 of 10]",
    minimum: 0,
  },
  lrMult: {
    type: "number",
    description: "times the rate, for the layers before the head [1]",
    minimum: 0,
  },
  epochs: {
    type: "integer",
    description: "times all pictures are seen, in place of --steps",
    minimum: 1,
  },
  clip: {
    type: "string",
    valueName: "LIMIT|norm=LIMIT",
    description: "clip each value of the gradients, or their norm",
  },
  labelSmoothing: {
    type: "number",
    valueName: "P",
    description: "share of the truth that is spread over all classes",
    minimum: 0,
    maximum: 0.99,
  },
  classWeights: {
    type: "choice",
    choices: ["balanced"],
    description: "let rare classes count as much as frequent ones",
  },
  augment: {
    type: "string",
    valueName: "all|crop=4,flip,...",
    description:
      "change pictures: crop, flip, scale, rotation, brightness, contrast",
  },
  views: {
    type: "integer",
    valueName: "K",
    description:
      "views of each picture that a frozen network reads, with --augment [4]",
    minimum: 1,
  },
  findLr: {
    type: "boolean",
    description: "try rates from 1e-6 to 1, suggest one, and train nothing",
  },
  patience: {
    type: "integer",
    valueName: "EPOCHS",
    description:
      "stop after so many epochs whose validation loss is no better than the best",
    minimum: 1,
  },
} as const satisfies OptionTable;

/** What `train` can be told. */
export const trainOptions = {
  test: {
    type: "string",
    valueName: "DIR",
    description: "test on these class folders [a tenth of DATA]",
  },
  ...modelOptions,
  model: {
    ...modelOptions.model,
    valueName: "NAME|FILE.pb|RUN",
    description:
      "a model of the store, a frozen graph, or a run whose layers it takes [the best there is]",
  },
  ...networkOptions,
  recipe: {
    type: "choice",
    choices: recipeNames,
    default: "default",
    description: "how it is trained; classic and onecycle are tutorials'",
  },
  optimizer: {
    type: "choice",
    choices: optimizerNames,
    description: "over the recipe's",
  },
  rate: {
    type: "number",
    description: "learning rate, over the recipe's",
    minimum: 0,
  },
  schedule: {
    type: "choice",
    choices: recipeScheduleNames,
    description: "how the rate changes over the steps, over the recipe's",
  },
  weightDecay: {
    type: "number",
    valueName: "X",
    description:
      "share of the weights that a step takes away, times the rate; L2 but for adamw",
    minimum: 0,
  },
  steps: {
    type: "integer",
    description: "updates, over the recipe's",
    minimum: 1,
  },
  batch: {
    type: "integer",
    description: "rows of an update, over the recipe's",
    minimum: 1,
  },
  bottlenecks: {
    type: "string",
    valueName: "DIR",
    description: "train from <class>/*.txt features instead of pictures",
  },
  limit: {
    type: "integer",
    description: "pictures of each class at most [all]",
    minimum: 1,
  },
  seed: {
    type: "integer",
    default: 0,
    description: "decides the split and the batches",
    minimum: 0,
    maximum: 2 ** 32 - 1,
  },
  out: {
    type: "string",
    valueName: "DIR",
    description: "the run's folder, new or empty [runs/NAME-N]",
  },
  resume: {
    type: "string",
    valueName: "RUN",
    description: "go on with a run from its newest checkpoint",
  },
  assertAccuracy: {
    type: "number",
    valueName: "P",
    description: "exit with 3 if the test accuracy is below this, 0 to 1",
    minimum: 0,
    maximum: 1,
  },
} as const;

/** Values of {@linkcode networkOptions}. */
export interface NetworkValues {
  readonly mode: NetworkRequest["mode"];
  readonly recipe: RecipeName;
  readonly hidden?: string | undefined;
  readonly dropout?: number | undefined;
  readonly freezeUntil?: string | undefined;
  readonly freezeEpochs?: number | undefined;
  readonly lrMult?: number | undefined;
  readonly epochs?: number | undefined;
  readonly clip?: string | undefined;
  readonly labelSmoothing?: number | undefined;
  readonly classWeights?: "balanced" | undefined;
  readonly augment?: string | undefined;
  readonly views?: number | undefined;
  readonly patience?: number | undefined;
}

/** The request that the options make. */
export function networkRequestOf(values: NetworkValues): NetworkRequest {
  const { mode, recipe, dropout, freezeUntil, freezeEpochs, patience } = values;
  return {
    mode,
    recipe,
    hidden: values.hidden === undefined ? undefined : unitsOf(values.hidden),
    dropout,
    freezeUntil,
    freezeEpochs,
    epochs: values.epochs,
    rateMultiplier: values.lrMult,
    labelSmoothing: values.labelSmoothing,
    isBalanced: values.classWeights === "balanced",
    clip: values.clip === undefined ? undefined : clipOf(values.clip),
    augmentation: values.augment === undefined
      ? undefined
      : parseAugmentation(values.augment),
    views: values.views,
    patience,
  };
}

function unitsOf(text: string): number[] {
  const units = text.split(",").map((word) => Number(word.trim() || NaN));
  const isValid = units.every((count) =>
    Number.isInteger(count) && count >= 1 && count <= 65536
  );
  if (isValid) return units;
  throw new UsageError(
    `--hidden takes whole numbers with commas between, such as 1024,512, got "${text}"`,
  );
}

function clipOf(text: string): NetworkRequest["clip"] {
  const [, kind, number] = /^(?:(value|norm)=)?(.+)$/.exec(text) ?? [];
  const limit = Number(number);
  if (Number.isFinite(limit) && limit > 0) {
    return { by: kind === "norm" ? "norm" : "value", limit };
  }
  throw new UsageError(
    `--clip takes a number above 0, or norm= and one, got "${text}"`,
  );
}

/** The option that only networks have, where one was given without asking for a network. */
export function optionOfNetworks(values: NetworkValues): string | undefined {
  const given: readonly (readonly [string, unknown])[] = [
    ["--freeze-until", values.freezeUntil],
    ["--freeze-epochs", values.freezeEpochs],
    ["--lr-mult", values.lrMult],
    ["--clip", values.clip],
    ["--label-smoothing", values.labelSmoothing],
    ["--class-weights", values.classWeights],
    ["--patience", values.patience],
  ];
  return given.find(([, value]) => value !== undefined)?.[0];
}
