import {
  deepStrictEqual,
  notDeepStrictEqual,
  ok,
  rejects,
  strictEqual,
} from "@std/assert";
import { assertAllClose, testValues } from "../../kernels/testing.ts";
import golden from "../../tests/golden/head.json" with { type: "json" };
import { InputError } from "../errors.ts";
import { testRows, trainDense } from "./_testing.ts";
import type { TrainingState } from "./checkpoint.ts";
import type { TrainingEvent } from "./events.ts";
import { type RecipeOverrides, resolveRecipe } from "./recipes.ts";
import type { LabelledRows } from "./row_source.ts";
import type { OptimizerName, Recipe, RecipeName } from "./schedule.ts";

function recipeOf(
  name: RecipeName,
  { trainRows, ...overrides }: RecipeOverrides & { trainRows: number },
): Recipe {
  return resolveRecipe(name, { target: "dense", trainRows, overrides }).recipe;
}

/** The rows of tests/golden/head.py. */
function goldenRows(): LabelledRows {
  const { rows, labels } = testRows(50, { signal: 0 });
  const raw = rows.map((value) => value * 4);
  return { rows: raw, features: 30, labels };
}

const goldenCases: readonly {
  key: keyof typeof golden.cases;
  recipe: RecipeName;
  overrides: RecipeOverrides;
}[] = [
  { key: "classic", recipe: "classic", overrides: {} },
  { key: "default", recipe: "default", overrides: {} },
  { key: "momentum", recipe: "classic", overrides: { optimizer: "momentum" } },
  { key: "adam", recipe: "classic", overrides: { optimizer: "adam" } },
];

for (const { key, recipe, overrides } of goldenCases) {
  Deno.test(`trainNetwork() of one dense layer takes the batches and gives the losses and parameters that Keras does: ${key}`, async () => {
    const head = await trainDense({
      train: goldenRows(),
      recipe: recipeOf(recipe, {
        trainRows: 50,
        steps: 10,
        batch: 16,
        ...overrides,
      }),
    });
    const expected = golden.cases[key];
    deepStrictEqual(head.steps.map(({ rows }) => [...rows]), golden.batches);
    const losses = head.steps.map(({ loss }) => loss);
    assertAllClose(losses, expected.losses, { absolute: 0, relative: 1e-5 });
    assertAllClose(head.weights, expected.weights, { absolute: 1e-6 });
    assertAllClose(head.bias, expected.bias, { absolute: 1e-6 });
  });
}

Deno.test("trainNetwork() of one dense layer learns rows whose class shows, and tells of every step, evaluation and checkpoint", async () => {
  const events: TrainingEvent[] = [];
  const states: TrainingState[] = [];
  const head = await trainDense({
    train: testRows(120),
    validation: testRows(37, { seed: 2 }),
    recipe: recipeOf("default", { trainRows: 120, steps: 250 }),
    onEvent: (event) => events.push(event),
    checkpoints: {
      save: (state) => {
        states.push(state);
        return Promise.resolve(`step ${state.step}`);
      },
    },
  });
  const stepsOf = (kind: TrainingEvent["event"]): number[] =>
    events.filter(({ event }) => event === kind).map(({ step }) => step);
  deepStrictEqual(
    stepsOf("step"),
    Array.from({ length: 250 }, (_, index) => index + 1),
  );
  deepStrictEqual(stepsOf("eval"), [100, 200, 250]);
  deepStrictEqual(stepsOf("checkpoint"), [0, 100, 200, 250]);
  deepStrictEqual(
    states.at(-1)?.variables["head/logits/kernel"].data,
    head.weights,
  );
  ok(head.evaluations.at(-1)!.validationAccuracy > 0.9);
  ok(head.steps.at(-1)!.loss < head.steps[0].loss / 2);
});

