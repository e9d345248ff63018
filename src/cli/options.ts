/**
 * The options that commands share, those of `train`, and what their values ask
 * of the library.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
// Files and not their rooms: `needs.ts` reads this table, and a call waits for it.
import { parseAugmentation } from "../image/augment.ts";
import type { PassName } from "../passes/mod.ts";
import type { NetworkRequest } from "../run/mod.ts";
import { networkModes } from "../train/recipes.ts";
import {
  optimizerNames,
  recipeNames,
  recipeScheduleNames,
} from "../train/schedule.ts";
import type {
  OptionTable,
  OptionValues,
  PositionalTable,
} from "./option_table.ts";

/** The options of every command that reads pictures of classes. */
export const dataOptions = {
  limit: {
    type: "integer",
    group: "data",
    description: "draw so many pictures of each class at most [all]",
    minimum: 1,
  },
  exif: {
    type: "boolean",
    group: "data",
    isAdvanced: true,
    default: true,
    description: "leave photos as stored, as TensorFlow does",
  },
} as const satisfies OptionTable;

/** What a run's model may be told again; the values go to `resolveModel`. */
export const runModelOptions = {
  model: {
    type: "string",
    group: "model",
    valueName: "NAME|FILE",
    description: "the run's model, where it has moved or was never named",
  },
  inputTensor: {
    type: "string",
    group: "model",
    isAdvanced: true,
    valueName: "NAME:0",
    description: "the tensor that is fed [the only placeholder]",
  },
  bottleneckTensor: {
    type: "string",
    group: "model",
    isAdvanced: true,
    valueName: "NAME:0",
    description: "the tensor whose values are the features [the likeliest]",
  },
  inputSize: {
    type: "integer",
    group: "model",
    isAdvanced: true,
    valueName: "PIXELS",
    description: "height and width of the input, where the graph has no resize",
    minimum: 1,
    maximum: 4096,
  },
  mean: {
    type: "numbers",
    group: "model",
    isAdvanced: true,
    valueName: "X|R,G,B",
    description: "is subtracted from each pixel, where the graph has no resize",
  },
  std: {
    type: "numbers",
    group: "model",
    isAdvanced: true,
    valueName: "X|R,G,B",
    description: "each pixel is divided by it, where the graph has no resize",
    minimum: 1e-6,
  },
  channelOrder: {
    type: "choice",
    group: "model",
    isAdvanced: true,
    choices: ["rgb", "bgr"],
    description: "bgr for graphs from Caffe, as Keras's ResNet-50 and VGG16",
  },
  interpolation: {
    type: "choice",
    group: "model",
    isAdvanced: true,
    choices: ["tensorflow", "bilinear", "bicubic"],
    description:
      "how pictures are resized: as TensorFlow 1 does it, or Pillow [tensorflow for graphs]",
  },
  cropMode: {
    type: "choice",
    group: "model",
    isAdvanced: true,
    choices: ["center", "squash"],
    description: "cut out the middle, or squash, with Pillow's interpolations",
  },
  cropPct: {
    type: "number",
    group: "model",
    isAdvanced: true,
    valueName: "P",
    description: "share of the shorter side in the middle, as timm has it",
    minimum: 0.01,
    maximum: 1,
  },
  architecture: {
    type: "string",
    group: "model",
    isAdvanced: true,
    valueName: "ID",
    description:
      "the network of a file of weights, where its tensors are those of several",
  },
  precision: {
    type: "choice",
    group: "model",
    isAdvanced: true,
    choices: ["f32", "f16"],
    description: "how weights are kept on the GPU [as the run kept them]",
  },
} as const satisfies OptionTable;

/** How ONNX models that are written take pictures. */
export const layoutOption = {
  type: "choice",
  group: "output",
  choices: ["nchw", "nhwc"],
  description: "the order of axes of an ONNX model's pictures [nchw]",
} as const satisfies OptionTable[string];

/** The options of every command that turns pictures into features. */
export const modelOptions = {
  ...runModelOptions,
  model: {
    ...runModelOptions.model,
    description:
      "a name of fetch --list, a graph (.pb, .onnx), or weights (.safetensors, .pth, .h5) [efficientnet-lite0]",
  },
  precision: {
    ...runModelOptions.precision,
    description:
      "how weights are kept on the GPU; f16 takes half the memory [f32]",
  },
  set: {
    type: "string",
    group: "model",
    isAdvanced: true,
    valueName: "NAME=VALUE",
    description: "an input of one value: is_training=false, keep_prob=1",
    multiple: true,
  },
  fold: {
    type: "boolean",
    group: "model",
    isAdvanced: true,
    default: true,
    description: "keep batch norm as its own kernel",
  },
  tune: {
    type: "boolean",
    group: "model",
    isAdvanced: true,
    default: true,
    description: "take the preset kernels, also where others were measured",
  },
  retune: {
    type: "boolean",
    group: "model",
    isAdvanced: true,
    description: "measure which kernels are fastest here, 20 s at most",
  },
} as const satisfies OptionTable;

/** The passes that `--no-fold` leaves out. */
export function passesWithout(
  { fold }: { readonly fold: boolean },
): readonly PassName[] {
  return fold ? [] : ["foldBatchNorm"];
}

export const trainPositionals = {
  data: {
    description:
      "one folder a class, or train/, val/; a set's name [builtin:digits]",
    optional: true,
  },
} as const satisfies PositionalTable;

