import { strictEqual } from "@std/assert";
import {
  assertAllClose,
  testSession,
  testValues,
} from "../../kernels/testing.ts";
import { printProgram } from "../../kernels/program.ts";
import { trainingPlan } from "./head_step.ts";
import { trainHead } from "./train_head.ts";
import { resolveRecipe } from "./recipes.ts";

Deno.test("trainingPlan() is two dispatches a step for few classes, three for many, whatever the optimizer", () => {
  const shape = { features: 2048, batch: 64, dataRows: 720, steps: 100 };
  for (const optimizer of ["sgd", "momentum", "adam", "adamw"] as const) {
    for (const [classes, dispatches] of [[2, 2], [8, 2], [9, 3]]) {
      const { program } = trainingPlan({ ...shape, classes }, { optimizer });
      strictEqual(program.steps.length, dispatches, printProgram(program));
    }
  }
});

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
      trainRows: rows,
      overrides: { steps: 20, batch: 19, rate: 0.5 },
    });
    const reference = new PlainHead(features, classes);
    await trainHead({
      session: await testSession(),
      train,
      classes,
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
