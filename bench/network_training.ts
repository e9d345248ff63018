/**
 * Whole networks that are trained, by ours and by peers.
 *
 * @module
 */
import { openSession } from "../src/gpu/mod.ts";
import {
  elementCount,
  type Graph,
  LayerGraph,
  layersOf,
  tensorOf,
} from "../src/graph/mod.ts";
import { forwardPasses, optimise } from "../src/passes/mod.ts";
import { nativeBase } from "../src/run/native_network.ts";
import {
  fixedRows,
  toVariables,
  trainableOf,
  trainNetwork,
} from "../src/train/mod.ts";

/** Networks that are trained, in the order they are measured. */
export const benchNetworkNames = [
  "small CNN",
  "MobileNet 0.25",
  "ResNet-50",
] as const;

/** One of {@linkcode benchNetworkNames}. */
export type BenchNetworkName = typeof benchNetworkNames[number];

/** A network and the problem it is trained on. */
export interface BenchNetwork {
  /** What `--mode scratch --model` calls it. */
  readonly native: string;
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
}

/** What is trained, all layers, by Adam. */
export const benchNetworks: Readonly<Record<BenchNetworkName, BenchNetwork>> = {
  "small CNN": {
    ...{ native: "small-cnn", batch: 64, size: 28, channels: 1, classes: 10 },
    steps: 32,
  },
  "MobileNet 0.25": {
    ...{ native: "mobilenet-v1", batch: 16, size: 128, channels: 3 },
    ...{ classes: 5, steps: 16 },
  },
  "ResNet-50": {
    ...{ native: "resnet-50-keras", batch: 16, size: 160, channels: 3 },
    ...{ classes: 5, steps: 1 },
  },
};

/**
 * What becomes of batch norms: `folded`, as a frozen graph is fine-tuned, or
 * `trained`, by the statistics of each batch, as a network is trained from nothing.
 */
export type Norms = "folded" | "trained";

/** A network with its head, the small CNN's as the Keras tutorial has it. */
export function buildNetwork(
  name: BenchNetworkName,
  { norms }: { norms: Norms },
): Graph {
  const { native, batch, size, classes } = benchNetworks[name];
  const from = nativeBase({ name: native, size }, { seed: 0, batch });
  const layers = new LayerGraph({ seed: 1, from });
  let x = from.outputs[0];
  if (name === "small CNN") {
    x = layers.dense("dense", x, { units: 64, activation: "relu" });
    x = layers.dropout("dropout", x, 0.5);
  }
  const graph = layers.finish(layers.dense("logits", x, { units: classes }));
  if (norms === "trained") return optimise(graph, { without: forwardPasses });
  const frozen = new Map([...graph.tensors].map(([key, tensor]) => {
    const { variable, ...rest } = tensor;
    return [key, variable ? { ...rest, constant: variable } : tensor];
  }));
  const folded = optimise({ ...graph, tensors: frozen }, {
    without: forwardPasses,
  });
  // Not what scales pixels, though it is a batch norm to the passes.
  const layerNames = new Set(layersOf(graph).map(({ name }) => name));
  return toVariables(folded, (node) => layerNames.has(node.name));
}

/** Values that are trained. */
export function parametersOf(
  name: BenchNetworkName,
  { norms }: { norms: Norms },
): number {
  const network = buildNetwork(name, { norms });
  return trainableOf(network).reduce(
    (sum, variable) => sum + elementCount(tensorOf(network, variable).shape),
    0,
  );
}

/** A training that stands still between two measurements. */
export interface OpenTraining {
  /** Trains some steps more: images a second, without what compiling took. */
  rate(): Promise<number>;
  /** Ends it and frees everything. */
  close(): Promise<void>;
}

/** Compiles a training in a session of its own, for networks call their variables alike, and warms it up. */
export async function openTraining(
  name: BenchNetworkName,
  { norms = "folded", steps = benchNetworks[name].steps, signal }: {
    /** [folded] */
    norms?: Norms;
    /** That a rate is of [the network's]. */
    steps?: number;
    signal?: AbortSignal;
  } = {},
): Promise<OpenTraining> {
  const { batch } = benchNetworks[name];
  const session = await openSession();
  const closing = new AbortController();
  const turns = new Turns();
  let newest = 0;
  const network = buildNetwork(name, { norms });
  const training = trainNetwork({
    session,
    network,
    loss: { kind: "softmax" },
    train: noise(benchNetworks[name]),
    stages: [{
      variables: trainableOf(network),
      settings: {
        optimizer: "adam",
        schedule: "constant",
        rate: 1e-4,
        weightDecay: 0,
        steps: 1e9,
      },
    }],
    seed: 0,
    stepsPerEvaluation: steps,
    // All that was asked for is told before it goes on from a checkpoint.
    patience: Infinity,
    checkpoints: {
      async save({ step }) {
        if (step > 0) await turns.wait();
        return `${step}`;
      },
    },
    signal: signal ? AbortSignal.any([signal, closing.signal]) : closing.signal,
    onEvent(event) {
      if (event.event === "step") newest = performance.now();
    },
  });
  const close = async () => {
    closing.abort();
    turns.end();
    // It ends by the reason of the signal.
    await training.catch(() => {});
    await session.close();
  };
  try {
    await Promise.race([turns.waiting(), training]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async rate() {
      const begun = performance.now();
      turns.go();
      await Promise.race([turns.waiting(), training]);
      return 1000 * steps * batch / (newest - begun);
    },
    close,
  };
}

/** Images of numbers that mean nothing, four batches of them. */
function noise({ batch, size, channels, classes }: BenchNetwork) {
  const features = size * size * channels;
  const count = 4 * batch;
  return fixedRows({
    features,
    rows: Float32Array.from(
      { length: count * features },
      (_, index) => index * 7919 % 256,
    ),
    labels: Uint32Array.from({ length: count }, (_, row) => row % classes),
  });
}

/** Two that take turns: one waits until the other lets it go on. */
class Turns {
  #arrived = Promise.withResolvers<void>();
  #released = Promise.withResolvers<void>();
  #isOver = false;

  /** Waits until it may go on. */
  async wait(): Promise<void> {
    if (this.#isOver) return;
    this.#released = Promise.withResolvers();
    this.#arrived.resolve();
    await this.#released.promise;
  }

  /** Resolves once the other waits. */
  waiting(): Promise<void> {
    return this.#arrived.promise;
  }

  /** Lets it go on. */
  go(): void {
    this.#arrived = Promise.withResolvers();
    this.#released.resolve();
  }

  /** Lets it go on for good. */
  end(): void {
    this.#isOver = true;
    this.go();
  }
}
