/** The recipe `classic` against the tutorial's loop in TensorFlow; `golden/classic.py` asked it. */
import { deepStrictEqual, strictEqual } from "@std/assert";
import { assertAllClose, testSession, testValues } from "../kernels/testing.ts";
import { LayerGraph } from "../src/graph/layers.ts";
import {
  fixedRows,
  resolveRecipe,
  stepsPerEpoch,
  trainableOf,
  trainNetwork,
} from "../src/train/mod.ts";
import golden from "./golden/classic.json" with { type: "json" };

const [count, features, classes, seed] = [200, 48, 4, 7];

/** The rows of golden/classic.py. */
function goldenRows() {
  const rows = testValues(count * features).map(Math.abs);
  const labels = Uint32Array.from(
    { length: count },
    (_, row) => row * 3 % classes,
  );
  for (const [row, label] of labels.entries()) {
    for (let at = label; at < features; at += classes) {
      rows[row * features + at] += 0.5;
    }
  }
  return fixedRows({ rows, features, labels });
}

Deno.test("the recipe classic has the mean losses of TensorFlow's loop in each of its 1,001 epochs, from the same Glorot start", async () => {
  const session = await testSession();
  const { recipe: { order, batch, ...recipe } } = resolveRecipe("classic", {
    target: "dense",
    trainRows: count,
  });
  const layers = new LayerGraph({ seed });
  const rows = layers.input("features", [batch, features]);
  const logits = layers.dense("head/logits", rows, { units: classes });
  const network = layers.finish(logits);
  const train = goldenRows();
  const { values, steps, evaluations } = await trainNetwork({
    session,
    network,
    loss: { kind: "softmax" },
    train,
    validation: train,
    stages: [{ variables: trainableOf(network), settings: recipe }],
    order,
    seed,
    stepsPerEvaluation: recipe.stepsPerEvaluation,
    firstEvaluation: recipe.firstEvaluation,
  });
  const epochSteps = stepsPerEpoch({ batch, order: "fixed" }, count);
  deepStrictEqual(
    steps.map(({ rows }) => [...rows]),
    Array.from(
      { length: 1001 * epochSteps },
      (_, step) => golden.order[step % epochSteps],
    ),
  );
  const means = golden.losses.map((_, epoch) =>
    steps.slice(epoch * epochSteps, (epoch + 1) * epochSteps)
      .reduce((sum, { loss }) => sum + loss, 0) / epochSteps
  );
  strictEqual(means.length, 1001);
  assertAllClose(means, golden.losses, { absolute: 1e-5 });
  assertAllClose(values["head/logits/kernel"].data, golden.weights, {
    absolute: 1e-5,
  });
  assertAllClose(values["head/logits/bias"].data, golden.bias, {
    absolute: 1e-5,
  });
  deepStrictEqual(
    evaluations.map(({ step }) => step / epochSteps - 1),
    Array.from({ length: 11 }, (_, index) => index * 100),
  );
});
