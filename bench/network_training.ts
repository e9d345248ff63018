/**
 * Whole networks that are trained, by ours and by peers.
 *
 * @module
 */
import { mobilenetV1, smallCnn } from "../models/networks.ts";
import { openSession, type Session } from "../src/gpu/mod.ts";
import { elementCount, type Graph, tensorOf } from "../src/graph/ir.ts";
import { LayerGraph } from "../src/graph/layers.ts";
import { forwardPasses, optimise } from "../src/passes/mod.ts";
import {
  fixedRows,
  toVariables,
  trainableOf,
  trainNetwork,
} from "../src/train/mod.ts";

/** Networks that are trained, in the order they are measured. */
export const benchNetworkNames = ["small CNN", "MobileNet 0.25"] as const;

/** One of {@linkcode benchNetworkNames}. */
export type BenchNetworkName = typeof benchNetworkNames[number];

/** A network and the problem it is trained on. */
export interface BenchNetwork {
  /** Images of a batch. */
  readonly batch: number;
  /** Height and width of an image, in pixels. */
  readonly size: number;
  /** Of an image. */
  readonly channels: number;
  /** Of the problem. */
  readonly classes: number;
  /** Steps of ours that are timed together. */
  readonly steps: number;
  /** Steps of a peer that are timed together. */
  readonly peerSteps: number;
}

/** What is trained, all layers, by Adam. */
export const benchNetworks: Readonly<Record<BenchNetworkName, BenchNetwork>> = {
  "small CNN": {
    ...{ batch: 64, size: 28, channels: 1, classes: 10 },
    ...{ steps: 32, peerSteps: 4 },
  },
  "MobileNet 0.25": {
    ...{ batch: 16, size: 128, channels: 3, classes: 5 },
    ...{ steps: 16, peerSteps: 4 },
  },
};

/** The small CNN as the Keras tutorial has it; MobileNet with its batch norms folded, as a frozen graph is tuned. */
function buildNetwork(name: BenchNetworkName): Graph {
  const { batch, size, classes } = benchNetworks[name];
  const options = { batch, size, seed: 0 };
  const isSmall = name === "small CNN";
  const from = isSmall ? smallCnn(options) : mobilenetV1(options);
  const layers = new LayerGraph({ seed: 1, from });
  let x = from.outputs[0];
  if (isSmall) {
    x = layers.dense("dense", x, { units: 64, activation: "relu" });
    x = layers.dropout("dropout", x, 0.5);
  }
  const graph = layers.finish(layers.dense("logits", x, { units: classes }));
  const frozen = new Map([...graph.tensors].map(([key, tensor]) => {
    const { variable, ...rest } = tensor;
    return [key, variable ? { ...rest, constant: variable } : tensor];
  }));
  const folded = optimise({ ...graph, tensors: frozen }, {
    without: forwardPasses,
  });
  return toVariables(folded, () => true);
}

/** Values that are trained. */
export function parametersOf(name: BenchNetworkName): number {
  const network = buildNetwork(name);
  return trainableOf(network).reduce(
    (sum, variable) => sum + elementCount(tensorOf(network, variable).shape),
    0,
  );
}

/** A rate measured in a session of its own: networks call their variables alike. */
export async function freshNetworkRate(
  name: BenchNetworkName,
  options: { signal?: AbortSignal } = {},
): Promise<number> {
  const session = await openSession();
  try {
    return await networkRate(session, name, options);
  } finally {
    await session.close();
  }
}

/** Images a second of training: by how much one of so many steps more is longer. */
async function networkRate(
  session: Session,
  name: BenchNetworkName,
  { signal }: { signal?: AbortSignal } = {},
): Promise<number> {
  const { batch, size, channels, classes, steps } = benchNetworks[name];
  const network = buildNetwork(name);
  const warmUp = steps / 4;
  const features = size * size * channels;
  const count = 4 * batch;
  const train = fixedRows({
    features,
    rows: Float32Array.from(
      { length: count * features },
      (_, index) => index * 7919 % 256,
    ),
    labels: Uint32Array.from({ length: count }, (_, row) => row % classes),
  });
  const timeOf = async (steps: number) => {
    const begun = performance.now();
    await trainNetwork({
      session,
      network,
      loss: { kind: "softmax" },
      train,
      stages: [{
        variables: trainableOf(network),
        settings: {
          optimizer: "adam",
          schedule: "constant",
          rate: 1e-4,
          weightDecay: 0,
          steps,
        },
      }],
      seed: 0,
      stepsPerEvaluation: warmUp,
      signal,
    });
    return performance.now() - begun;
  };
  // Compiles everything.
  await timeOf(1);
  const few = await timeOf(warmUp);
  return 1000 * steps * batch / (await timeOf(warmUp + steps) - few);
}
