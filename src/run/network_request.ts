/**
 * From what a user asks for to the settings of a network.
 *
 * @module
 */
import { join, resolve } from "@std/path";
import { classicName } from "../../models/mod.ts";
import { errorCode, isAmongDevices } from "../bytes/mod.ts";
import { UsageError } from "../errors.ts";
import {
  type ModelRequest,
  type ResolvedModel,
  resolveModel,
} from "../features/mod.ts";
import type { Augmentation } from "../image/mod.ts";
import type { Store } from "../store/mod.ts";
import {
  type NetworkMode,
  onecycleClip,
  type RecipeName,
} from "../train/mod.ts";
import { refuseKnown } from "./known_model.ts";
import { cutAfter, graphKindOf } from "./cut.ts";
import { nativeBase, nativeNamed } from "./native_network.ts";
import { frozenNames } from "./network.ts";
import { RunFolder } from "./run_folder.ts";
import {
  modelOptionsOf,
  type NetworkBase,
  type NetworkSettings,
  plainHead,
} from "./run_record.ts";
import { counted } from "../plural.ts";

/**
 * What may be said of a network and its training, by the names of its settings;
 * absent is what is usual for the mode. For features of a frozen graph `resolveViews`
 * reads `augmentation`.
 */
export type NetworkRequest =
  & {
    /** Decides what is usual. */
    readonly recipe: RecipeName;
    readonly mode: NetworkMode;
    /** Epochs in all, where they are given. */
    readonly epochs?: number | undefined;
    /** Rate while only the head is trained, where it is given; the recipe takes it. */
    readonly freezeRate?: number | undefined;
    /** Views of each training picture, where its features are made once. */
    readonly views?: number | undefined;
  }
  & {
    readonly [
      K in Exclude<
        keyof NetworkSettings,
        "mode" | "base" | "weightsOf" | "frozen"
      >
    ]?: NetworkSettings[K] | undefined;
  };

/** A network to train, and the frozen graph it needs. */
export interface ResolvedNetwork {
  /** For `run.json`. */
  readonly settings: NetworkSettings;
  /** Absent where the network needs no file. */
  readonly model?: ResolvedModel | undefined;
}

/** What the OneCycle tutorial does to its pictures. */
const onecycleAugmentation: Augmentation = {
  crop: 4,
  flip: 0.5,
  scale: 0,
  rotation: 0,
  brightness: 0,
  contrast: 0,
};

/**
 * The settings of a network.
 *
 * @throws {UsageError} if the mode does not fit the model, a setting has nothing
 * to decide, or the head's epochs are all there are
 * @throws {InputError} if the model cannot be opened
 */
export async function resolveNetwork(
  request: NetworkRequest,
  { model: options, store }: {
    /** Absent where rows are features of text files. */
    model?: ModelRequest | undefined;
    store: Store;
  },
): Promise<ResolvedNetwork> {
  checkFits(request);
  const { base, weightsOf, model } = options
    ? await baseOf(request, { options, store })
    : featuresOfTexts(request);
  if (base.kind !== "features") checkNoFeatures(request, options);
  const { mode, recipe, freezeUntil, patience } = request;
  const head = defaultHead(mode, { base, weightsOf });
  const frozen = freezeUntil === undefined || base.kind === "features"
    ? undefined
    : frozenNames(base, { model: model?.model, freezeUntil });
  const isNetwork = base.kind !== "features" ||
    (request.hidden ?? head.hidden).length > 0;
  const isOnecycle = recipe === "onecycle";
  const clip = request.clip ??
    (isOnecycle && isNetwork ? onecycleClip : undefined);
  const usual = isOnecycle ? onecycleAugmentation : undefined;
  const augmentation = base.kind === "features"
    ? undefined
    : request.augmentation ?? usual;
  return {
    ...model && { model },
    settings: {
      mode,
      base,
      ...weightsOf !== undefined && { weightsOf },
      hidden: request.hidden ?? head.hidden,
      dropout: request.dropout ?? head.dropout,
      ...freezeUntil !== undefined && { freezeUntil },
      ...frozen && { frozen },
      freezeEpochs: request.freezeEpochs ?? defaultFreezeEpochs(request),
      rateMultiplier: request.rateMultiplier ?? plainHead.rateMultiplier,
      labelSmoothing: request.labelSmoothing ?? plainHead.labelSmoothing,
      isBalanced: request.isBalanced ?? plainHead.isBalanced,
      ...clip && { clip },
      ...augmentation && { augmentation },
      ...patience !== undefined && { patience },
    },
  };
}

/** Refuses what has nothing to decide, and fine-tuning of nothing but the head, which `head` mode does at less cost. */
function checkFits(request: NetworkRequest): void {
  const { mode, freezeEpochs, epochs = Infinity } = request;
  const ofBase = new Map<string, unknown>([
    ["--freeze-until", request.freezeUntil],
    ["--freeze-epochs", freezeEpochs],
    ["--freeze-rate", request.freezeRate],
    ["--lr-mult", request.rateMultiplier],
  ]);
  for (const [flag, value] of ofBase) {
    if (mode !== "head" || value === undefined) continue;
    throw new UsageError(
      `${flag} is of the layers before the head, which --mode head leaves as they are: add --mode finetune`,
    );
  }
  const alone = freezeEpochs ?? defaultFreezeEpochs(request);
  if (request.freezeRate !== undefined && alone === 0) {
    throw new UsageError(
      "--freeze-rate is of the epochs in which only the head is trained, and there are none: give some with --freeze-epochs, or leave it out",
    );
  }
  if (mode === "finetune" && (freezeEpochs ?? 0) >= epochs) {
    throw new UsageError(
      `--freeze-epochs ${freezeEpochs} leaves nothing of ${
        counted(epochs, "epoch")
      } for the layers before the head: take fewer, or --mode head`,
    );
  }
}

