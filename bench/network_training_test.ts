import { deepStrictEqual, ok, rejects } from "@std/assert";
import { trainableOf } from "../src/train/mod.ts";
import { buildNetwork, openTraining } from "./network_training.ts";

Deno.test("openTraining() trains some steps for each rate that is asked for, and stops at an abort", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const training = await openTraining("small CNN", { steps: 1, signal });
  try {
    for (let round = 0; round < 2; round++) {
      const rate = await training.rate();
      ok(rate > 0 && rate < 1e6, `${rate} images a second`);
    }
    controller.abort(new Error("enough"));
    await rejects(training.rate(), /enough/);
  } finally {
    await training.close();
  }
});

Deno.test("buildNetwork() folds batch norms away or trains all of them, and never what scales pixels", () => {
  const trained = (norms: "folded" | "trained") => {
    const names = trainableOf(buildNetwork("MobileNet 0.25", { norms }));
    const count = (part: RegExp) =>
      names.filter((name) => part.test(name)).length;
    return {
      all: names.length,
      scales: count(/gamma$/),
      pixels: count(/^scale/),
    };
  };
  // 27 convolutions and the head: filter and bias, or filter, gamma and beta.
  deepStrictEqual(trained("folded"), { all: 56, scales: 0, pixels: 0 });
  deepStrictEqual(trained("trained"), { all: 83, scales: 27, pixels: 0 });
});
