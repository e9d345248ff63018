import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import fc from "fast-check";
import { assertAllClose, testValues } from "../../kernels/testing.ts";
import { printProgram } from "../../kernels/program.ts";
import { LayerGraph } from "../graph/layers.ts";
import { testRows, testTensor, trainDense } from "./_testing.ts";
import {
  denseBuffer,
  denseNetwork,
  denseOf,
  packPlaces,
  planDenseStep,
} from "./dense_step.ts";
import { resolveRecipe } from "./recipes.ts";
import { optimizerNames } from "./schedule.ts";
import { trainableOf } from "./variables.ts";

/** One dense layer of so many features and classes. */
function testDense(features: number, classes: number) {
  const dense = denseOf(denseNetwork({ features, classes, batch: 1 }));
  if (!dense) throw new Error("A dense layer is one");
  return dense;
}

Deno.test("planDenseStep() is two dispatches a step for few classes, three for many, whatever the optimizer", () => {
  const sizes = { batch: 64, dataRows: 720, steps: 100 };
  for (const optimizer of optimizerNames) {
    for (const [classes, dispatches] of [[2, 2], [8, 2], [9, 3]]) {
      const dense = testDense(2048, classes);
      const { plan: { program } } = planDenseStep(dense, {
        ...sizes,
        optimizer,
      });
      strictEqual(program.steps.length, dispatches, printProgram(program));
    }
  }
});

Deno.test("denseOf() sees one dense layer, and nothing in a network that does more", () => {
  const layers = new LayerGraph();
  const rows = layers.input("rows", [4, 8]);
  const of = (output: string) => denseOf(layers.finish(output));
  const dense = layers.dense("dense", rows, { units: 3 });
  deepStrictEqual(of(dense), {
    features: 8,
    classes: 3,
    weights: "dense/kernel",
    bias: "dense/bias",
  });
  strictEqual(of(layers.dense("more", dense, { units: 3 })), undefined);
  const other = new LayerGraph();
  const inputs = other.input("rows", [4, 8]);
  const activation = "relu";
  const relu = other.dense("relu", inputs, { units: 3, activation });
  strictEqual(denseOf(other.finish(relu)), undefined);
});

Deno.test("denseBuffer() unpacks what it padded to whole vec4s, and takes zero for what is not there", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 20 }),
    fc.integer({ min: 1, max: 9 }),
    (features, classes) => {
      const dense = testDense(features, classes);
      const { bytes, pack, unpack } = denseBuffer(dense, "first");
      const tensors = {
        "head/logits/kernel (first)": testTensor([features, classes], 1),
        "head/logits/bias (first)": testTensor([classes], 2),
      };
      const packed = Float32Array.from(pack(tensors));
      strictEqual(packed.length, bytes / 4);
      deepStrictEqual(unpack(packed), tensors);
      const sizeOf = (values: Float32Array): number =>
        values.reduce((total, value) => total + Math.abs(value), 0);
      const inside = Object.values(tensors).reduce(
        (sum, { data }) => sum + sizeOf(data),
        0,
      );
      ok(Math.abs(sizeOf(packed) - inside) < 1e-4);
      deepStrictEqual(pack({}), new Float32Array(bytes / 4));
    },
  ));
});

Deno.test("packPlaces() begins each step at a whole vec4", () => {
  deepStrictEqual(
    packPlaces(new Uint32Array([7, 8, 9, 10, 11, 12]), 3),
    new Float32Array([7, 8, 9, 0, 10, 11, 12, 0]),
  );
});

for (const optimizer of optimizerNames) {
  Deno.test(`the fused step and the one that is a graph agree: ${optimizer}`, async () => {
    for (const classes of [2, 5, 11]) {
      const train = testRows(40, { classes });
      const { recipe } = resolveRecipe("default", {
        target: "dense",
        trainRows: 40,
        overrides: { steps: 12, batch: 16, optimizer, rate: 0.01 },
      });
      const network = denseNetwork({ features: 30, classes, batch: 16 });
      const options = { train, recipe, network };
      const fused = await trainDense(options);
      // Whatever scales rates has no place in the fused step.
      const graph = await trainDense({
        ...options,
        stages: [{
          variables: trainableOf(network),
          settings: recipe,
          rateScale: () => 1,
        }],
      });
      const losses = ({ steps }: typeof fused) => steps.map(({ loss }) => loss);
      assertAllClose(losses(graph), losses(fused), { relative: 1e-5 });
      assertAllClose(graph.weights, fused.weights, { absolute: 1e-5 });
      assertAllClose(graph.bias, fused.bias, { absolute: 1e-5 });
    }
  });
}

Deno.test("a step of few classes, and one of many, is gradient descent on softmax cross-entropy, as plain loops in f64 have it", async () => {
  const features = 12;
  const rows = 40;
  for (const classes of [3, 8, 9, 21]) {
    const train = {
      features,
      rows: testValues(rows * features),
      labels: Uint32Array.from({ length: rows }, (_, row) => row * 5 % classes),
    };
    const { recipe } = resolveRecipe("classic", {
      target: "dense",
      trainRows: rows,
      overrides: { steps: 20, batch: 19, rate: 0.5 },
    });
    const reference = new PlainHead(features, classes);
    await trainDense({
      train,
      network: denseNetwork({ features, classes, batch: 19 }),
      recipe,
      seed: 3,
      onEvent(event) {
        if (event.event !== "step") return;
        const expected = reference.step(train, {
          batch: event.rows,
          rate: event.rate,
        });
        assertAllClose([event.loss], [expected], { relative: 1e-5 });
      },
    });
    strictEqual(reference.steps, 20);
  }
});

/** A dense layer under softmax, in f64. */
class PlainHead {
  steps = 0;
  readonly #weights: number[][];
  readonly #classes: number;

  constructor(features: number, classes: number) {
    this.#classes = classes;
    // The bias is the weight of a feature that is always 1.
    this.#weights = Array.from(
      { length: features + 1 },
      () => new Array<number>(classes).fill(0),
    );
  }

  /** Mean loss before the update. */
  step(
    { features, rows, labels }: {
      features: number;
      rows: Float32Array;
      labels: Uint32Array;
    },
    { batch, rate }: { batch: Uint32Array; rate: number },
  ): number {
    this.steps++;
    let loss = 0;
    const slopes = this.#weights.map((row) => row.map(() => 0));
    for (const row of batch) {
      const x = [...rows.subarray(row * features, (row + 1) * features), 1];
      const powers = Array.from(
        { length: this.#classes },
        (_, c) =>
          Math.exp(x.reduce((z, v, k) => z + v * this.#weights[k][c], 0)),
      );
      const sum = powers.reduce((total, power) => total + power, 0);
      loss -= Math.log(powers[labels[row]] / sum) / batch.length;
      for (const [k, value] of x.entries()) {
        for (const [c, power] of powers.entries()) {
          const truth = c === labels[row] ? 1 : 0;
          slopes[k][c] += value * (power / sum - truth) / batch.length;
        }
      }
    }
    for (const [k, row] of this.#weights.entries()) {
      for (const c of row.keys()) row[c] -= rate * slopes[k][c];
    }
    return loss;
  }
}
