/**
 * From names to models. It loads no network, because every call waits for it.
 *
 * @module
 */
import { UsageError } from "../src/errors.ts";
import { didYouMean } from "../src/suggest.ts";
import { models } from "./known_models.ts";
import type { ModelEntry } from "./model_entry.ts";
import {
  fullName,
  mobilenetAlphas,
  mobilenetSizes,
  networkNames,
} from "./named_networks.ts";

/** The name that stands for the network of the classic tutorial, of whatever source can be had. */
export const classicName = "inception-v3";

const byName = new Map(models.map((entry) => [entry.name, entry]));

/** The models that a name means, the best first; none if the name is unknown. */
export function modelsNamed(name: string): readonly ModelEntry[] {
  const names = name === classicName
    ? ["inception-v3-2015", "inception-v3-npm"]
    : [fullName(name)];
  return names.flatMap((one) => byName.get(one) ?? []);
}

/** True if a name means a model. */
export function isModelName(name: string): boolean {
  return modelsNamed(name).length > 0;
}

/**
 * The model of that name, the best where it means several.
 *
 * @throws {UsageError} if there is none; the message says what was meant.
 */
export function modelNamed(name: string): ModelEntry {
  const [entry] = modelsNamed(name);
  if (entry) return entry;
  throw new UsageError(unknown(name));
}

const mobilenetV1 = "mobilenet-v1-";

/** Whether a word has the form of MobileNet v1's names, whether there is such a model or not. */
export function isVariantName(word: string): boolean {
  return /^mobilenet-v1-[\d.]+(-\d+)?$/.test(word);
}

function unknown(name: string): string {
  const start = `Unknown model ${JSON.stringify(name)}`;
  if (name.startsWith(mobilenetV1)) {
    return `${start}: MobileNet v1 is ${mobilenetV1}ALPHA-SIZE, such as ${mobilenetV1}0.25-128, with an ALPHA of ${
      listed(mobilenetAlphas)
    } and a SIZE of ${listed(mobilenetSizes)}`;
  }
  const known = [...new Set([...byName.keys(), ...networkNames])];
  return `${start}; "./espalier fetch --list" lists them, and --model takes a file, too (a frozen graph .pb, or weights: .safetensors, .pth, .h5)${
    didYouMean(name.toLowerCase(), { known })
  }`;
}

function listed(values: readonly (string | number)[]): string {
  return `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
}

/** What is asked of a model store to choose a model. */
export interface ModelPresence {
  /** Whether the model's file is there, whole. */
  has(entry: ModelEntry): Promise<boolean>;
}

/** A model and the sentence that says why it was taken. */
export interface ModelChoice {
  /** The model. */
  readonly entry: ModelEntry;
  /** To print, and to record with what is trained; absent where a name means one model. */
  readonly reason?: string;
}

/** What a call takes, the first that is in the store, and the name by which `fetch` brings it. */
export interface ModelNeed {
  /** In the order of preference. */
  readonly candidates: readonly [ModelEntry, ...ModelEntry[]];
  /** What `fetch` is told where none is in the store. */
  readonly fetches: string;
}

/**
 * What satisfies a call that names a model, or none.
 *
 * @throws {UsageError} if the name is unknown
 */
export function needOf(name: string | undefined): ModelNeed {
  if (name === undefined) {
    return {
      candidates: [release, usual],
      fetches: usual.name,
    };
  }
  const first = modelNamed(name);
  const [, ...others] = modelsNamed(name);
  return { candidates: [first, ...others], fetches: name };
}

const release = modelNamed("inception-v3-2015");
const usual = modelNamed("efficientnet-lite0");

/**
 * The model to use: the first in the store of those that a name means, or of
 * the best where none is named; what `fetch` would bring where none is there.
 *
 * @throws {UsageError} if the name is unknown
 */
export async function chooseModel(
  store: ModelPresence,
  name?: string,
): Promise<ModelChoice> {
  const { candidates } = needOf(name);
  for (const entry of candidates) {
    if (await store.has(entry)) return chosen(entry, candidates);
  }
  return chosen(name === undefined ? usual : candidates[0], candidates);
}

function chosen(
  entry: ModelEntry,
  candidates: ModelNeed["candidates"],
): ModelChoice {
  if (candidates.length === 1) return { entry };
  return {
    entry,
    reason: entry === release
      ? "the 2015 release is in the store"
      : `the 2015 release is not in the store ("./espalier fetch ${release.name}" brings it)`,
  };
}
