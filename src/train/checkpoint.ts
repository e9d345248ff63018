/**
 * Everything that a training needs to go on as if it had never stopped, and the
 * folder where a run keeps it.
 *
 * @module
 */
import type { Precision } from "../../kernels/half.ts";
import { join } from "@std/path";
import * as v from "valibot";
import { makeFolder, replaceFile } from "../bytes/atomic.ts";
import { errorCode, fileError, throwFileError } from "../bytes/file_error.ts";
import { firstNotFinite } from "../bytes/finite.ts";
import { decodePacked, isPacked } from "../bytes/packed_tensors.ts";
import { parseRecord } from "../bytes/record.ts";
import { fileLimits, readRegularFile } from "../bytes/regular_file.ts";
import {
  decodeTensors,
  encodeTensors,
  type Tensor32,
} from "../bytes/safetensors.ts";
import { halved } from "../bytes/halves.ts";
import { InputError } from "../errors.ts";
import { type Graph, type Shape, tensorOf } from "../graph/ir.ts";
import type { BatchState } from "./batches.ts";
import { type PlanningWay, planningWays } from "./planned_step.ts";
import { momentName } from "./training_step.ts";
import { type Tensors, variablesOf } from "./variables.ts";

/** The state of a training between two steps. */
export interface TrainingState {
  /** Updates done, over all stages. */
  readonly step: number;
  /** The stage of the last of them, 0 for the first. */
  readonly stage: number;
  /** How it was trained: the stage's settings by name. Whoever goes on has to agree. */
  readonly settings: Readonly<Record<string, string | number>>;
  /** How its steps were planned: another way goes on to other last digits [unknown]. */
  readonly way?: PlanningWay;
  /** The network's variables by name, those that are not trained too. */
  readonly variables: Tensors;
  /** What the optimizer of that stage remembers, by name; what is not there is 0. */
  readonly moments: Tensors;
  /** Where the sampler of batches stands. */
  readonly batches: BatchState;
}

/** What a run is about: a state of one run is of no use to another. */
export interface RunIdentity {
  /** Class names in the order of the logits. */
  readonly labels: readonly string[];
  /** SHA-256 of what the rows came from, by name: `model`, `data`, `split`. */
  readonly digests: Readonly<Record<string, string>>;
}

/** A state and what it is about. */
export interface Checkpoint extends TrainingState {
  /** What it was trained on. */
  readonly identity: RunIdentity;
}

/** Where states are kept; {@linkcode CheckpointFolder} has one. */
export interface CheckpointStore {
  /** Keeps a state, and that of the best step so far; returns the name it goes by. */
  save(
    state: TrainingState,
    options: { bestStep: number | undefined },
  ): Promise<string>;
}

/**
 * Refuses to go on from a state of another network, or of one that was trained otherwise.
 *
 * @throws {InputError} that names the variable or the setting that differs
 */
export function checkState(
  state: TrainingState,
  { network, settings, way }: {
    network: Graph;
    settings: TrainingState["settings"];
    way: PlanningWay;
  },
): void {
  checkVariables(state, network);
  const known: Record<string, unknown> = { ...state.settings, way: state.way };
  const different = Object.entries({ ...settings, way }).find(
    ([key, value]) => known[key] !== undefined && known[key] !== value,
  );
  if (different) {
    throw new InputError(
      `The checkpoint of step ${state.step} was made with another ${
        different[0]
      } than ${different[1]}: train a new run to change it`,
    );
  }
}

/**
 * Refuses the variables of another network.
 *
 * @throws {InputError} that names the variable that differs
 */
export function checkVariables(
  { step, variables: values }: Pick<TrainingState, "step" | "variables">,
  network: Graph,
): void {
  const variables = new Set(variablesOf(network));
  for (const name of variables.union(new Set(Object.keys(values)))) {
    const expected = variables.has(name)
      ? tensorOf(network, name).shape
      : undefined;
    const found = values[name]?.shape;
    if (expected?.join() === found?.join()) continue;
    const describe = (shape: Shape | undefined) =>
      shape ? `of shape [${shape.join(", ")}]` : "missing";
    throw new InputError(
      `The checkpoint of step ${step} is of another network: "${name}" is ${
        describe(found)
      } there and ${describe(expected)} here; train a new run`,
    );
  }
}

const kind = "checkpoint";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const word = v.pipe(count, v.maxValue(2 ** 32 - 1));
const batchesSchema: v.GenericSchema<unknown, BatchState> = v.object({
  random: v.object({ seed: word, stream: word, counter: count }),
  position: count,
});
const identityFields = {
  labels: v.array(v.string()),
  digests: v.record(v.string(), v.string()),
};
const headerSchema = v.object({
  step: count,
  stage: count,
  settings: v.record(v.string(), v.union([v.string(), v.number()])),
  way: v.exactOptional(v.picklist(planningWays)),
  moments: v.array(v.string()),
  batches: batchesSchema,
  identity: v.object(identityFields),
});