export const trainOptions = {
  test: {
    type: "string",
    group: "data",
    valueName: "DIR",
    description: "test on these class folders [a tenth of DATA]",
  },
  validation: {
    type: "string",
    group: "data",
    isAdvanced: true,
    valueName: "DIR",
    description: "validate on these class folders [a tenth of DATA]",
  },
  ...dataOptions,
  bottlenecks: {
    type: "string",
    group: "data",
    isAdvanced: true,
    valueName: "DIR",
    description: "train from <class>/*.txt features instead of pictures",
  },
  mode: {
    type: "choice",
    group: "model",
    choices: networkModes,
    default: "head",
    description: "train new layers, all layers, or all from nothing",
  },
  ...modelOptions,
  model: {
    ...modelOptions.model,
    valueName: "NAME|FILE|RUN",
    description:
      "a name of fetch --list, a file (.pb, .onnx, .pth, .h5 ...), a run, small-cnn [efficientnet-lite0]",
  },
  hidden: {
    type: "string",
    group: "model",
    valueName: "N,N,...",
    description: "units of dense layers before the classes [none]",
  },
  dropout: {
    type: "number",
    group: "model",
    isAdvanced: true,
    valueName: "P",
    description: "share that is dropped after dense layers, 0 to 1",
    minimum: 0,
    maximum: 0.99,
  },
  recipe: {
    type: "choice",
    group: "training",
    choices: recipeNames,
    default: "default",
    description: "sets the rest",
  },
  optimizer: {
    type: "choice",
    group: "training",
    choices: optimizerNames,
    description: "over the recipe's",
  },
  rate: {
    type: "number",
    group: "training",
    description: "learning rate, over the recipe's",
    minimum: 0,
  },
  freezeRate: {
    type: "number",
    group: "training",
    isAdvanced: true,
    description:
      "learning rate of the head alone [--rate; without it 0.009, 1e-4 with onecycle]",
    minimum: 0,
  },
  schedule: {
    type: "choice",
    group: "training",
    isAdvanced: true,
    choices: recipeScheduleNames,
    description: "how the rate changes over the steps, over the recipe's",
  },
  steps: {
    type: "integer",
    group: "training",
    description: "updates, over the recipe's",
    minimum: 1,
  },
  epochs: {
    type: "integer",
    group: "training",
    description: "times all pictures are seen, in place of --steps",
    minimum: 1,
  },
  batch: {
    type: "integer",
    group: "training",
    description: "rows of an update, over the recipe's",
    minimum: 1,
  },
  patience: {
    type: "integer",
    group: "training",
    valueName: "N",
    description: "stop after N evaluations without a lower loss",
    minimum: 1,
  },
  findLr: {
    type: "boolean",
    group: "training",
    description: "try rates from 1e-6 to 1, suggest one, train nothing",
  },
  seed: {
    type: "integer",
    group: "training",
    default: 0,
    description: "decides the split, the batches and what is drawn",
    minimum: 0,
    maximum: 2 ** 32 - 1,
  },
  weightDecay: {
    type: "number",
    group: "training",
    isAdvanced: true,
    description:
      "share of the weights that a step takes away, times the rate; L2 but for adamw",
    minimum: 0,
  },
  clip: {
    type: "string",
    group: "training",
    isAdvanced: true,
    valueName: "LIMIT|norm=LIMIT",
    description: "clip each value of the gradients, or their norm",
  },
  labelSmoothing: {
    type: "number",
    group: "training",
    isAdvanced: true,
    valueName: "P",
    description: "share of the truth that is spread over all classes",
    minimum: 0,
    maximum: 0.99,
  },
  classWeights: {
    type: "choice",
    group: "training",
    isAdvanced: true,
    choices: ["balanced"],
    description: "let rare classes count as much as frequent ones",
  },
  scaleRows: {
    type: "boolean",
    group: "training",
    isAdvanced: true,
    default: true,
    description: "train on features as they are, as PyTorch's classifiers do",
  },
  freezeUntil: {
    type: "string",
    group: "training",
    isAdvanced: true,
    valueName: "NAME|N",
    description: "layers up to and with this one stay, as inspect prints them",
  },
  freezeEpochs: {
    type: "integer",
    group: "training",
    isAdvanced: true,
    description:
      "epochs of the head alone, before finetune trains all [3 of 10, rounded down]",
    minimum: 0,
  },
  lrMult: {
    type: "number",
    group: "training",
    isAdvanced: true,
    description: "times the rate, for the layers before the head [1]",
    minimum: 0,
  },
  augment: {
    type: "string",
    group: "augmentation",
    valueName: "all|flip,...",
    description:
      "change pictures: crop=4, flip, scale, rotation, brightness, contrast",
  },
  views: {
    type: "integer",
    group: "augmentation",
    valueName: "K",
    description: "views of each picture for a frozen network [4]",
    minimum: 1,
  },
  out: {
    type: "string",
    group: "output",
    valueName: "DIR",
    description: "the run's folder, new or empty [runs/NAME-N]",
  },
  resume: {
    type: "string",
    group: "output",
    valueName: "RUN",
    description: "go on with a run; DATA and --model, if they moved",
  },
  assertAccuracy: {
    type: "number",
    group: "output",
    isAdvanced: true,
    valueName: "P",
    description: "exit with 3 if the test accuracy is below this, 0 to 1",
    minimum: 0,
    maximum: 1,
  },
} as const satisfies OptionTable;

/** The request that the options of `train` make. */
export function networkRequestOf(
  values: OptionValues<typeof trainOptions>,
): NetworkRequest {
  const { hidden, clip, augment } = values;
  return {
    ...values,
    hidden: hidden === undefined ? undefined : unitsOf(hidden),
    rateMultiplier: values.lrMult,
    isBalanced: values.classWeights === "balanced",
    clip: clip === undefined ? undefined : clipOf(clip),
    augmentation: augment === undefined
      ? undefined
      : parseAugmentation(augment),
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
