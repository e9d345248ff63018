import { strictEqual, throws } from "@std/assert";
import { frozenLayers } from "./frozen_layers.ts";

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
    () => frozenLayers(layers, { ...finetune, freezeUntil: "block_13_conv" }),
    /no layer "block_13_conv" \(--freeze-until\): name one of its 4 layers, such as net\/conv_13\/add, /,
  );
  throws(
    () => frozenLayers(layers, { ...finetune, freezeUntil: "5" }),
    /--freeze-until is 5, the network has 4 layers before its head/,
  );
});

Deno.test("frozenLayers() takes the name of a module of PyTorch, and names the nearest", () => {
  const layers = ["conv1", "layer1.0.conv1", "layer1.0.bn1", "layer10.0.conv1"];
  const frozen = (freezeUntil: string) =>
    frozenLayers(layers, { ...finetune, freezeUntil }).size;
  strictEqual(frozen("layer1"), 3);
  strictEqual(frozen("layer1.0"), 3);
  strictEqual(frozen("layer1.0.conv1"), 2);
  strictEqual(frozen("conv1"), 1);
  throws(() => frozen("layer11"), /Did you mean layer1\?/);
});
