import { deepStrictEqual, ok, rejects, strictEqual, throws } from "@std/assert";
import { plainTuning, planBatch } from "../src/plan/mod.ts";
import { openStore } from "../src/store/mod.ts";
import { bestForward, forwardName } from "./model.ts";
import { defaultNets, netNames, openNet, pictureSize } from "./nets.ts";
import type { Row } from "./results.ts";

Deno.test("netNames() takes names, files and builders, and refuses others with the nearest", () => {
  const names = ["resnet-50", "mobilenet-v1-0.25-128", "a/my.pb", "small-cnn"];
  deepStrictEqual(netNames(names.join(", ")), names);
  deepStrictEqual(netNames(defaultNets.join()), [...defaultNets]);
  throws(() => netNames("resnet50"), /"resnet50".*Did you mean resnet-50\?/);
  throws(() => netNames("small_cnn"), /Did you mean small-cnn\?/);
  throws(() => netNames("resnet-50,"), /--net has ""/);
});

Deno.test("openNet() makes what the store lacks of seeded weights, ready to be planned", async () => {
  const store = openStore("/no/such/home");
  for (const name of ["mobilenet-v1-0.25-128", "small-cnn"]) {
    const { network, weights } = await openNet(name, { store });
    strictEqual(weights, "a seed");
    const options = { batch: 2, tuning: plainTuning };
    const { program } = planBatch(network, options);
    ok(program.steps.length >= 5, name);
  }
  await rejects(openNet("no/such.pb", { store }), /no\/such\.pb/);
});

Deno.test("pictureSize() is what a net is fed with, grey pictures too", async () => {
  const { network } = await openNet("small-cnn");
  deepStrictEqual(pictureSize(network), { height: 28, width: 28, channels: 1 });
});

Deno.test("bestForward() is the row with most images a second, and none where none was measured", () => {
  const row = (batch: number, rate: number): Row => ({
    section: "model",
    name: forwardName("resnet-50", batch),
    unit: "images/s",
    samples: [rate],
    warmUp: 1,
  });
  const rows = [row(1, 2), row(8, 5), row(16, 4)];
  strictEqual(bestForward(rows, "resnet-50")?.batch, 8);
  strictEqual(bestForward(rows, "mobilenet-v2"), undefined);
});
