/**
 * What is used of TensorFlow.js.
 *
 * @module
 */
import type { GraphModel } from "./graph_model.ts";

/** Values on its device. */
export interface Tensor {
  /** Copies them here. */
  data(): Promise<Float32Array>;
  /** Frees them. */
  dispose(): void;
}

/** A network of layers. */
export interface TfjsModel {
  /** Says how it is trained. */
  compile(options: { optimizer: unknown; loss: string }): void;
  /** Trains it. */
  fit(x: Tensor, y: Tensor, options: {
    epochs: number;
    batchSize: number;
    verbose: 0;
    yieldEvery: "never";
  }): Promise<unknown>;
  /** Values of all its weights. */
  countParams(): number;
}

/** Makes a layer. */
export type Layer = (options: Readonly<Record<string, unknown>>) => unknown;

/** What is used of it. */
export interface Tfjs {
  /** Chooses what computes. */
  setBackend(name: string): Promise<boolean>;
  /** What computes. */
  getBackend(): string;
  /** Waits until it can. */
  ready(): Promise<void>;
  /** Copies values to the device. */
  tensor(values: Float32Array, shape: readonly number[]): Tensor;
  /** Seeded by the time of day. */
  randomUniform(shape: readonly number[]): Tensor;
  /** Rows with a 1 at each index. */
  oneHot(indices: Tensor, depth: number): Tensor;
  /** Whole numbers. */
  tensor1d(values: readonly number[], type: "int32"): Tensor;
  /** Layers one behind the other. */
  sequential(options: { layers: readonly unknown[] }): TfjsModel;
  /** Reads a graph model. */
  loadGraphModel(
    source: unknown,
  ): Promise<
    {
      execute(inputs: Readonly<Record<string, Tensor>>, output: string): Tensor;
    }
  >;
  /** Where models come from. */
  readonly io: {
    fromMemory(artifacts: GraphModel & { weightData: ArrayBuffer }): unknown;
  };
  /** Its layers that are used. */
  readonly layers: Readonly<
    Record<
      | "conv2d"
      | "depthwiseConv2d"
      | "maxPooling2d"
      | "globalAveragePooling2d"
      | "flatten"
      | "dense"
      | "dropout"
      | "reLU",
      Layer
    >
  >;
  /** Optimizers by the rate of learning. */
  readonly train: { sgd(rate: number): unknown; adam(rate: number): unknown };
}

/**
 * Loads it with a backend.
 *
 * @throws {Error} if it falls back to another.
 */
export async function openTfjs(backend: string): Promise<Tfjs> {
  const load = (name: string) => import(name);
  const tf: Tfjs = await load("@tensorflow/tfjs");
  await load(`@tensorflow/tfjs-backend-${backend}`);
  await tf.setBackend(backend);
  await tf.ready();
  if (tf.getBackend() !== backend) {
    throw new Error(`tfjs fell back to ${tf.getBackend()}`);
  }
  return tf;
}
