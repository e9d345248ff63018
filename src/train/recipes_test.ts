import { deepStrictEqual, match, ok, strictEqual, throws } from "@std/assert";
import { checkRecord } from "../bytes/record.ts";
import { UsageError } from "../errors.ts";
import {
  networkModes,
  type RecipeOverrides,
  recipeSchema,
  resolveRecipe,
} from "./recipes.ts";
import {
  countsEpochs,
  epochAfter,
  type RecipeName,
  recipeNames,
} from "./schedule.ts";

Deno.test("resolveRecipe() takes flags over the recipe, and decay only with adamw", () => {
  const overrides = {
    optimizer: "momentum",
    schedule: "step",
    rate: 0.5,
    steps: 7,
    batch: 3,
  };
  const { recipe } = resolveRecipe("default", {
    target: "dense",
    trainRows: 10,
    overrides: { ...overrides, optimizer: "momentum", schedule: "step" },
  });
  deepStrictEqual({ ...recipe, ...overrides }, recipe);
  strictEqual(recipe.weightDecay, 0);
  const { recipe: decaying } = resolveRecipe("classic", {
    target: "dense",
    trainRows: 100,
    overrides: { optimizer: "adamw" },
  });
  strictEqual(decaying.weightDecay, 0.1);
});

Deno.test("resolveRecipe() decays weights as asked, with any optimizer", () => {
  const decay = (
    optimizer: "adamw" | "sgd",
    weightDecay: number,
  ) =>
    resolveRecipe("default", {
      target: "dense",
      trainRows: 100,
      overrides: { optimizer, weightDecay },
    }).recipe.weightDecay;
  strictEqual(decay("adamw", 0.5), 0.5);
  strictEqual(decay("adamw", 0), 0);
  strictEqual(decay("sgd", 0), 0);
  strictEqual(decay("sgd", 0.5), 0.5);
  throws(() => decay("adamw", -1), UsageError);
});

Deno.test("resolveRecipe() lowers a recipe's batch to the rows there are, and says so", () => {
  const { recipe, note } = resolveRecipe("default", {
    target: "dense",
    trainRows: 10,
  });
  strictEqual(recipe.batch, 10);
  ok(note?.includes("10 instead of 64"));
});

Deno.test("resolveRecipe() refuses a batch that the user asked for and the rows cannot fill", () => {
  throws(
    () =>
      resolveRecipe("default", {
        target: "dense",
        trainRows: 10,
        overrides: { batch: 11 },
      }),
    /batch of 11 is larger than the 10 training images: use --batch 10/,
  );
});

Deno.test("resolveRecipe() refuses rates, steps and batches that mean nothing", () => {
  for (
    const overrides of [
      { rate: 0 },
      { rate: NaN },
      { rate: Infinity },
      { steps: 0 },
      { steps: 1.5 },
      { batch: -1 },
    ]
  ) {
    throws(
      () =>
        resolveRecipe("default", { target: "dense", trainRows: 99, overrides }),
      UsageError,
    );
  }
  throws(
    () => resolveRecipe("default", { target: "dense", trainRows: 0 }),
    /no training images/,
  );
});

const common = { scaleRows: false, overrides: {} } as const;

Deno.test("resolveRecipe() of networks takes 10 epochs, or 3 of many rows, or what is asked for", () => {
  const steps = (
    trainRows: number,
    overrides: { epochs?: number; steps?: number } = {},
  ) =>
    resolveRecipe("default", {
      ...common,
      target: "scratch",
      trainRows,
      overrides,
    }).recipe.steps;
  strictEqual(steps(8000), 750);
  strictEqual(steps(500), 160);
  strictEqual(steps(500, { epochs: 2 }), 32);
  strictEqual(steps(500, { steps: 7 }), 7);
  throws(() => steps(500, { steps: 7, epochs: 1 }), /--steps and --epochs say/);
});

Deno.test("resolveRecipe() of networks lowers the batch to the data, with steps to match", () => {
  const { recipe, note } = resolveRecipe("onecycle", {
    ...common,
    target: "finetune",
    trainRows: 5,
  });
  deepStrictEqual([recipe.batch, recipe.steps], [5, 10]);
  deepStrictEqual([recipe.rate, recipe.weightDecay], [1e-4, 1e-4]);
  strictEqual(recipe.framework, "pytorch");
  strictEqual(note?.startsWith("the batch is 5 instead of 16"), true);
});

