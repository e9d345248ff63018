/**
 * `run.json`: everything that decides what a run computes, and what came of it.
 *
 * @module
 */
import * as v from "valibot";
import { networkNames } from "../../models/named_networks.ts";
import { sha256 } from "../bytes/digest.ts";
import { isJsonObject, type JsonObject } from "../bytes/json.ts";
import { printableJson } from "../bytes/printable.ts";
import { jsonObject, parseJson, parseRecord } from "../bytes/record.ts";
import { InputError } from "../errors.ts";
import type {
  FeatureModel,
  ModelRequest,
  PixelValues,
  ResolvedModel,
} from "../features/mod.ts";
import { type Views, viewsSchema } from "../features/views.ts";
import { type Augmentation, augmentationSchema } from "../image/augment.ts";
import { passes, type PassName } from "../passes/mod.ts";
import {
  type Clip,
  type Loss,
  type NetworkMode,
  networkModes,
  type Recipe,
  type RunIdentity,
} from "../train/mod.ts";
import { recipeSchema } from "../train/recipes.ts";
import type { DataSettings, Examples } from "./examples.ts";

/** The version of `run.json` that is written; version 1 is read too. */
export const recordVersion = 2;

/** Networks of our own, by the names that `--model` takes. */
export const ownNetworks = ["small-cnn", "mobilenet-v1"] as const;

/**
 * A network that needs no file: one of our own, or a framework's by its name in
 * full, such as `resnet-50`.
 */
export type NativeNetwork = string;

function isNative(name: unknown): name is NativeNetwork {
  return [...ownNetworks, ...networkNames].some((known) => known === name);
}

/** What makes features of a picture: the layers before the head. */
export type NetworkBase =
  /** Layers with fresh weights, or those of another run. */
  | {
    readonly kind: "native";
    readonly name: NativeNetwork;
    /** Height and width of its images, in pixels. */
    readonly size: number;
    /** The last of its layers that there is [all]. */
    readonly until?: string;
    /** Units of dense layers behind them that were those of another run's head [none]. */
    readonly kept?: readonly number[];
  }
  /** The run's frozen graph up to its bottleneck, batch norms a part of its convolutions. */
  | {
    readonly kind: "graph";
    /** Units of dense layers behind it that were those of another run's head [none]. */
    readonly kept?: readonly number[];
  }
  /** The network of the run's file of weights, as its framework trains it. */
  | {
    readonly kind: "weights";
    /** Units of dense layers behind it that were those of another run's head [none]. */
    readonly kept?: readonly number[];
  }
  /** Nothing: rows are the features that the run's frozen graph makes, once. */
  | { readonly kind: "features" };

/** A network and how it is trained, beside the recipe. */
export interface NetworkSettings {
  /** What is trained. */
  readonly mode: NetworkMode;
  /** The layers before the head. */
  readonly base: NetworkBase;
  /** Path of the run that the base's weights are from at the start. */
  readonly weightsOf?: string;
  /** Units of the head's dense layers before the logits. */
  readonly hidden: readonly number[];
  /** Share that is dropped after each of them, or of the features if there are none. */
  readonly dropout: number;
  /** Layers up to and with this one stay as they are: a name, or a number from 1. */
  readonly freezeUntil?: string;
  /** Names of these layers, where Keras's numbers decide them [those up to it in the order of computation]. */
  readonly frozen?: readonly string[];
  /** Epochs in which only the head is trained, before all that is not frozen. */
  readonly freezeEpochs: number;
  /** Times the rate, for the base's layers. */
  readonly rateMultiplier: number;
  /** Share of the truth that is spread over all classes. */
  readonly labelSmoothing: number;
  /** Whether rare classes count as much as frequent ones. */
  readonly isBalanced: boolean;
  /** How gradients are clipped. */
  readonly clip?: Clip;
  /** How training pictures change from epoch to epoch. */
  readonly augmentation?: Augmentation;
  /** Evaluations without a better validation loss after which training stops. */
  readonly patience?: number;
}

/** One dense layer on features, where nothing else is asked for. */
export const plainHead = {
  mode: "head",
  base: { kind: "features" },
  hidden: [],
  dropout: 0,
  freezeEpochs: 0,
  rateMultiplier: 1,
  labelSmoothing: 0,
  isBalanced: false,
} as const satisfies NetworkSettings;