/**
 * The bytes of a checkpoint file, in the safetensors format; the same state gives
 * the same bytes. At `f16`, weights are rounded as {@linkcode halved} does it.
 */
export function encodeCheckpoint(
  { variables, moments, settings, batches, identity, ...state }: Checkpoint,
  { precision = "f32" }: { readonly precision?: Precision } = {},
): Uint8Array<ArrayBuffer> {
  const all = { ...variables, ...moments };
  const tensors = precision === "f32"
    ? all
    : Object.fromEntries(halved(new Map(Object.entries(all))).tensors);
  return encodeTensors({
    kind,
    metadata: {
      ...state,
      settings,
      moments: Object.keys(moments),
      batches: { ...batches, random: { ...batches.random } },
      identity: { labels: identity.labels, digests: identity.digests },
    },
    tensors,
  });
}

/**
 * The checkpoint of a file's bytes, also of those that espalier 0.1 wrote; `name`
 * is for the messages.
 *
 * @throws {InputError} if a byte is wrong, it is of a newer version, or it is no checkpoint
 */
export function decodeCheckpoint(bytes: Uint8Array, name: string): Checkpoint {
  if (isPacked(bytes)) return decodeOldCheckpoint(bytes, name);
  const { metadata, tensors } = decodeTensors(bytes, { kind, name });
  const { moments: names, ...header } = parseRecord(headerSchema, metadata, {
    where: name,
    remedy: "delete it to use the one before",
  });
  const isMoment = new Set(names);
  const those = (moments: boolean): Tensors =>
    Object.fromEntries(
      Object.entries(tensors).filter(([key]) => isMoment.has(key) === moments),
    );
  const variables = those(false);
  checkFinite(variables, name);
  return { ...header, variables, moments: those(true) };
}

function checkFinite(variables: Tensors, name: string): void {
  for (const [variable, { data }] of Object.entries(variables)) {
    const at = firstNotFinite(data);
    if (at === undefined) continue;
    throw new InputError(
      `${name}: value ${at} of "${variable}" is ${
        data[at]
      }, which no training leaves; delete the file to use the one before`,
    );
  }
}

const oldHeadSchema = v.object({
  ...v.pick(headerSchema, ["step", "batches"]).entries,
  ...identityFields,
});
const oldNetworkSchema = v.omit(headerSchema, ["settings", "way", "moments"]);

