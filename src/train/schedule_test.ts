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
  const { recipe } = resolveRecipe("default", {
    target: "dense",
    trainRows: 100,
  });
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
  const { recipe } = resolveRecipe("default", {
    target: "dense",
    trainRows: 100,
  });
  const whole = updateSchedule(recipe, { first: 0, count: 10 });
  const part = updateSchedule(recipe, { first: 7, count: 3 });
  strictEqual(String(part), String(whole.slice(28)));
});

Deno.test("rateAt() falls to a tenth after each third of the steps", () => {
  const step = { schedule: "step", rate: 1, steps: 9 } as const;
  assertAllClose(
    Array.from({ length: 10 }, (_, at) => rateAt(step, at)),
    [1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.01],
  );
});

Deno.test("updateSchedule() moves rate and momentum of one cycle as PyTorch's OneCycleLR does", () => {
  const settings = {
    optimizer: "momentum",
    schedule: "onecycle",
    rate: 0.1,
    steps: 20,
    weightDecay: 0,
  } as const;
  const table = updateSchedule(settings, { first: 0, count: 20 });
  const column = (at: number) =>
    Array.from({ length: 20 }, (_, step) => table[step * 4 + at]);
  const [rates, momenta] = [column(0), column(2)];
  // Its ends, its turn after step 5 of 20, and the middle of the rise between.
  assertAllClose(
    [rates[0], rates[5], rates[19]],
    [0.1 / 25, 0.1, 0.1 / 25e4],
    { absolute: 0, relative: 1e-6 },
  );
  assertAllClose(
    [momenta[0], momenta[5], momenta[19]],
    [0.95, 0.85, 0.95],
    { absolute: 0, relative: 1e-6 },
  );
  const rise = (at: number) =>
    0.1 + (0.1 / 25 - 0.1) / 2 * (1 + Math.cos(Math.PI * at / 5));
  const fall = (at: number) =>
    0.1 / 25e4 + (0.1 - 0.1 / 25e4) / 2 *
      (1 + Math.cos(Math.PI * (at - 5) / 14));
  assertAllClose([rates[2], rates[12]], [rise(2), fall(12)], {
    absolute: 0,
    relative: 1e-6,
  });
});