/** The frozen graph of a run. */
export interface ModelRecord extends
  Omit<ResolvedModel, "model">,
  Pick<
    FeatureModel,
    | "inputTensor"
    | "bottleneckTensor"
    | "preprocessing"
    | "precision"
    | "without"
  > {
  /** Inputs of the graph that were given one value, such as `is_training=false`. */
  readonly set?: readonly string[];
}

/** What a user asked for; paths are absolute. */
export interface RunSettings extends DataSettings {
  /** Whether `data` holds text files of features. */
  readonly isBottlenecks: boolean;
  /** Whether pictures are turned as their EXIF says. */
  readonly exif: boolean;
  /** In which views a frozen network reads training pictures [as they are]. */
  readonly views?: Views;
}

/** One run, as `run.json` holds it. */
export interface RunRecord {
  /** What was asked for. */
  readonly settings: RunSettings;
  /** How it is trained. */
  readonly recipe: Recipe;
  /** The network, be it one dense layer. */
  readonly network: NetworkSettings;
  /** What is made small: one logit tells two classes apart by a sigmoid. */
  readonly loss: Loss["kind"];
  /** The classes; a label's index is its class. */
  readonly labels: readonly string[];
  /** Values of a row: features, or pixels. */
  readonly width: number;
  /** The model; absent where features were given, and for networks without a file. */
  readonly model?: ModelRecord;
  /** How the training pictures are stored; absent in older runs, and where features were given. */
  readonly pictures?: {
    readonly count: number;
    /** How many were turned upright as their EXIF says. */
    readonly turned: number;
    /** How many are no JPEG, by kind: `png`. */
    readonly others: { readonly [kind: string]: number };
  };
  /** Digests of the data set and of its split. */
  readonly digests: { readonly data: string; readonly split: string };
  /** Tool, Deno, adapter, tuning, date; of a run in use, adapter and tuning are read again. */
  readonly environment: JsonObject;
  /** The command line that makes the run again; absent in older runs. */
  readonly command?: string;
  /** Accuracies, once there are any. */
  readonly results?: JsonObject;
  /** Present in a folder that only predicts, and brings its model's file. */
  readonly exported?: true;
}

/** Whole numbers from a minimum; more than a billion of anything is a slip. */
const wholeFrom = (minimum: number, maximum = 1e9) =>
  v.pipe(
    v.number(),
    v.safeInteger(),
    v.minValue(minimum),
    v.maxValue(maximum),
  );
const share = v.pipe(v.number(), v.minValue(0), v.ltValue(1));
const from0 = v.pipe(v.number(), v.finite(), v.minValue(0));
const above0 = v.pipe(v.number(), v.finite(), v.gtValue(0));

const networkSchema: v.GenericSchema<unknown, NetworkSettings> = v.object({
  mode: v.picklist(networkModes),
  base: v.variant("kind", [
    v.object({
      kind: v.literal("native"),
      name: v.custom<NativeNetwork>(isNative, "the name of a network"),
      size: wholeFrom(1, 4096),
      until: v.exactOptional(v.string()),
      kept: v.exactOptional(v.array(wholeFrom(1, 65536))),
    }),
    v.object({
      kind: v.literal("graph"),
      kept: v.exactOptional(v.array(wholeFrom(1, 65536))),
    }),
    v.object({
      kind: v.literal("weights"),
      kept: v.exactOptional(v.array(wholeFrom(1, 65536))),
    }),
    v.object({ kind: v.literal("features") }),
  ]),
  weightsOf: v.exactOptional(v.string()),
  hidden: v.array(wholeFrom(1, 65536)),
  dropout: share,
  freezeUntil: v.exactOptional(v.string()),
  frozen: v.exactOptional(v.array(v.string())),
  freezeEpochs: wholeFrom(0),
  rateMultiplier: from0,
  labelSmoothing: share,
  isBalanced: v.boolean(),
  clip: v.exactOptional(
    v.object({ by: v.picklist(["value", "norm"]), limit: above0 }),
  ),
  augmentation: v.exactOptional(augmentationSchema),
  patience: v.exactOptional(wholeFrom(1)),
});

/** What f32 can hold. */
const pixelValue = v.pipe(
  v.number(),
  v.check(
    (value) => Number.isFinite(Math.fround(value)),
    "a number below 3.4e38",
  ),
);
const divisor = v.pipe(
  pixelValue,
  v.check((value) => Math.fround(value) !== 0, "a number other than 0"),
);

