import { deepStrictEqual, strictEqual, throws } from "@std/assert";
import { parseRecipe, recipeNames } from "./recipes.ts";
import { networkModes, resolveNetworkRecipe } from "./network_recipes.ts";

const common = { scaleRows: false, overrides: {} } as const;

Deno.test("resolveNetworkRecipe() takes 10 epochs, or 3 of many rows, or what is asked for", () => {
  const steps = (
    trainRows: number,
    overrides: { epochs?: number; steps?: number } = {},
  ) =>
    resolveNetworkRecipe("default", {
      ...common,
      mode: "scratch",
      trainRows,
      overrides,
    }).recipe.steps;
  strictEqual(steps(8000), 750);
  strictEqual(steps(500), 160);
  strictEqual(steps(500, { epochs: 2 }), 32);
  strictEqual(steps(500, { steps: 7 }), 7);
  throws(() => steps(500, { steps: 7, epochs: 1 }), /--steps and --epochs say/);
});

Deno.test("resolveNetworkRecipe() lowers the batch to the data, with steps to match", () => {
  const { recipe, note } = resolveNetworkRecipe("onecycle", {
    ...common,
    mode: "finetune",
    trainRows: 5,
  });
  deepStrictEqual([recipe.batch, recipe.steps], [5, 10]);
  deepStrictEqual([recipe.rate, recipe.weightDecay], [1e-4, 1e-4]);
  strictEqual(recipe.framework, "pytorch");
  strictEqual(note?.startsWith("the batch is 5 instead of 16"), true);
});

Deno.test("resolveNetworkRecipe() takes a schedule and a decay over the recipe's", () => {
  const { recipe } = resolveNetworkRecipe("default", {
    ...common,
    mode: "scratch",
    trainRows: 100,
    overrides: { schedule: "step", weightDecay: 0.25, optimizer: "sgd" },
  });
  strictEqual(recipe.schedule, "step");
  strictEqual(recipe.weightDecay, 0.25);
  const { recipe: adamw } = resolveNetworkRecipe("default", {
    ...common,
    mode: "scratch",
    trainRows: 100,
    overrides: { optimizer: "adamw" },
  });
  strictEqual(adamw.weightDecay, 0.01);
});

Deno.test("parseRecipe() reads every recipe of networks back from JSON", () => {
  for (const name of recipeNames) {
    for (const mode of networkModes) {
      const { recipe } = resolveNetworkRecipe(name, {
        ...common,
        mode,
        trainRows: 99,
      });
      strictEqual(recipe.name, name);
      deepStrictEqual(parseRecipe(JSON.parse(JSON.stringify(recipe))), recipe);
    }
  }
});