for (const optimizer of ["sgd", "momentum", "adamw"] as OptimizerName[]) {
  Deno.test(`trainNetwork() of one dense layer resumed from any checkpoint ends in the same bytes: ${optimizer}`, async () => {
    const rows = testRows(90);
    const recipe = recipeOf("default", {
      trainRows: 90,
      steps: 230,
      optimizer,
    });
    const states: TrainingState[] = [];
    const checkpoints = {
      save: (state: TrainingState): Promise<string> => {
        states.push(structuredClone(state));
        return Promise.resolve("kept");
      },
    };
    const straight = await trainDense({ train: rows, recipe, checkpoints });
    deepStrictEqual(states.map(({ step }) => step), [0, 100, 200, 230]);
    for (const resume of states) {
      const resumed = await trainDense({ train: rows, recipe, resume });
      strictEqual(resumed.steps.length, 230 - resume.step);
      deepStrictEqual(resumed.weights, straight.weights);
      deepStrictEqual(resumed.bias, straight.bias);
    }
  });
}

Deno.test("trainNetwork() of one dense layer gives the same bytes when the rows do not fit the GPU and are staged", async () => {
  const rows = testRows(200);
  const recipe = recipeOf("default", { trainRows: 200, steps: 120, batch: 20 });
  const resident = await trainDense({ train: rows, recipe });
  const staged = await trainDense({ train: rows, recipe, residentBytes: 7000 });
  deepStrictEqual(staged.weights, resident.weights);
  deepStrictEqual(staged.steps, resident.steps);
});

Deno.test("trainNetwork() of one dense layer refuses a batch that has no room on the GPU", async () => {
  await rejects(
    trainDense({
      train: testRows(200),
      recipe: recipeOf("default", { trainRows: 200, batch: 100 }),
      residentBytes: 7000,
    }),
    /batch of 100 rows of 30 features does not fit .*: use --batch 54 or less/,
  );
});

Deno.test("trainNetwork() of one dense layer gives the same head for features of another scale, with the default recipe", async () => {
  const rows = testRows(100);
  const scaled = { ...rows, rows: rows.rows.map((value) => value * 13) };
  const recipe = recipeOf("default", { trainRows: 100, steps: 100 });
  const head = await trainDense({ train: rows, recipe });
  const other = await trainDense({ train: scaled, recipe });
  assertAllClose(other.weights, head.weights, { absolute: 1e-4 });
});

Deno.test("trainNetwork() of one dense layer stops at a loss that is no number, and names the last good checkpoint", async () => {
  const rows = testRows(64);
  const saved: number[] = [];
  await rejects(
    trainDense({
      train: { ...rows, rows: rows.rows.map((value) => value * 1e4) },
      recipe: recipeOf("classic", { trainRows: 64, rate: 1e35 }),
      checkpoints: {
        save: ({ step }) => {
          saved.push(step);
          return Promise.resolve("kept");
        },
      },
    }),
    {
      name: "InputError",
      message:
        /loss became (NaN|-?Infinity) at step \d+ \(rate 1e\+35\): the last good checkpoint is step 0; try a smaller --rate/,
    },
  );
  deepStrictEqual(saved, [0]);
});

Deno.test("trainNetwork() of one dense layer keeps its state when it is interrupted, and goes on to the same bytes", async () => {
  const rows = testRows(90);
  const recipe = recipeOf("default", { trainRows: 90, steps: 3000 });
  const controller = new AbortController();
  let kept: TrainingState | undefined;
  await rejects(
    trainDense({
      train: rows,
      recipe,
      signal: controller.signal,
      onEvent: ({ step }) => step === 150 && controller.abort(),
      checkpoints: {
        save: (state) => {
          kept = state;
          return Promise.resolve("kept");
        },
      },
    }),
    { name: "AbortError" },
  );
  ok(kept && kept.step >= 150 && kept.step < 3000);
  const resumed = await trainDense({ train: rows, recipe, resume: kept });
  const straight = await trainDense({ train: rows, recipe });
  deepStrictEqual(resumed.weights, straight.weights);
});