/** One value for all channels, or one for each; a union could not tell which was meant. */
function pixelValues(
  one: v.GenericSchema<unknown, number>,
): v.GenericSchema<unknown, PixelValues> {
  return v.lazy<v.GenericSchema<unknown, PixelValues>>((value) =>
    Array.isArray(value) ? v.pipe(v.array(one), v.minLength(1)) : one
  );
}

const modelSchema: v.GenericSchema<unknown, ModelRecord> = v.object({
  name: v.string(),
  path: v.string(),
  sha256: v.string(),
  inputTensor: v.string(),
  bottleneckTensor: v.string(),
  preprocessing: v.variant("kind", [
    v.object({
      kind: v.literal("in-graph"),
      dctMethod: v.exactOptional(v.literal("INTEGER_FAST")),
    }),
    v.object({
      kind: v.literal("resize"),
      size: wholeFrom(1, 4096),
      mean: pixelValues(pixelValue),
      std: pixelValues(divisor),
      channelOrder: v.exactOptional(v.literal("bgr")),
      resampling: v.exactOptional(v.object({
        filter: v.picklist(["bilinear", "bicubic"]),
        shorterSide: v.exactOptional(wholeFrom(1, 65536)),
      })),
    }),
  ]),
  weights: v.exactOptional(v.object({
    format: v.picklist(["safetensors", "torch", "keras"]),
    architecture: v.string(),
  })),
  provenance: v.exactOptional(v.string()),
  reason: v.exactOptional(v.string()),
  // Records from before there was a choice do not say.
  precision: v.optional(v.picklist(["f32", "f16"]), "f32"),
  set: v.exactOptional(v.array(v.string())),
  without: v.array(v.custom<PassName>(
    (name) => typeof name === "string" && Object.hasOwn(passes, name),
    Object.keys(passes).join(" or "),
  )),
});

const settingsSchema: v.GenericSchema<unknown, RunSettings> = v.object({
  data: v.string(),
  isBottlenecks: v.boolean(),
  test: v.exactOptional(v.string()),
  validation: v.exactOptional(v.string()),
  limit: v.exactOptional(wholeFrom(1)),
  limitedBy: v.exactOptional(v.literal("seed")),
  seed: wholeFrom(0, 2 ** 32 - 1),
  exif: v.boolean(),
  views: v.exactOptional(viewsSchema),
});

const labelsSchema = v.pipe(
  v.array(v.pipe(v.string(), v.nonEmpty("a label"))),
  v.check(
    (labels) => labels.length >= 2 && new Set(labels).size === labels.length,
    "two labels or more, none of them twice",
  ),
);

const sharesOfRight = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const accuracySchema = v.object({
  accuracy: v.nullable(sharesOfRight),
  n: v.exactOptional(wholeFrom(0)),
  low: v.exactOptional(sharesOfRight),
  high: v.exactOptional(sharesOfRight),
});
const resultsSchema = v.object({
  validation: v.exactOptional(accuracySchema),
  test: v.exactOptional(accuracySchema),
  step: v.exactOptional(wholeFrom(1)),
});

const recordSchema: v.GenericSchema<unknown, RunRecord> = v.object({
  settings: settingsSchema,
  recipe: recipeSchema,
  network: networkSchema,
  loss: v.picklist(["softmax", "sigmoid"]),
  labels: labelsSchema,
  width: wholeFrom(1, 2 ** 28),
  model: v.exactOptional(modelSchema),
  pictures: v.exactOptional(v.object({
    count: wholeFrom(0),
    turned: wholeFrom(0),
    others: v.record(v.string(), wholeFrom(0)),
  })),
  digests: v.object({ data: v.string(), split: v.string() }),
  environment: jsonObject,
  command: v.exactOptional(v.string()),
  results: v.exactOptional(resultsSchema),
  exported: v.exactOptional(v.literal(true)),
});

/** The record as JSON text. */
export function formatRunRecord(record: RunRecord): string {
  return `${
    printableJson(
      { format: "espalier run", version: recordVersion, ...record },
      2,
    )
  }\n`;
}

/**
 * The record in the text of a `run.json`, also of one that espalier 0.1 wrote.
 *
 * @throws {InputError} that names the file, the field, and what it may be
 */
