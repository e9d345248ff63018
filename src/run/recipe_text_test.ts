import { strictEqual } from "@std/assert";
import { onecycleClip, resolveRecipe } from "../train/mod.ts";
import { recipeText } from "./recipe_text.ts";
import { plainHead } from "./run_record.ts";

Deno.test("recipeText() names every number that a training is done with, both rates among them", () => {
  const trainRows = 100;
  const { recipe: plain } = resolveRecipe("default", {
    target: "dense",
    trainRows,
  });
  strictEqual(
    recipeText({ recipe: plain, network: plainHead }, {
      trainRows,
      headSteps: 0,
    }),
    "recipe default: adamw, rate 0.02 falling to 0, 1000 steps of 64 rows, weight decay 0.1",
  );
  const { recipe } = resolveRecipe("default", {
    target: "finetune",
    trainRows,
    hasHeadStage: true,
    overrides: { schedule: "constant" },
  });
  const network = {
    ...plainHead,
    mode: "finetune",
    base: { kind: "graph" },
    freezeEpochs: 3,
    rateMultiplier: 0.1,
    clip: onecycleClip,
    augmentation: {
      crop: 4,
      flip: 0.5,
      scale: 0,
      rotation: 0,
      brightness: 0,
      contrast: 0,
    },
  } as const;
  strictEqual(
    recipeText({ recipe, network }, { trainRows, headSteps: 21 }),
    "recipe default: adam, rate 0.009 while only the head is trained, for 21 steps, then rate 0.0003 (times 0.1 before the head, which is 0.00003) for all layers, 10 epochs of 7 batches of 16 rows, gradients clipped at 0.1, pictures changed by crop 4, flip 0.5",
  );
  strictEqual(
    recipeText({ recipe: { ...recipe, steps: 5 }, network: plainHead }, {
      trainRows,
      headSteps: 5,
    }).startsWith(
      "recipe default: adam, rate 0.009 while only the head is trained, which is all the time, ",
    ),
    true,
  );
});
