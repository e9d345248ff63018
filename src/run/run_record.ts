/**
 * `run.json`: everything that decides what a run computes, and what came of it.
 *
 * @module
 */
import type { Precision } from "../../kernels/half.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../bytes/mod.ts";
import { InputError } from "../errors.ts";
import type {
  ModelOptions,
  PixelValues,
  Preprocessing,
} from "../features/mod.ts";
import { passes, type PassName } from "../passes/mod.ts";
import { parseRecipe, type Recipe } from "../train/mod.ts";
import {
  type NetworkSettings,
  parseNetworkSettings,
} from "./network_settings.ts";
import { parseViews, type Views } from "../features/views.ts";

/** The version of `run.json` that is written and read. */
export const recordVersion = 1;

/** The frozen graph of a run. */
export interface ModelRecord {
  /** The name in the registry, or the file's name. */
  readonly name: string;
  /** Its path. */
  readonly path: string;
  /** Of its bytes, in hex. */
  readonly sha256: string;
  /** The tensor that is fed. */
  readonly inputTensor: string;
  /** The tensor whose values are the features. */
  readonly bottleneckTensor: string;
  /** What happens to a picture first. */
  readonly preprocessing: Preprocessing;
  /** What may be expected of the weights. */
  readonly provenance?: string;
  /** Why this model was taken, where nobody named it. */
  readonly reason?: string;
  /** How its weights were kept on the GPU. */
  readonly precision: Precision;
  /** Passes that were left out. */
  readonly without: readonly PassName[];
}

/** What a user asked for. */
export interface RunSettings {
  /** Absolute path of the folder of pictures, or of text files of features. */
  readonly data: string;
  /** Whether `data` holds text files of features. */
  readonly isBottlenecks: boolean;
  /** Absolute path of a separate test folder. */
  readonly test?: string;
  /** Pictures taken of each class at most. */
  readonly limit?: number;
  /** Decides the split and the batches. */
  readonly seed: number;
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
  /** The classes; a label's index is its class. */
  readonly labels: readonly string[];
  /** Values of a row: features, or pixels. */
  readonly width: number;
  /** The model; absent where features were given, and for networks without a file. */
  readonly model?: ModelRecord;
  /** The network, where more than one dense layer is trained. */
  readonly network?: NetworkSettings;
  /** Digests of the data set and of its split. */
  readonly digests: { readonly data: string; readonly split: string };
  /** Tool, Deno, adapter, tuning, date; of a run in use, adapter and tuning are read again. */
  readonly environment: JsonObject;
  /** The command line that makes the run again; absent in older runs. */
  readonly command?: string;
  /** Accuracies, once there are any. */
  readonly results?: JsonObject;
}

/** The record as JSON text. */
export function formatRunRecord(record: RunRecord): string {
  return `${
    JSON.stringify(
      { format: "espalier run", version: recordVersion, ...record },
      null,
      2,
    )
  }\n`;
}

/**
 * The record in the text of a `run.json`.
 *
 * @throws {InputError} that names the file and what is wrong with it
 */
export function parseRunRecord(text: string, path: string): RunRecord {
  const json = parseJson(text, path);
  if (json.format !== "espalier run") {
    throw new InputError(`${path} is no record of a run: train a new one`);
  }
  if (json.version !== recordVersion) {
    throw new InputError(
      `${path} has version ${json.version}, this espalier reads ${recordVersion}: use the version that made it`,
    );
  }
  const recipe = parseRecipe(json.recipe);
  const settings = parseSettings(json.settings);
  const { labels, width, digests, environment, results, command } = json;
  const model = json.model === undefined ? undefined : parseModel(json.model);
  const network = parseNetworkSettings(json.network);
  const isWhole = recipe && settings && isTexts(labels) &&
    (network !== undefined || json.network === undefined) &&
    typeof width === "number" && isJsonObject(digests) &&
    typeof digests.data === "string" && typeof digests.split === "string" &&
    isJsonObject(environment) && model !== "damaged";
  if (!isWhole) {
    throw new InputError(`${path} is damaged: train a new run`);
  }
  return {
    settings,
    recipe,
    labels,
    width,
    ...model ? { model } : {},
    ...network ? { network } : {},
    digests: { data: digests.data as string, split: digests.split as string },
    environment,
    ...typeof command === "string" ? { command } : {},
    ...isJsonObject(results) ? { results } : {},
  };
}

function parseJson(text: string, path: string): JsonObject {
  try {
    const json: JsonValue = JSON.parse(text);
    if (isJsonObject(json)) return json;
  } catch {
    // Said below.
  }
  throw new InputError(`${path} is not JSON: train a new run`);
}

function isTexts(value: JsonValue | undefined): value is string[] {
  return Array.isArray(value) &&
    value.every((item) => typeof item === "string");
}

function isPassNames(value: JsonValue | undefined): value is PassName[] {
  return isTexts(value) && value.every((name) => Object.hasOwn(passes, name));
}

function parseSettings(json: JsonValue | undefined): RunSettings | undefined {
  if (!isJsonObject(json)) return undefined;
  const { data, isBottlenecks, test, limit, seed, exif } = json;
  if (
    typeof data !== "string" || typeof isBottlenecks !== "boolean" ||
    typeof seed !== "number" || typeof exif !== "boolean"
  ) return undefined;
  const views = parseViews(json.views);
  if (json.views !== undefined && !views) return undefined;
  return {
    data,
    isBottlenecks,
    seed,
    exif,
    ...typeof test === "string" ? { test } : {},
    ...typeof limit === "number" ? { limit } : {},
    ...views ? { views } : {},
  };
}

function parseModel(json: JsonValue): ModelRecord | "damaged" {
  if (!isJsonObject(json)) return "damaged";
  const { name, path, sha256, inputTensor, bottleneckTensor } = json;
  const preprocessing = parsePreprocessing(json.preprocessing);
  const { without, provenance, reason } = json;
  if (
    typeof name !== "string" || typeof path !== "string" ||
    typeof sha256 !== "string" || typeof inputTensor !== "string" ||
    typeof bottleneckTensor !== "string" || !preprocessing ||
    !isPassNames(without)
  ) return "damaged";
  return {
    name,
    path,
    sha256,
    inputTensor,
    bottleneckTensor,
    preprocessing,
    // Records from before there was a choice do not say.
    precision: json.precision === "f16" ? "f16" : "f32",
    without,
    ...typeof provenance === "string" ? { provenance } : {},
    ...typeof reason === "string" ? { reason } : {},
  };
}

function parsePreprocessing(
  json: JsonValue | undefined,
): Preprocessing | undefined {
  if (!isJsonObject(json)) return undefined;
  if (json.kind === "in-graph") return { kind: "in-graph" };
  const { kind, size, mean, std, channelOrder } = json;
  if (
    kind !== "resize" || typeof size !== "number" || !isPixelValues(mean) ||
    !isPixelValues(std)
  ) return undefined;
  const isSwapped = channelOrder === "bgr";
  return { kind, size, mean, std, ...isSwapped && { channelOrder } };
}

function isPixelValues(value: JsonValue | undefined): value is PixelValues {
  return typeof value === "number" ||
    Array.isArray(value) && value.every((each) => typeof each === "number");
}

/** The flags that open a run's model again. */
export function modelOptionsOf(model: ModelRecord): ModelOptions {
  const { inputTensor, bottleneckTensor, preprocessing, precision } = model;
  const common = { inputTensor, bottleneckTensor, precision };
  if (preprocessing.kind === "in-graph") return common;
  const { kind: _kind, size: inputSize, ...scaling } = preprocessing;
  return { ...common, inputSize, ...scaling };
}
