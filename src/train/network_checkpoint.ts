/**
 * A network's training state as a file's bytes, and back.
 *
 * @module
 */
import { isJsonObject, type JsonObject } from "../bytes/json.ts";
import {
  decodePacked,
  encodePacked,
  type PackedTensor,
} from "../bytes/packed_tensors.ts";
import { InputError } from "../errors.ts";
import { parseBatches } from "./_checkpoint_format.ts";
import type { NetworkState, StateTensor } from "./network_state.ts";

const kind = "network checkpoint";
const prefixes = { variables: "variable/", moments: "moment/" } as const;

/** A state with what the run is about: recipe, labels, digests; any JSON. */
export interface NetworkCheckpoint extends NetworkState {
  /** What a run has to agree with to go on from the state. */
  readonly identity: JsonObject;
}

/** The bytes of a checkpoint file; the same state gives the same bytes. */
export function encodeNetworkCheckpoint(
  { step, stage, variables, moments, batches, identity }: NetworkCheckpoint,
): Uint8Array<ArrayBuffer> {
  const tensors: Record<string, PackedTensor> = {};
  const add = (prefix: string, states: NetworkState["variables"]): void => {
    for (const [name, tensor] of Object.entries(states)) {
      tensors[prefix + name] = tensor;
    }
  };
  add(prefixes.variables, variables);
  add(prefixes.moments, moments);
  const { seed, stream, counter } = batches.random;
  return encodePacked({
    kind,
    metadata: {
      step,
      stage,
      batches: {
        random: { seed, stream, counter },
        position: batches.position,
      },
      identity,
    },
    tensors,
  });
}

/**
 * The checkpoint of a file's bytes; `name` is for the messages.
 *
 * @throws {InputError} if a byte is wrong, it is of a newer version, or it is no checkpoint of a network
 */
export function decodeNetworkCheckpoint(
  bytes: Uint8Array,
  name: string,
): NetworkCheckpoint {
  const { metadata, tensors } = decodePacked(bytes, { kind, name });
  const { step, stage, identity } = metadata;
  const batches = parseBatches(metadata.batches);
  if (
    typeof step !== "number" || typeof stage !== "number" || !batches ||
    !identity || !isJsonObject(identity)
  ) {
    throw new InputError(
      `${name}: it holds no complete checkpoint; delete it to use the one before`,
    );
  }
  const withPrefix = (prefix: string): Record<string, StateTensor> =>
    Object.fromEntries(
      Object.entries(tensors).flatMap(([key, { shape, data }]) =>
        key.startsWith(prefix) && data instanceof Float32Array
          ? [[key.slice(prefix.length), { shape, data }]]
          : []
      ),
    );
  return {
    step,
    stage,
    identity,
    batches,
    variables: withPrefix(prefixes.variables),
    moments: withPrefix(prefixes.moments),
  };
}
