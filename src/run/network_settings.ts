/**
 * What decides a network that a run trains, as `run.json` holds it.
 *
 * @module
 */
import { isJsonObject, type JsonValue } from "../bytes/mod.ts";
import type { Augmentation } from "../image/mod.ts";
import { type Clip, type NetworkMode, networkModes } from "../train/mod.ts";
import { parseAmounts } from "../image/augment.ts";

/** The networks that need no file, by the names `--model` takes. */
export const nativeNetworks = ["small-cnn", "mobilenet-v1"] as const;

/** One of {@linkcode nativeNetworks}. */
export type NativeNetwork = typeof nativeNetworks[number];

/** What makes features of a picture: the layers before the head. */
export type NetworkBase =
  /** Layers with fresh weights, or those of another run. */
  | {
    readonly kind: "native";
    readonly name: NativeNetwork;
    /** Height and width of its images, in pixels. */
    readonly size: number;
  }
  /** The run's frozen graph up to its bottleneck. */
  | { readonly kind: "graph" }
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
  /** Epochs without a better validation loss after which training stops. */
  readonly patience?: number;
}

/** The settings that JSON holds, or undefined if it holds none. */
export function parseNetworkSettings(
  json: JsonValue | undefined,
): NetworkSettings | undefined {
  if (!isJsonObject(json)) return undefined;
  const mode = networkModes.find((known) => known === json.mode);
  const base = parseBase(json.base);
  const { hidden, dropout, freezeEpochs, rateMultiplier } = json;
  const { labelSmoothing, isBalanced, weightsOf, freezeUntil, patience } = json;
  if (
    !mode || !base || !isNumbers(hidden) || typeof dropout !== "number" ||
    typeof freezeEpochs !== "number" || typeof rateMultiplier !== "number" ||
    typeof labelSmoothing !== "number" || typeof isBalanced !== "boolean"
  ) return undefined;
  const clip = parseClip(json.clip);
  const augmentation = parseAmounts(json.augmentation);
  return {
    mode,
    base,
    ...typeof weightsOf === "string" && { weightsOf },
    hidden,
    dropout,
    ...typeof freezeUntil === "string" && { freezeUntil },
    freezeEpochs,
    rateMultiplier,
    labelSmoothing,
    isBalanced,
    ...clip && { clip },
    ...augmentation && { augmentation },
    ...typeof patience === "number" && { patience },
  };
}

function parseBase(json: JsonValue | undefined): NetworkBase | undefined {
  if (!isJsonObject(json)) return undefined;
  const { kind, size } = json;
  if (kind === "graph" || kind === "features") return { kind };
  const name = nativeNetworks.find((known) => known === json.name);
  return kind === "native" && name && typeof size === "number"
    ? { kind, name, size }
    : undefined;
}

function parseClip(json: JsonValue | undefined): Clip | undefined {
  if (!isJsonObject(json)) return undefined;
  const { by, limit } = json;
  const isClip = (by === "value" || by === "norm") && typeof limit === "number";
  return isClip ? { by, limit } : undefined;
}

function isNumbers(value: JsonValue | undefined): value is number[] {
  return Array.isArray(value) &&
    value.every((item) => typeof item === "number");
}