/** Refuses what is for features that are made once, where a network reads pictures. */
function checkNoFeatures(
  { views }: NetworkRequest,
  options: ModelRequest | undefined,
): void {
  if (views !== undefined) {
    throw new UsageError(
      "--views is for features of a frozen graph, which are made once: leave it out, --augment changes the pictures of this network anew in each epoch",
    );
  }
  if (options?.precision === "f16") {
    throw new UsageError(
      "--precision f16 is for features of a frozen graph: leave it out, whole networks are trained in f32",
    );
  }
}

function featuresOfTexts({ mode }: NetworkRequest): ResolvedBase {
  if (mode === "head") return { base: { kind: "features" } };
  throw new UsageError(
    `--mode ${mode} needs pictures, and --bottlenecks has features of them: leave --mode out, or give the pictures`,
  );
}

/** The heads of the tutorials; one dense layer on frozen graphs. */
function defaultHead(
  mode: NetworkMode,
  { base, weightsOf }: ResolvedBase,
): Pick<NetworkSettings, "hidden" | "dropout"> {
  const isSmallCnn = base.kind === "native" && base.name === "small-cnn";
  if (!isSmallCnn) return { hidden: [], dropout: 0 };
  return mode === "scratch" || weightsOf === undefined
    ? { hidden: [64], dropout: 0.5 }
    : { hidden: [32], dropout: 0.3 };
}

/** Three in ten, so that random weights do not spoil those that have learnt. */
function defaultFreezeEpochs(
  { mode, epochs = 10 }: Pick<NetworkRequest, "mode" | "epochs">,
): number {
  return mode === "finetune" ? Math.floor(epochs * 0.3) : 0;
}

interface ResolvedBase {
  readonly base: NetworkBase;
  readonly weightsOf?: string | undefined;
  readonly model?: ResolvedModel | undefined;
}

async function baseOf(
  request: NetworkRequest,
  { options, store }: { options: ModelRequest; store: Store },
): Promise<ResolvedBase> {
  const { mode } = request;
  const name = options.model ?? usualModel(request);
  if (mode === "scratch") {
    const { inputSize: size } = options;
    const native = nativeNamed(name ?? "small-cnn", { size });
    const open = ["model", "inputSize", "precision"] as const;
    refuseKnown(options, { owner: native.name, open });
    // What is too small is said before any picture is read.
    nativeBase(native, { seed: 0, batch: 1 });
    return { base: { kind: "native", ...native } };
  }
  if (name === "small-cnn") {
    throw new UsageError(
      `${name} has no weights yet: add --mode scratch, or give a trained run or a frozen graph with --model`,
    );
  }
  if (name !== undefined && await isRun(name)) {
    return await baseOfRun(name, { options, store });
  }
  const model = await resolveModel({ ...options, model: name }, { store });
  if (mode === "head") return { base: { kind: "features" }, model };
  // What cannot be trained is said before any picture is read.
  model.model.trainable?.();
  return { base: { kind: graphKindOf(model.model) }, model };
}

/** What is taken where no model is named; the store decides where this does not. */
function usualModel({ mode, recipe }: NetworkRequest): string | undefined {
  if (mode === "scratch") return "small-cnn";
  return recipe === "classic" ? classicName : undefined;
}

/** The layers of another run before its head, or up to the one that is asked for. */
async function baseOfRun(
  path: string,
  { options, store }: { options: ModelRequest; store: Store },
): Promise<ResolvedBase> {
  const { network, model, recipe } = await new RunFolder(path).readRecord();
  const { base } = network;
  // As it can be found from anywhere, until the first checkpoint is kept.
  const weightsOf = resolve(path);
  const layer = options.bottleneckTensor;
  const kind = model?.weights ? "weights" : "graph";
  const cut = layer === undefined ? undefined : cutAfter(network, {
    ...{ layer, path, kind },
    known: base.kind === "native"
      ? nativeBase(base, { seed: 0, batch: 1 }).nodes.map(({ name }) => name)
      : [],
  });
  if (base.kind === "native") {
    const open = ["model", "precision", "bottleneckTensor"] as const;
    refuseKnown(options, { owner: `The run ${path}`, open });
    return { base: cut ?? base, weightsOf };
  }
  if (cut && base.kind === "features" && recipe.scaleRows) {
    throw new UsageError(
      `${path} cannot be cut after "${layer}" (--bottleneck-tensor): its head reads features that are divided by their root mean square, and a network on pictures has no such layer; name a tensor of its graph, or none`,
    );
  }
  if (!model) {
    throw new UsageError(
      `${path} was trained from text files of features: give the model that made them with --model`,
    );
  }
  const open = ["model", "precision", "without", "bottleneckTensor"] as const;
  refuseKnown(options, { owner: `The run ${path}`, open });
  const resolved = await resolveModel({
    ...options,
    ...modelOptionsOf(model),
    precision: options.precision,
    without: options.without,
    model: model.path,
    ...layer !== undefined && !cut && { bottleneckTensor: layer },
  }, { store });
  const own: NetworkBase = base.kind === "features" ? { kind } : base;
  const { kept: _kept, ...bare } = own;
  return {
    base: cut ?? (layer === undefined ? own : bare),
    weightsOf,
    model: resolved,
  };
}

/** Whether a path is that of a run's folder. */
export async function isRun(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(join(path, "run.json"))).isFile;
  } catch (error) {
    if (errorCode(error) === undefined && !isAmongDevices(error)) throw error;
    return false;
  }
}