Deno.test("trainNetwork() of one dense layer refuses to go on with another recipe or another head", async () => {
  const rows = testRows(64);
  const recipe = recipeOf("default", { trainRows: 64, steps: 1 });
  let state: TrainingState | undefined;
  const save = (saved: TrainingState): Promise<string> => {
    state = saved;
    return Promise.resolve("kept");
  };
  await trainDense({ train: rows, recipe, checkpoints: { save } });
  ok(state);
  await rejects(
    trainDense({ train: rows, recipe: { ...recipe, rate: 1 }, resume: state }),
    /step 1 was made with another rate than 1: train a new run/,
  );
  await rejects(
    trainDense({ train: testRows(64, { features: 8 }), recipe, resume: state }),
    /"head\/logits\/kernel" is of shape \[30, 5\] there and of shape \[8, 5\] here/,
  );
});

Deno.test("trainNetwork() of one dense layer refuses rows it cannot learn from", async () => {
  const recipe = recipeOf("default", { trainRows: 64 });
  const rows = testRows(64);
  const bad = rows.rows.slice();
  bad[65] = NaN;
  await rejects(
    trainDense({ train: { ...rows, rows: bad }, recipe }),
    /Row 2 of the features holds NaN/,
  );
  await rejects(
    trainDense({
      train: { ...rows, labels: rows.labels.map(() => 5) },
      recipe,
    }),
    /class 5, there are 5/,
  );
  await rejects(
    trainDense({ train: { ...rows, rows: testValues(64 * 30 - 1) }, recipe }),
    InputError,
  );
});

const pictures = 90;
const views = 3;
const viewsRecipe = recipeOf("default", {
  trainRows: pictures,
  steps: 130,
  batch: 20,
});

/** Rows with their views: the first is the row itself, the others differ from it by `noise`. */
function withViews({ rows, features, labels }: LabelledRows, noise: number) {
  const count = labels.length * views;
  const changes = testValues(count * features, 5);
  return {
    rows: Float32Array.from({ length: count * features }, (_, at) => {
      const row = Math.floor(at / features);
      const own = rows[Math.floor(row / views) * features + at % features];
      return row % views === 0 ? own : own + noise * changes[at];
    }),
    features,
    labels: Uint32Array.from(
      { length: count },
      (_, row) => labels[Math.floor(row / views)],
    ),
    views,
  };
}

Deno.test("trainNetwork() of one dense layer gives, for views that do not differ, the bytes of one view", async () => {
  const rows = testRows(pictures);
  const plain = await trainDense({ train: rows, recipe: viewsRecipe });
  const viewed = await trainDense({
    train: withViews(rows, 0),
    recipe: viewsRecipe,
  });
  deepStrictEqual(viewed.weights, plain.weights);
  deepStrictEqual(viewed.steps, plain.steps);
});

Deno.test("trainNetwork() of one dense layer learns from every view, and resumed or staged ends in the same bytes", async () => {
  const rows = withViews(testRows(pictures), 0.3);
  const states: TrainingState[] = [];
  const straight = await trainDense({
    train: rows,
    recipe: viewsRecipe,
    checkpoints: {
      save: (state) => {
        states.push(structuredClone(state));
        return Promise.resolve("kept");
      },
    },
  });
  const staged = await trainDense({
    train: rows,
    recipe: viewsRecipe,
    residentBytes: 7000,
  });
  deepStrictEqual(staged.weights, straight.weights);
  for (const resume of states) {
    const resumed = await trainDense({
      train: rows,
      recipe: viewsRecipe,
      resume,
    });
    deepStrictEqual(resumed.weights, straight.weights);
  }
  for (let view = 0; view < views; view++) {
    const other = rows.rows.map((value, at) =>
      Math.floor(at / rows.features) % views === view ? value + 1 : value
    );
    const { weights } = await trainDense({
      train: { ...rows, rows: other },
      recipe: viewsRecipe,
    });
    notDeepStrictEqual(weights, straight.weights, `view ${view}`);
  }
});

Deno.test("trainNetwork() of one dense layer refuses rows that are no whole pictures", async () => {
  const rows = { ...testRows(pictures + 1), views };
  await rejects(trainDense({ train: rows, recipe: viewsRecipe }), {
    name: "RangeError",
    message: "91 rows cannot be pictures of 3 views",
  });
});