export function parseRunRecord(text: string, path: string): RunRecord {
  const source = { where: path, remedy: "train a new run" };
  const json = parseJson(text, source);
  if (!isJsonObject(json) || json.format !== "espalier run") {
    throw new InputError(`${path} is no record of a run: train a new one`);
  }
  if (json.version !== recordVersion && json.version !== 1) {
    throw new InputError(
      `${path} ${
        typeof json.version === "number"
          ? `has version ${json.version}`
          : "does not say its version"
      }, this espalier reads ${recordVersion}: use the version that made it`,
    );
  }
  const current = json.version === 1 ? fromVersion1(json) : json;
  return parseRecord(recordSchema, current, source);
}

/**
 * In version 1 a run without a network trained one dense layer from zeros, and all
 * networks of two classes had one logit.
 */
function fromVersion1(json: JsonObject): JsonObject {
  const { network, recipe, labels } = json;
  const known = isJsonObject(recipe) ? recipe : {};
  if (network === undefined) {
    return {
      ...json,
      network: plainHead,
      loss: "softmax",
      recipe: { ...known, start: "zeros", stepsPerEvaluation: 100 },
    };
  }
  const isPair = Array.isArray(labels) && labels.length === 2;
  return {
    ...json,
    loss: isPair ? "sigmoid" : "softmax",
    recipe: { ...known, start: "drawn" },
  };
}

/** What opens a run's model again. */
export function modelOptionsOf(
  model: ModelRecord,
): Omit<ModelRequest, "model"> {
  const { inputTensor, bottleneckTensor, preprocessing, precision } = model;
  const { without, set, weights } = model;
  const common = {
    inputTensor,
    bottleneckTensor,
    precision,
    without,
    ...set && { set },
    ...weights && { architecture: weights.architecture },
  };
  if (preprocessing.kind === "in-graph") {
    // Also runs from before there was a choice, whatever their graph asks for.
    return {
      ...common,
      dctMethod: preprocessing.dctMethod ?? "INTEGER_ACCURATE",
    };
  }
  const { kind: _kind, size: inputSize, ...scaling } = preprocessing;
  // What is usual for graphs the record does not say; weights may have another default.
  return {
    ...common,
    inputSize,
    channelOrder: "rgb",
    resampling: "tensorflow",
    ...scaling,
  };
}

/** What the checkpoints of a run are about; how its rows are read is a part of it. */
export function identityOf(
  { labels, digests, model, width, network: { base }, settings, recipe }:
    RunRecord,
): RunIdentity {
  const { preprocessing } = model ?? {};
  const reading = [
    ...[model?.inputTensor, model?.bottleneckTensor, width, base.kind],
    base.kind === "native" && [base.name, base.size],
    preprocessing?.kind === "resize"
      ? [
        ...[preprocessing.size, preprocessing.mean, preprocessing.std],
        preprocessing.channelOrder,
        ...preprocessing.resampling ? [preprocessing.resampling] : [],
      ]
      : preprocessing?.dctMethod,
    ...[settings.exif, recipe.scaleRows],
    ...model?.set ?? [],
  ];
  return {
    labels,
    digests: {
      ...digests,
      model: model?.sha256 ?? "none",
      preprocessing: sha256(JSON.stringify(reading)),
    },
  };
}

/**
 * Refuses a model that the run was not trained with.
 *
 * @throws {InputError} that names both digests
 */
export function checkSameModel(
  { model: expected }: RunRecord,
  { run, model }: { run: string; model: ResolvedModel | undefined },
): void {
  if (!expected || !model || model.sha256 === expected.sha256) return;
  throw new InputError(
    `${model.path} is not the model that ${run} was trained with (sha256 ${model.sha256}, expected ${expected.sha256}): name the right file with --model`,
  );
}

/**
 * Refuses data that the run was not begun with, before anything of the run is touched.
 *
 * @throws {InputError} that names what differs
 */
export function checkSameData(
  { labels, width, settings, digests }: RunRecord,
  { run, examples }: { run: string; examples: Examples },
): void {
  const isSame = JSON.stringify(labels) === JSON.stringify(examples.labels) &&
    width === examples.width && digests.data === examples.digest &&
    digests.split === examples.split.digest;
  if (isSame) return;
  const { data, validation, test } = settings;
  const folders = [data, validation, test].filter((path) => path !== undefined);
  throw new InputError(
    `${
      folders.join(" or ")
    } is not what it was when ${run} was begun: bring back the files that changed, or train a new run`,
  );
}
