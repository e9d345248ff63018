import { ok, strictEqual } from "@std/assert";
import { assertAllClose } from "../../kernels/testing.ts";
import { resolveRecipe } from "./recipes.ts";
import { rateAt, updateSchedule } from "./schedule.ts";

Deno.test("rateAt() keeps a constant rate and lets a cosine fall from it to 0", () => {
  const cosine = { schedule: "cosine", rate: 0.02, steps: 1000 } as const;
  strictEqual(rateAt({ ...cosine, schedule: "constant" }, 999), 0.02);
  strictEqual(rateAt(cosine, 0), 0.02);
  assertAllClose([rateAt(cosine, 500)], [0.01]);
  strictEqual(rateAt(cosine, 1000), 0);
  ok(rateAt(cosine, 999) > 0);
});

Deno.test("updateSchedule() corrects Adam's bias in f64 and lets the decay follow the rate alone", () => {
  const { recipe } = resolveRecipe("default", { trainRows: 100 });
  const table = updateSchedule(recipe, { first: 4, count: 2 });
  const correction = Math.sqrt(1 - 0.999 ** 6) / (1 - 0.9 ** 6);
  assertAllClose(table.slice(4), [
    rateAt(recipe, 5) * correction,
    rateAt(recipe, 5) * 0.1,
    1 - 0.9,
    1e-7,
  ], { absolute: 0, relative: 1e-7 });
});

Deno.test("updateSchedule() of a part is that part of the whole", () => {
  const { recipe } = resolveRecipe("default", { trainRows: 100 });
  const whole = updateSchedule(recipe, { first: 0, count: 10 });
  const part = updateSchedule(recipe, { first: 7, count: 3 });
  strictEqual(String(part), String(whole.slice(28)));
});
