import { strictEqual } from "@std/assert";
import { plainHead } from "./run_record.ts";
import { reportedModel } from "./run_report.ts";

const network = {
  mode: "finetune",
  base: { kind: "native", name: "small-cnn", size: 28 },
  weightsOf: "runs/digits 1",
  hidden: [64, 32],
  dropout: 0.5,
  freezeUntil: "conv_1",
  freezeEpochs: 1,
  rateMultiplier: 0.1,
  labelSmoothing: 0,
  isBalanced: false,
  clip: { by: "norm", limit: 1 },
  patience: 3,
} as const;

Deno.test("reportedModel() names a network that has no file, and the run whose layers it took", () => {
  const { weightsOf, ...fresh } = network;
  const nameOf = (of: Parameters<typeof reportedModel>[0]) =>
    reportedModel(of).model?.name;
  strictEqual(nameOf({ network: fresh }), "small-cnn");
  strictEqual(nameOf({ network }), `small-cnn, its layers from ${weightsOf}`);
  strictEqual(nameOf({ network: plainHead }), undefined);
});