Deno.test("resolveRecipe() of networks takes a schedule and a decay over the recipe's", () => {
  const { recipe } = resolveRecipe("default", {
    ...common,
    target: "scratch",
    trainRows: 100,
    overrides: { schedule: "step", weightDecay: 0.25, optimizer: "sgd" },
  });
  strictEqual(recipe.schedule, "step");
  strictEqual(recipe.weightDecay, 0.25);
  const { recipe: adamw } = resolveRecipe("default", {
    ...common,
    target: "scratch",
    trainRows: 100,
    overrides: { optimizer: "adamw" },
  });
  strictEqual(adamw.weightDecay, 0.01);
});

Deno.test("recipeSchema reads every recipe back from JSON, and names what is wrong", () => {
  for (const name of recipeNames) {
    for (const target of ["dense", ...networkModes] as const) {
      const { recipe } = resolveRecipe(name, { target, trainRows: 99 });
      strictEqual(recipe.name, name);
      const json = JSON.parse(JSON.stringify(recipe));
      const of = (changes: object) =>
        checkRecord(recipeSchema, { ...json, ...changes });
      deepStrictEqual(of({}).record, recipe);
      match(of({ optimizer: "sorcery" }).problem ?? "", /^"optimizer" is/);
      match(of({ framework: "abacus" }).problem ?? "", /^"framework" is/);
      match(of({ steps: "1" }).problem ?? "", /^"steps" is/);
      for (const count of [0, -1, 2.5, 1e308]) {
        match(of({ batch: count }).problem ?? "", /^"batch" is/);
        match(of({ steps: count }).problem ?? "", /^"steps" is/);
      }
      match(
        of({ rate: 0 }).problem ?? "",
        /^"rate" is 0, expected more than 0/,
      );
    }
  }
});

Deno.test("resolveRecipe() makes classic the tutorial's loop: epochs of whole batches, evaluated after the first and every hundredth", () => {
  const of = (trainRows: number, overrides: RecipeOverrides = {}) =>
    resolveRecipe("classic", { target: "dense", trainRows, overrides }).recipe;
  const { start, order, epochs, steps, ...at } = of(360);
  deepStrictEqual([start, order, epochs, steps], [
    "drawn",
    "fixed",
    1001,
    5005,
  ]);
  deepStrictEqual([at.firstEvaluation, at.stepsPerEvaluation], [5, 500]);
  const few = of(12);
  deepStrictEqual([few.batch, few.steps], [12, 1001]);
  const asked = of(360, { epochs: 7, batch: 100 });
  deepStrictEqual([asked.steps, asked.epochs], [21, 7]);
  const short = of(360, { steps: 9 });
  deepStrictEqual([short.steps, short.epochs], [9, undefined]);
  strictEqual(countsEpochs(short), false);
  strictEqual(epochAfter(5, { recipe: {}, epochSteps: 5 }), 1);
  strictEqual(epochAfter(505, { recipe: of(360), epochSteps: 5 }), 100);
});

Deno.test("resolveRecipe() gives the head's stage its own rate, that of all where one is given, and says which", () => {
  const freezeRate = (
    name: RecipeName,
    overrides: RecipeOverrides = {},
    hasHeadStage = true,
  ) =>
    resolveRecipe(name, {
      target: "finetune",
      trainRows: 99,
      hasHeadStage,
      overrides,
    }).recipe.freezeRate;
  strictEqual(freezeRate("default"), 30 * 3e-4);
  strictEqual(freezeRate("default", { rate: 1e-3 }), 1e-3);
  strictEqual(freezeRate("default", { rate: 1e-3, freezeRate: 0.5 }), 0.5);
  strictEqual(freezeRate("default", { freezeRate: 0.5 }), 0.5);
  strictEqual(freezeRate("onecycle"), 1e-4);
  strictEqual(freezeRate("onecycle", { rate: 2e-4 }), 2e-4);
  strictEqual(freezeRate("default", {}, false), undefined);
  throws(() => freezeRate("default", { freezeRate: 0 }), /--freeze-rate is 0/);
});
