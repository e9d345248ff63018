/**
 * The peers by name, and how each is started.
 *
 * @module
 */
import type { BenchNetworkName, Norms } from "../network_training.ts";

/** Name of a peer in `--peer`. */
export const peerNames = [
  "tfjs-webgpu",
  "onnxruntime",
  "tfjs-wasm",
  "tensorflow",
  "keras",
  "jax-js",
  "burn",
] as const;

/** One of {@linkcode peerNames}. */
export type PeerName = typeof peerNames[number];

/** Nets that are compared where `--net` names none: what people bring, and what the tutorial has. */
export const defaultPeerNets = ["efficientnet-lite0", "inception-v3"] as const;

/** What may be trained: the head, or a network, what becomes of its batch norms. */
export type PeerTask =
  | { readonly kind: "head" }
  | {
    readonly kind: "network";
    readonly name: BenchNetworkName;
    readonly norms: Norms;
  };

/** What is trained where `--net` names it. */
export const tasksByNet: Readonly<Record<string, readonly PeerTask[]>> = {
  "small-cnn": [{ kind: "network", name: "small CNN", norms: "folded" }],
  "mobilenet-v1-0.25-128": [
    { kind: "network", name: "MobileNet 0.25", norms: "folded" },
    { kind: "network", name: "MobileNet 0.25", norms: "trained" },
  ],
  "resnet-50": [{ kind: "network", name: "ResNet-50", norms: "trained" }],
};

/** Arguments of `deno run`: permissions, the script, and what it takes. */
type Arguments = readonly string[];

/** A peer. */
export interface PeerSpec {
  /** In the names of rows. */
  readonly title: string;
  /** Whether it runs only where it is named. */
  readonly isOnRequest?: boolean;
  /** How it runs the net in a folder; absent if it does not. */
  forward?(folder: string, python: string): Arguments;
  /** How it trains; absent if it does not. */
  training?(python: string): Arguments;
  /** Whether it trains that, in bearable time [nothing]. */
  trains?(task: PeerTask): boolean;
}

function script(name: string): string {
  return new URL(`./${name}`, import.meta.url).href;
}

/** Arguments that start a Python program beside this file. */
function python(
  program: string,
  { path, args = [] }: { path: string; args?: readonly string[] },
): Arguments {
  return ["-R", `--allow-run=${path}`, script("python.ts"), path, program]
    .concat(args);
}

/** The peers, in the order they are measured. */
export const peerSpecs: Readonly<Record<PeerName, PeerSpec>> = {
  "tfjs-webgpu": {
    title: "tfjs-webgpu",
    forward: (folder) => ["-A", script("tfjs.ts"), "webgpu", folder],
    training: () => ["-A", script("tfjs.ts"), "webgpu"],
    trains: (task) =>
      task.kind === "head" ||
      task.norms === "folded" && task.name !== "ResNet-50",
  },
  "onnxruntime": {
    title: "onnxruntime-web WebGPU",
    forward: (folder) => ["-A", script("onnxruntime.ts"), folder],
  },
  "tfjs-wasm": {
    title: "tfjs-wasm",
    forward: (folder) => ["-A", script("tfjs.ts"), "wasm", folder],
    training: () => ["-A", script("tfjs.ts"), "wasm"],
    // It has no gradient of a filter.
    trains: ({ kind }) => kind === "head",
  },
  "tensorflow": {
    title: "TensorFlow CPU",
    forward: (folder, path) =>
      python("tensorflow_peer.py", { path, args: [folder] }),
    training: (path) => python("tensorflow_peer.py", { path }),
    trains: ({ kind }) => kind === "head",
  },
  "keras": {
    title: "Keras",
    training: (path) => python("keras_peer.py", { path }),
    trains: ({ kind }) => kind === "network",
  },
  "jax-js": {
    title: "jax-js",
    training: () => ["-A", script("jax.ts")],
    trains: (task) => task.kind === "head" || task.name === "small CNN",
  },
  "burn": {
    title: "burn",
    isOnRequest: true,
    training: () => ["-R", "--allow-run=cargo", script("burn.ts")],
    trains: (task) => task.kind === "network" && task.name === "small CNN",
  },
};