/** A checkpoint as espalier 0.1 wrote it: of a head, or of a network. */
function decodeOldCheckpoint(bytes: Uint8Array, name: string): Checkpoint {
  const packed = decodePacked(bytes, {
    kinds: ["checkpoint", "network checkpoint"],
    name,
  });
  const { kind, metadata, tensors } = packed;
  const source = { where: name, remedy: "delete it to use the one before" };
  if (kind === "network checkpoint") {
    return {
      ...parseRecord(oldNetworkSchema, metadata, source),
      settings: {},
      variables: named(tensors, "variable/"),
      moments: named(tensors, "moment/"),
    };
  }
  const header = parseRecord(oldHeadSchema, metadata, source);
  const { labels, digests, ...state } = header;
  return {
    ...state,
    stage: 0,
    settings: {},
    way: "dense",
    ...headTensors(tensors),
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

/** A head's tensors had names of their own. */
function headTensors(
  tensors: Tensors,
): Pick<Checkpoint, "variables" | "moments"> {
  const variables: Record<string, Tensor32> = {};
  const moments: Record<string, Tensor32> = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    const [part, moment] = name.split(".").toReversed();
    const variable = `head/logits/${part === "bias" ? "bias" : "kernel"}`;
    if (moment === undefined) variables[variable] = tensor;
    else moments[momentName(variable, moment)] = tensor;
  }
  return { variables, moments };
}

/**
 * Refuses a checkpoint of another run.
 *
 * Checkpoints of earlier versions say nothing of the preprocessing.
 *
 * @throws {InputError} that names what differs: the classes, the model, the data, the split or the preprocessing
 */
export function checkIdentity(
  { identity: { labels, digests }, step }: Pick<
    Checkpoint,
    "identity" | "step"
  >,
  expected: RunIdentity,
): void {
  if (JSON.stringify(labels) !== JSON.stringify(expected.labels)) {
    throw new InputError(
      `The checkpoint of step ${step} is of the classes ${
        quoted(labels)
      }, these are ${quoted(expected.labels)}: train a new run`,
    );
  }
  const different = Object.entries(expected.digests).find(([name, digest]) =>
    digests[name] !== digest &&
    (name !== "preprocessing" || digests[name] !== undefined)
  );
  if (different) {
    throw new InputError(
      `The checkpoint of step ${step} was made with another ${
        different[0]
      }: bring that back or train a new run`,
    );
  }
}

function quoted(labels: readonly string[]): string {
  const shown = labels.slice(0, 5).map((label) => JSON.stringify(label));
  if (labels.length > shown.length) {
    shown.push(`${labels.length - shown.length} more`);
  }
  return shown.join(", ");
}

/** The newest checkpoints that are kept: a head's, which are small, and whole networks'. */
const checkpointsKept = { small: 6, large: 2 } as const;

/** Bytes from which on a checkpoint is large. */
const largeCheckpoint = 16 * 2 ** 20;

const namePattern = /^step-(\d{6,})\.(?:safetensors|ckpt)$/;

function fileName(step: number): string {
  return `step-${String(step).padStart(6, "0")}.safetensors`;
}

/**
 * `step-000250.safetensors` and so on in one folder, each written whole or not at
 * all, with a checksum. Step 0 stays, the best, and the newest: six, or two where
 * one has 16 MB; no other file of the folder is touched.
 */
export class CheckpointFolder {
  readonly #folder: string;

  /** The folder need not exist yet. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A store for `trainNetwork` whose checkpoints carry the run's identity. */
  storeFor(identity: RunIdentity): CheckpointStore {
    return {
      save: async (state, { bestStep }) => {
        const name = fileName(state.step);
        await makeFolder(this.#folder);
        const bytes = encodeCheckpoint({ ...state, identity });
        await replaceFile(join(this.#folder, name), bytes);
        await this.#prune(bestStep, bytes.length);
        return name;
      },
    };
  }

  /** Steps there are checkpoints of, oldest first; none if there is no folder. */
  async steps(): Promise<number[]> {
    return [...(await this.#files()).keys()];
  }

  /**
   * The newest checkpoint. A damaged one is never passed over in silence: the
   * message names it and the step to go back to.
   *
   * @throws {InputError} if there is none, or it cannot be read
   */
  async newest(): Promise<Checkpoint> {
    const steps = await this.steps();
    const newest = steps.at(-1);
    if (newest === undefined) {
      throw new InputError(
        `There is no checkpoint in ${this.#folder}: train a new run`,
      );
    }
    try {
      return await this.read(newest);
    } catch (error) {
      // A training beside has kept newer ones meanwhile.
      if ((await this.steps()).at(-1) !== newest) return await this.newest();
      const before = steps.at(-2);
      if (!(error instanceof InputError) || before === undefined) throw error;
      throw new InputError(
        `${error.message} (without it, step ${before} is the newest)`,
        { cause: error },
      );
    }
  }

  /**
   * The checkpoint of a step.
   *
   * @throws {InputError} if it is missing, damaged, or of a newer version
   */
  async read(step: number): Promise<Checkpoint> {
    const path = await this.pathOf(step);
    const bytes = await readRegularFile(path, fileLimits.checkpoint);
    const checkpoint = decodeCheckpoint(bytes, path);
    if (checkpoint.step === step) return checkpoint;
    throw new InputError(
      `${path} is the checkpoint of step ${checkpoint.step}: give it the name of its step, or delete it`,
    );
  }

  /** The path of a step's checkpoint. */
  async pathOf(step: number): Promise<string> {
    const files = await this.#files();
    return join(this.#folder, files.get(step) ?? fileName(step));
  }

  /** Names of the files by step, oldest first. */
  async #files(): Promise<Map<number, string>> {
    const files: [number, string][] = [];
    try {
      for await (const { name } of Deno.readDir(this.#folder)) {
        const match = namePattern.exec(name);
        if (match) files.push([Number(match[1]), name]);
      }
    } catch (error) {
      if (errorCode(error) === "ENOENT") return new Map();
      throw fileError(error, { doing: "read", path: this.#folder });
    }
    return new Map(files.sort(([a], [b]) => a - b));
  }

  /** Removes all but step 0, the best, and the newest. */
  async #prune(bestStep: number | undefined, bytes: number): Promise<void> {
    const kept = checkpointsKept[bytes < largeCheckpoint ? "small" : "large"];
    const files = [...await this.#files()].filter(([step]) => step > 0);
    for (const [step, name] of files.slice(0, -kept)) {
      if (step === bestStep) continue;
      const path = join(this.#folder, name);
      await Deno.remove(path)
        .catch(throwFileError({ doing: "remove", path }));
    }
  }
}
