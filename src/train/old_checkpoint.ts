/** Checkpoints as espalier 0.1 wrote them: of a head, or of a network. */
import * as v from "valibot";
import { decodePacked } from "../bytes/packed_tensors.ts";
import { parseRecord } from "../bytes/record.ts";
import type { Tensor32 } from "../bytes/safetensors.ts";
import type { BatchState } from "./batches.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { momentName } from "./training_step.ts";
import type { Tensors } from "./variables.ts";

const batches: v.GenericSchema<unknown, BatchState> = v.object({
  random: v.object({
    seed: v.number(),
    stream: v.number(),
    counter: v.number(),
  }),
  position: v.number(),
});
const identity = {
  labels: v.array(v.string()),
  digests: v.record(v.string(), v.string()),
};
const headSchema = v.object({ step: v.number(), batches, ...identity });
const networkSchema = v.object({
  step: v.number(),
  stage: v.number(),
  batches,
  identity: v.object(identity),
});

/** A head's tensors had names of their own. */
const headNames = {
  weights: "head/logits/kernel",
  bias: "head/logits/bias",
} as const;

/**
 * The checkpoint in the bytes of a packed file.
 *
 * @throws {InputError} if a byte is wrong, or it is no checkpoint
 */
export function decodeOldCheckpoint(
  bytes: Uint8Array,
  name: string,
): Checkpoint {
  const packed = decodePacked(bytes, {
    kinds: ["checkpoint", "network checkpoint"],
    name,
  });
  const { kind, metadata, tensors } = packed;
  const source = { where: name, remedy: "delete it to use the one before" };
  if (kind === "network checkpoint") {
    return {
      ...parseRecord(networkSchema, metadata, source),
      settings: {},
      variables: named(tensors, "variable/"),
      moments: named(tensors, "moment/"),
    };
  }
  const header = parseRecord(headSchema, metadata, source);
  const { step, labels, digests } = header;
  return {
    step,
    stage: 0,
    settings: {},
    way: "dense",
    ...headTensors(tensors),
    batches: header.batches,
    identity: { labels, digests },
  };
}

/** Tensors whose names begin with a prefix, without it. */
function named(tensors: Tensors, prefix: string): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : []
    ),
  );
}

function headTensors(
  tensors: Tensors,
): Pick<Checkpoint, "variables" | "moments"> {
  const variables: Record<string, Tensor32> = {};
  const moments: Record<string, Tensor32> = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    const [part, moment] = name.split(".").toReversed();
    const variable = part === "bias" ? headNames.bias : headNames.weights;
    if (moment === undefined) variables[variable] = tensor;
    else moments[momentName(variable, moment)] = tensor;
  }
  return { variables, moments };
}
