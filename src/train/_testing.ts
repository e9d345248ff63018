/**
 * Small problems that the tests of this room share.
 */
import { testSession, testValues } from "../../kernels/testing.ts";
import type { Tensor32 } from "../bytes/safetensors.ts";
import {
  elementCount,
  type Graph,
  type Node,
  type Shape,
  tensorOf,
} from "../graph/ir.ts";
import { forwardPasses, optimise } from "../passes/mod.ts";
import { GraphSketch } from "../passes/testing.ts";
import { variableBuffer } from "../plan/plan.ts";
import type { Values } from "../plan/testing.ts";
import { denseNetwork } from "./dense_step.ts";
import { fixedRows, type LabelledRows, type RowSource } from "./row_source.ts";
import type { TrainNetworkOptions } from "./stage.ts";
import type { Recipe } from "./schedule.ts";
import { trainNetwork } from "./trainer.ts";
import { stepInputs, type TrainingStep } from "./training_step.ts";
import {
  initialTensors,
  toVariables,
  trainableOf,
  withValues,
} from "./variables.ts";

/** Rows whose class shows: class `c` has larger values at its own features. */
export function testRows(
  count: number,
  { features = 30, classes = 5, signal = 1, seed = 1 } = {},
): LabelledRows {
  const rows = testValues(count * features, seed);
  const labels = Uint32Array.from({ length: count }, (_, r) => r * 3 % classes);
  labels.forEach((label, r) => {
    for (let k = label; k < features; k += classes) {
      rows[r * features + k] += signal;
    }
  });
  return { rows, features, labels };
}

/** Feeds of a training step: numbers for the inputs, and variables' initial values by buffer name. */
export function stepFeeds(
  step: TrainingStep,
  { data, batches, labels, schedule, done = 0 }: {
    data: Float32Array;
    batches: Uint32Array<ArrayBuffer>;
    labels: Uint32Array<ArrayBuffer>;
    schedule: Float32Array;
    /** Steps before this one [0]. */
    done?: number;
  },
): Values {
  const variables = Object.entries(initialTensors(step.graph));
  return {
    [stepInputs.data]: data,
    [stepInputs.batches]: new Float32Array(batches.buffer),
    [stepInputs.labels]: new Float32Array(labels.buffer),
    [stepInputs.schedule]: schedule,
    [stepInputs.counter]: new Float32Array(1),
    [stepInputs.start]: new Float32Array(Uint32Array.of(done).buffer),
    ...Object.fromEntries(
      variables.map((
        [name, { data }],
      ) => [variableBuffer(name, data.length), data]),
    ),
  };
}

/** Batch, height and width of the images, and classes of {@linkcode testNetwork}. */
export const [batch, size, classes] = [8, 6, 3];

/** A convolution, dropout and a dense layer, from small weights. */
export function testNetwork(
  rate = 0,
  { channels = 4, isTrained = () => true }: {
    channels?: number;
    isTrained?: (node: Node) => boolean;
  } = {},
): Graph {
  const sketch = new GraphSketch();
  const images = sketch.input("images", [batch, size, size, 1]);
  const hidden = sketch.unary(
    "relu",
    sketch.bias(sketch.conv(images, { channels, size: 3 })),
  );
  const pooled = sketch.pool("max_pool", hidden, { size: 2, stride: 2 });
  const flat = sketch.reshape(pooled, [batch, 9 * channels]);
  const logits = sketch.bias(sketch.matmul(flat, classes));
  const graph = optimise(sketch.finish(logits), { without: forwardPasses });
  const [dense] = graph.nodes.filter(({ op }) => op === "matmul");
  const dropped = { ...dense, inputs: ["dropped", ...dense.inputs.slice(1)] };
  const trained = toVariables({
    ...graph,
    tensors: new Map(graph.tensors).set("dropped", {
      name: "dropped",
      shape: [batch, 9 * channels],
      dtype: "f32",
    }),
    nodes: graph.nodes.flatMap((node) =>
      node !== dense ? [node] : [{
        op: "dropout",
        name: "dropped",
        inputs: [dense.inputs[0]],
        outputs: ["dropped"],
        attributes: { rate, seed: 0, stream: 0, afterLoss: false },
      }, dropped]
    ),
  }, isTrained);
  const values = Object.fromEntries(
    trainableOf(trained).map((name, index) => [
      name,
      testTensor(tensorOf(trained, name).shape, index + 1),
    ]),
  );
  return withValues(trained, values);
}

/** Small values of a shape. */
export function testTensor(shape: Shape, seed: number): Tensor32 {
  const data = testValues(elementCount(shape), seed).map((value) => value / 3);
  return { shape, data };
}

/** Images whose class shows in one row of pixels. */
export function testImages(count: number, seed = 1): RowSource {
  const features = size * size;
  const rows = testValues(count * features, seed);
  const labels = Uint32Array.from({ length: count }, (_, row) => row % classes);
  labels.forEach((label, row) => {
    const line = row * features + (2 * label + 1) * size;
    for (let x = 0; x < size; x++) rows[line + x] += 1.5;
  });
  return fixedRows({ rows, features, labels });
}

/** Adam at a rate that does not change. */
export const adam = {
  optimizer: "adam",
  schedule: "constant",
  rate: 0.02,
  weightDecay: 0,
} as const;

/** Trains {@linkcode testNetwork} in two stages: its last layer, then all. */
export async function networkOptions(
  given: Partial<TrainNetworkOptions> = {},
): Promise<TrainNetworkOptions> {
  const graph = given.network ?? testNetwork(0.25);
  const names = trainableOf(graph);
  return {
    session: await testSession(),
    network: graph,
    loss: { kind: "softmax" },
    train: testImages(50),
    stages: [
      { variables: names.slice(-2), settings: { ...adam, steps: 9 } },
      { variables: names, settings: { ...adam, steps: 21, rate: 0.01 } },
    ],
    seed: 3,
    ...given,
  };
}

/** Classes of {@linkcode trainDense}. */
export const denseClasses = 5;

/** Trains one dense layer by a recipe; tells its weights and bias too. */
export async function trainDense(
  { train, validation, recipe, ...options }:
    & Partial<Omit<TrainNetworkOptions, "train" | "validation">>
    & {
      train: LabelledRows;
      validation?: LabelledRows;
      recipe: Recipe;
    },
) {
  const { features } = train;
  const network = options.network ??
    denseNetwork({ features, classes: denseClasses, batch: recipe.batch });
  const [weights, bias] = trainableOf(network);
  const [classes] = tensorOf(network, bias).shape;
  const source = (rows: LabelledRows) =>
    fixedRows(rows, { classes, scale: recipe.scaleRows });
  const trained = await trainNetwork({
    session: await testSession(),
    network,
    loss: { kind: "softmax" },
    train: source(train),
    validation: validation && source(validation),
    stages: [{ variables: [weights, bias], settings: recipe }],
    seed: 7,
    stepsPerEvaluation: recipe.stepsPerEvaluation,
    ...options,
  });
  const { values } = trained;
  return { ...trained, weights: values[weights].data, bias: values[bias].data };
}
