import { deepStrictEqual, notDeepStrictEqual, rejects } from "@std/assert";
import { testSession, testValues } from "../../kernels/testing.ts";
import { testRows } from "./_testing.ts";
import type { LabelledRows } from "./feature_rows.ts";
import { resolveRecipe } from "./recipes.ts";
import { type TrainedHead, trainHead } from "./train_head.ts";
import type { TrainHeadOptions } from "./train_head.ts";
import type { TrainingState } from "./training_state.ts";

const classes = 5;
const pictures = 90;
const views = 3;

const { recipe } = resolveRecipe("default", {
  trainRows: pictures,
  overrides: { steps: 130, batch: 20 },
});

async function train(
  options: Partial<TrainHeadOptions> & { train: LabelledRows },
): Promise<TrainedHead> {
  const session = await testSession();
  return await trainHead({ session, classes, seed: 7, recipe, ...options });
}

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

Deno.test("trainHead() gives, for views that do not differ, the bytes of one view", async () => {
  const rows = testRows(pictures);
  const plain = await train({ train: rows });
  const viewed = await train({ train: withViews(rows, 0) });
  deepStrictEqual(viewed.weights, plain.weights);
  deepStrictEqual(viewed.steps, plain.steps);
});

Deno.test("trainHead() learns from every view, and resumed or staged ends in the same bytes", async () => {
  const rows = withViews(testRows(pictures), 0.3);
  const states: TrainingState[] = [];
  const straight = await train({
    train: rows,
    checkpoints: {
      save: (state) => {
        states.push(structuredClone(state));
        return Promise.resolve("kept");
      },
    },
  });
  const staged = await train({ train: rows, residentBytes: 7000 });
  deepStrictEqual(staged.weights, straight.weights);
  for (const resume of states) {
    const resumed = await train({ train: rows, resume });
    deepStrictEqual(resumed.weights, straight.weights);
  }
  for (let view = 0; view < views; view++) {
    const other = rows.rows.map((value, at) =>
      Math.floor(at / rows.features) % views === view ? value + 1 : value
    );
    const { weights } = await train({ train: { ...rows, rows: other } });
    notDeepStrictEqual(weights, straight.weights, `view ${view}`);
  }
});

Deno.test("trainHead() refuses rows that are no whole pictures", async () => {
  const rows = { ...testRows(pictures + 1), views };
  await rejects(train({ train: rows }), {
    name: "RangeError",
    message: "91 rows cannot be pictures of 3 views",
  });
});
