/**
 * The peers by name, and how each is started.
 *
 * @module
 */
import type { BenchNetworkName } from "../network_training.ts";

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

/** What may be trained. */
export type PeerTask = "head" | BenchNetworkName;

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
  /** What it trains, and how. */
  readonly training?: {
    readonly tasks: readonly PeerTask[];
    args(python: string): Arguments;
  };
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
    training: {
      tasks: ["head", "small CNN", "MobileNet 0.25"],
      args: () => ["-A", script("tfjs.ts"), "webgpu"],
    },
  },
  "onnxruntime": {
    title: "onnxruntime-web WebGPU",
    forward: (folder) => ["-A", script("onnxruntime.ts"), folder],
  },
  "tfjs-wasm": {
    title: "tfjs-wasm",
    forward: (folder) => ["-A", script("tfjs.ts"), "wasm", folder],
    // It has no gradient of a filter.
    training: {
      tasks: ["head"],
      args: () => ["-A", script("tfjs.ts"), "wasm"],
    },
  },
  "tensorflow": {
    title: "TensorFlow CPU",
    forward: (folder, path) =>
      python("tensorflow_peer.py", { path, args: [folder] }),
    training: {
      tasks: ["head"],
      args: (path) => python("tensorflow_peer.py", { path }),
    },
  },
  "keras": {
    title: "Keras",
    training: {
      tasks: ["small CNN", "MobileNet 0.25"],
      args: (path) => python("keras_peer.py", { path }),
    },
  },
  "jax-js": {
    title: "jax-js",
    training: {
      tasks: ["head", "small CNN"],
      args: () => ["-A", script("jax.ts")],
    },
  },
  "burn": {
    title: "burn",
    isOnRequest: true,
    training: {
      tasks: ["small CNN"],
      args: () => ["-R", "--allow-run=cargo", script("burn.ts")],
    },
  },
};
