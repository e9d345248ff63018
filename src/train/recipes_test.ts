import { deepStrictEqual, ok, strictEqual, throws } from "@std/assert";
import { UsageError } from "../errors.ts";
import { parseRecipe, recipeNames, resolveRecipe } from "./recipes.ts";

Deno.test("resolveRecipe() takes flags over the recipe, and decay only with adamw", () => {
  const overrides = {
    optimizer: "momentum",
    schedule: "step",
    rate: 0.5,
    steps: 7,
    batch: 3,
  };
  const { recipe } = resolveRecipe("default", {
    trainRows: 10,
    overrides: { ...overrides, optimizer: "momentum", schedule: "step" },
  });
  deepStrictEqual({ ...recipe, ...overrides }, recipe);
  strictEqual(recipe.weightDecay, 0);
  const { recipe: decaying } = resolveRecipe("classic", {
    trainRows: 100,
    overrides: { optimizer: "adamw" },
  });
  strictEqual(decaying.weightDecay, 0.1);
});

Deno.test("resolveRecipe() decays a head's weights as asked, where its kernel can", () => {
  const decay = (
    optimizer: "adamw" | "sgd",
    weightDecay: number,
  ) =>
    resolveRecipe("default", {
      trainRows: 100,
      overrides: { optimizer, weightDecay },
    }).recipe.weightDecay;
  strictEqual(decay("adamw", 0.5), 0.5);
  strictEqual(decay("adamw", 0), 0);
  strictEqual(decay("sgd", 0), 0);
  throws(() => decay("sgd", 0.5), /--weight-decay .* is for --optimizer adamw/);
  throws(() => decay("adamw", -1), UsageError);
});

Deno.test("resolveRecipe() lowers a recipe's batch to the rows there are, and says so", () => {
  const { recipe, note } = resolveRecipe("default", { trainRows: 10 });
  strictEqual(recipe.batch, 10);
  ok(note?.includes("10 instead of 64"));
});

Deno.test("resolveRecipe() refuses a batch that the user asked for and the rows cannot fill", () => {
  throws(
    () => resolveRecipe("default", { trainRows: 10, overrides: { batch: 11 } }),
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
      () => resolveRecipe("default", { trainRows: 99, overrides }),
      UsageError,
    );
  }
  throws(
    () => resolveRecipe("default", { trainRows: 0 }),
    /no training images/,
  );
});

Deno.test("parseRecipe() reads every recipe back from JSON and nothing else", () => {
  for (const name of recipeNames.filter((name) => name !== "onecycle")) {
    const { recipe } = resolveRecipe(name, { trainRows: 100 });
    deepStrictEqual(parseRecipe(JSON.parse(JSON.stringify(recipe))), recipe);
    strictEqual(parseRecipe({ ...recipe, optimizer: "sorcery" }), undefined);
    strictEqual(parseRecipe({ ...recipe, framework: "abacus" }), undefined);
    strictEqual(parseRecipe({ ...recipe, steps: "1" }), undefined);
  }
  strictEqual(parseRecipe(undefined), undefined);
});
