import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import { testSession, testValues } from "../kernels/testing.ts";
import { elementCount, tensorOf } from "../src/graph/ir.ts";
import { LayerGraph } from "../src/graph/layers.ts";
import { fixedRows } from "../src/train/row_source.ts";
import { trainNetwork } from "../src/train/trainer.ts";
import { trainableOf } from "../src/train/variables.ts";
import golden from "../tests/golden/keras_layers.json" with { type: "json" };
import { mobilenetLayers, mobilenetV1, smallCnn } from "./networks.ts";

Deno.test("smallCnn() has the layers of the Keras tutorial, from weights that the seed decides", () => {
  const graph = smallCnn({ batch: 2, size: 28, seed: 0 });
  deepStrictEqual(tensorOf(graph, graph.outputs[0]).shape, [2, 1600]);
  deepStrictEqual(
    trainableOf(graph).map((name) => [name, tensorOf(graph, name).shape]),
    [
      ["conv_1/kernel", [3, 3, 1, 32]],
      ["conv_1/bias", [32]],
      ["conv_2/kernel", [3, 3, 32, 64]],
      ["conv_2/bias", [64]],
    ],
  );
  const kernel = (seed: number) =>
    tensorOf(smallCnn({ batch: 2, size: 28, seed }), "conv_2/kernel")
      .variable?.read() ?? new Float32Array();
  // Glorot's limit for 9 * 32 inputs and 9 * 64 outputs.
  const limit = Math.sqrt(6 / (9 * 96));
  const largest = Math.max(...kernel(0).map(Math.abs));
  ok(largest <= limit && largest > 0.99 * limit);
  deepStrictEqual(kernel(0), kernel(0));
  ok(kernel(1)[0] !== kernel(0)[0]);
});

Deno.test("mobilenetV1() has the parameters of Keras's without its classifier", () => {
  const graph = mobilenetV1({ batch: 1, size: 128, seed: 0 });
  deepStrictEqual(tensorOf(graph, graph.outputs[0]).shape, [1, 256]);
  const parameters = trainableOf(graph)
    .reduce((sum, name) => sum + elementCount(tensorOf(graph, name).shape), 0);
  // MobileNet(alpha=0.25, include_top=False): 218,544 of which 5,472 are statistics.
  strictEqual(parameters, 218_544 - 5_472);
});

Deno.test("mobilenetV1() learns a tiny set, and finds in it by moving averages what it learnt by those of batches", async () => {
  const [batch, size, steps] = [16, 32, 24];
  const base = mobilenetV1({ batch, size, seed: 0 });
  const layers = new LayerGraph({ seed: 1, from: base });
  const logits = layers.dense("logits", base.outputs[0], { units: 2 });
  const network = layers.finish(logits);
  // Noise whose left or right half is brighter.
  const features = size * size * 3;
  const labels = Uint32Array.from({ length: batch }, (_, row) => row % 2);
  const rows = testValues(batch * features).map((noise, at) => {
    const isRight = Math.floor(at / 3) % size >= size / 2;
    const isBright = Number(isRight) === labels[Math.floor(at / features)];
    return 100 + 50 * noise + (isBright ? 50 : 0);
  });
  const source = fixedRows({ rows, features, labels });
  const { steps: updates, evaluations } = await trainNetwork({
    session: await testSession(),
    network,
    loss: { kind: "softmax" },
    train: source,
    validation: source,
    stages: [{
      variables: trainableOf(network),
      settings: {
        optimizer: "adam",
        schedule: "cosine",
        rate: 0.003,
        weightDecay: 0,
        steps,
      },
    }],
    seed: 0,
    stepsPerEvaluation: steps,
  });
  const [{ validationLoss, validationAccuracy }] = evaluations;
  const { loss } = updates[steps - 1];
  strictEqual(validationAccuracy, 1);
  ok(Math.abs(validationLoss - loss) < 0.05, `${validationLoss}, ${loss}`);
  ok(loss < 0.1, `${loss}`);
});

Deno.test("mobilenetLayers are those of Keras's MobileNet, in its order", () => {
  deepStrictEqual(
    mobilenetLayers.map(([keras]) => keras).slice(1),
    golden.mobilenet.slice(1),
  );
});

Deno.test("mobilenetLayers name our layers for what Keras's are a part of", () => {
  const { nodes } = mobilenetV1({ batch: 1, size: 32, seed: 0 });
  const names = new Set(nodes.map(({ name }) => name)).add("images");
  deepStrictEqual(mobilenetLayers.filter(([, ours]) => !names.has(ours)), []);
  const twentieth = mobilenetLayers[19];
  deepStrictEqual(twentieth, ["conv_dw_3_relu", "depthwise_3_norm"]);
});
