import { deepStrictEqual, strictEqual, throws } from "@std/assert";
import { trainableOf } from "../train/mod.ts";
import {
  buildNetwork,
  frozenLayers,
  headVariables,
  layerNames,
  lossKind,
} from "./_network.ts";
import type { NetworkSettings } from "./network_settings.ts";

const layers = [
  "net/conv_1/add",
  "net/conv_12/add",
  "net/conv_12/add_1",
  "net/conv_13/add",
];
const finetune = { mode: "finetune" } as const;

Deno.test("frozenLayers() takes a number, a layer's name or that of its scope", () => {
  const frozen = (freezeUntil: string) =>
    frozenLayers(layers, { ...finetune, freezeUntil }).size;
  strictEqual(frozen("0"), 0);
  strictEqual(frozen("3"), 3);
  strictEqual(frozen("net/conv_12/add"), 2);
  strictEqual(frozen("net/conv_12/add_1:0"), 3);
  strictEqual(frozen("conv_12"), 3);
  strictEqual(frozen("net"), 4);
  strictEqual(frozenLayers(layers, finetune).size, 0);
  strictEqual(frozenLayers(layers, { mode: "head" }).size, 4);
});

Deno.test("frozenLayers() names the nearest layer, and how many there are", () => {
  throws(
    () => frozenLayers(layers, { ...finetune, freezeUntil: "con_13" }),
    /no layer "con_13" \(--freeze-until\)\. Did you mean conv_13\?/,
  );
  throws(
    () => frozenLayers(layers, { ...finetune, freezeUntil: "5" }),
    /--freeze-until is 5, the network has 4 layers before its head/,
  );
});

Deno.test("buildNetwork() puts dense layers and dropout on a small CNN, one logit for two classes", () => {
  const settings: NetworkSettings = {
    mode: "scratch",
    base: { kind: "native", name: "small-cnn", size: 12 },
    hidden: [8, 4],
    dropout: 0.5,
    freezeEpochs: 0,
    rateMultiplier: 1,
    labelSmoothing: 0,
    isBalanced: false,
  };
  const common = { settings, width: 144, seed: 1, batch: 2, without: [] };
  const network = buildNetwork({ ...common, classes: 2 });
  deepStrictEqual(layerNames(network), ["conv_1", "conv_2"]);
  strictEqual(headVariables(network).length, 6);
  strictEqual(trainableOf(network).length, 10);
  deepStrictEqual(
    network.nodes.slice(-5).map(({ op }) => op),
    ["matmul", "dropout", "matmul", "dropout", "matmul"],
  );
  deepStrictEqual(network.tensors.get("head/logits")?.shape, [2, 1]);
  strictEqual(lossKind(2), "sigmoid");
  const bias = Float32Array.of(1, 2, 3);
  const values = { "head/logits/bias": bias, "conv_9/kernel": bias };
  const of3 = buildNetwork({ ...common, classes: 3, values });
  deepStrictEqual(of3.tensors.get("head/logits/bias")?.variable?.read(), bias);
});
