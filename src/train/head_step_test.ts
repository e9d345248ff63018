import { strictEqual } from "@std/assert";
import { testSession, testValues } from "../../kernels/testing.ts";
import { printProgram } from "../plan/program.ts";
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

Deno.test("a head of eight classes learns as one of nine does whose last never occurs", async () => {
  const features = 12;
  const rows = 40;
  const train = {
    features,
    rows: testValues(rows * features),
    labels: Uint32Array.from({ length: rows }, (_, row) => row * 3 % 8),
  };
  const { recipe } = resolveRecipe("classic", {
    trainRows: rows,
    overrides: { steps: 20, batch: 19, rate: 0.5 },
  });
  const lossesOf = async (classes: number) => {
    const losses: number[] = [];
    await trainHead({
      session: await testSession(),
      train,
      classes,
      recipe,
      seed: 3,
      onEvent: (event) => {
        if (event.event === "step") losses.push(event.loss);
      },
    });
    return losses;
  };
  const [few, many] = [await lossesOf(8), await lossesOf(9)];
  strictEqual(few.length, 20);
  strictEqual(Math.abs(few[0] - Math.log(8)) < 1e-6, true);
  strictEqual(Math.abs(many[0] - Math.log(9)) < 1e-6, true);
  // The class too many only begins with a share of the probability.
  strictEqual(
    few.every((loss, step) => Math.abs(loss - many[step]) < 0.2),
    true,
  );
});
