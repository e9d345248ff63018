/**
 * A training state as tensors and metadata of a packed file, and back.
 */
import { InputError } from "../errors.ts";
import { isJsonObject, type JsonValue } from "../bytes/json.ts";
import {
  decodePacked,
  encodePacked,
  type Packed,
  type PackedTensor,
} from "../bytes/packed_tensors.ts";
import type { BatchState } from "./batches.ts";
import type { HeadParameters, HeadShape } from "./head.ts";
import { momentsOf } from "./head.ts";
import { parseRecipe } from "./recipes.ts";
import type { TrainingState } from "./training_state.ts";

/** What a run is about: a state of one run is of no use to another. */
export interface RunIdentity {
  /** Class names in the order of the head's columns. */
  readonly labels: readonly string[];
  /** SHA-256 of what the rows came from, by name: `model`, `data`, `split`. */
  readonly digests: Readonly<Record<string, string>>;
}

/** A checkpoint: the state and what it is about. */
export interface Checkpoint extends TrainingState, RunIdentity {}

const kind = "checkpoint";

/** The bytes of a checkpoint file. */
export function encodeCheckpoint(
  {
    step,
    features,
    classes,
    recipe,
    parameters,
    moments,
    batches,
    ...identity
  }: Checkpoint,
): Uint8Array<ArrayBuffer> {
  const tensors: Record<string, PackedTensor> = {};
  const add = (prefix: string, { weights, bias }: HeadParameters): void => {
    tensors[`${prefix}weights`] = { shape: [features, classes], data: weights };
    tensors[`${prefix}bias`] = { shape: [classes], data: bias };
  };
  add("", parameters);
  for (const [name, moment] of Object.entries(moments)) add(`${name}.`, moment);
  const { seed, stream, counter } = batches.random;
  return encodePacked({
    kind,
    metadata: {
      step,
      recipe: { ...recipe },
      batches: {
        random: { seed, stream, counter },
        position: batches.position,
      },
      labels: identity.labels,
      digests: identity.digests,
    },
    tensors,
  });
}

/**
 * The checkpoint of a file's bytes; `name` is for the messages.
 *
 * @throws {InputError} if a byte is wrong, it is of a newer version, or it is no checkpoint
 */
export function decodeCheckpoint(bytes: Uint8Array, name: string): Checkpoint {
  const packed = decodePacked(bytes, { kind, name });
  const { step, labels, digests } = packed.metadata;
  const recipe = parseRecipe(packed.metadata.recipe);
  const batches = parseBatches(packed.metadata.batches);
  const [features, classes] = packed.tensors.weights?.shape ?? [];
  if (
    typeof step !== "number" || !recipe || !batches || !isTextList(labels) ||
    !isTextRecord(digests) || classes !== labels.length
  ) throw incomplete(name);
  const shape = { features, classes };
  const read = (prefix: string): HeadParameters =>
    readParameters(packed, { prefix, shape, name });
  return {
    step,
    ...shape,
    recipe,
    parameters: read(""),
    moments: Object.fromEntries(
      momentsOf(recipe.optimizer).map((moment) => [moment, read(`${moment}.`)]),
    ),
    batches,
    labels,
    digests,
  };
}

function readParameters(
  { tensors }: Packed,
  { prefix, shape, name }: { prefix: string; shape: HeadShape; name: string },
): HeadParameters {
  const weights = tensors[`${prefix}weights`]?.data;
  const bias = tensors[`${prefix}bias`]?.data;
  const { features, classes } = shape;
  if (
    !(weights instanceof Float32Array) || !(bias instanceof Float32Array) ||
    weights.length !== features * classes || bias.length !== classes
  ) throw incomplete(name);
  return { weights, bias };
}

/** The sampler's state that JSON holds, or undefined if it holds none. */
export function parseBatches(
  json: JsonValue | undefined,
): BatchState | undefined {
  if (!json || !isJsonObject(json) || typeof json.position !== "number") {
    return undefined;
  }
  const { random, position } = json;
  if (!random || !isJsonObject(random)) return undefined;
  const { seed, stream, counter } = random;
  if (
    typeof seed !== "number" || typeof stream !== "number" ||
    typeof counter !== "number"
  ) return undefined;
  return { random: { seed, stream, counter }, position };
}

function isTextList(json: JsonValue | undefined): json is readonly string[] {
  return Array.isArray(json) && json.every((item) => typeof item === "string");
}

function isTextRecord(
  json: JsonValue | undefined,
): json is Readonly<Record<string, string>> {
  return json !== undefined && isJsonObject(json) &&
    Object.values(json).every((item) => typeof item === "string");
}

function incomplete(name: string): InputError {
  return new InputError(
    `${name}: it holds no complete checkpoint; delete it to use the one before`,
  );
}
