import { deepStrictEqual, strictEqual, throws } from "@std/assert";
import { weightSlots } from "../../models/architecture.ts";
import { InputError } from "../errors.ts";
import { elementCount, tensorOf } from "../graph/mod.ts";
import { resolveRecipe, type Tensors, variablesOf } from "../train/mod.ts";
import { architectureOfRun } from "./architecture_of_run.ts";
import { networkOf } from "./network.ts";
import { type NetworkBase, plainHead, type RunRecord } from "./run_record.ts";
import type { OpenedRun } from "./use_run.ts";

/** A run that has just begun. */
function runOn(base: NetworkBase): OpenedRun & { readonly values: Tensors } {
  const { recipe } = resolveRecipe("default", {
    target: "scratch",
    trainRows: 2,
    overrides: { batch: 2 },
  });
  const record: RunRecord = {
    settings: { data: "/photos", isBottlenecks: false, seed: 1, exif: true },
    network: { ...plainHead, mode: "scratch", base },
    recipe,
    loss: "softmax",
    labels: ["a", "b", "c"],
    width: 32 * 32 * 3,
    digests: { data: "", split: "" },
    environment: {},
  };
  const network = networkOf(record, {});
  // Drawn weights of such networks take long.
  const values = Object.fromEntries(
    variablesOf(network).map((name) => {
      const { shape } = tensorOf(network, name);
      const data = new Float32Array(elementCount(shape));
      return [name, { shape, data }];
    }),
  );
  return { path: "runs/new", record, step: 0, values };
}

Deno.test("architectureOfRun() has a run's values by its framework's names, those of split matrices in one", () => {
  const run = runOn({ kind: "native", name: "alexnet", size: 63 });
  const blocks = ["[0:2048]", "[2048:4096]"]
    .map((block) => run.values[`classifier.1/kernel ${block}`].data);
  blocks.forEach((block, at) => {
    block.set([10 * at + 1], 0);
    block.set([10 * at + 2, 10 * at + 3], 2047);
  });
  const found = architectureOfRun(run, undefined);
  if (!found) throw new Error("no architecture");
  const { architecture, graph } = found;
  strictEqual(architecture.id, "torchvision/alexnet");
  const slot = weightSlots(architecture, graph)
    .find(({ name }) => name === "classifier.1.weight");
  deepStrictEqual(slot?.fileShape, [4096, 9216]);
  const kernel = graph.tensors.get("classifier.1/kernel")?.variable?.read() ??
    new Float32Array();
  deepStrictEqual(
    [0, 1, 2047, 2048, 4095, 4096, 4096 + 2048].map((at) => kernel[at]),
    [1, 0, 2, 11, 12, 3, 13],
  );
});

Deno.test("architectureOfRun() knows none for our own layers, and refuses a part", () => {
  const own = runOn({ kind: "native", name: "mobilenet-v1", size: 32 });
  strictEqual(architectureOfRun(own, undefined), undefined);
  const part = runOn({
    ...{ kind: "native", name: "resnet-18", size: 32 },
    until: "layer3.1",
  });
  throws(
    () => architectureOfRun(part, undefined),
    InputError,
    'The network of runs/new ends before "layer4.0.',
  );
});
