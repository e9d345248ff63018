import { deepStrictEqual, strictEqual, throws } from "@std/assert";
import { frozenNames, layersCsv, networkLayers, networkOf } from "./network.ts";
import { resolveRecipe } from "../train/mod.ts";
import { type NetworkSettings, plainHead } from "./run_record.ts";

const base = { kind: "native", name: "mobilenet-v1", size: 32 } as const;

const frozen = (freezeUntil: string) =>
  frozenNames(base, { model: undefined, freezeUntil });

Deno.test("frozenNames() counts the layers of mobilenet-v1 as Keras's model.layers: its first 20", () => {
  const names = frozen("20") ?? [];
  strictEqual(names.at(-1), "depthwise_3_norm");
  strictEqual(names.length, 12);
  deepStrictEqual(frozen("conv_dw_3_relu"), names);
  deepStrictEqual(frozen("depthwise_3_norm"), names);
  deepStrictEqual(frozen("18")?.at(-1), "depthwise_3");
  deepStrictEqual(frozen("1"), []);
  deepStrictEqual(frozen("0"), []);
  throws(
    () => frozen("88"),
    /--freeze-until is 88, the network has 87 layers before its head/,
  );
  throws(() => frozen("depthwise_33"), /Did you mean depthwise_/);
});

Deno.test("networkLayers() has the numbers of Keras, and says what stays", () => {
  const settings: NetworkSettings = {
    ...plainHead,
    mode: "finetune",
    base,
    freezeUntil: "20",
    frozen: frozen("20") ?? [],
  };
  const { recipe } = resolveRecipe("default", {
    target: "finetune",
    trainRows: 2,
  });
  const network = networkOf({
    network: settings,
    recipe,
    loss: "sigmoid",
    labels: ["a", "b"],
    width: 32 * 32 * 3,
    settings: { data: "/photos", isBottlenecks: false, seed: 1, exif: true },
  }, {});
  const lines = layersCsv(networkLayers(network, { settings })).split("\n");
  deepStrictEqual(
    lines.slice(11, 15).map((line) =>
      line.split(",").slice(0, 2).join(" ") + line.slice(line.lastIndexOf(","))
    ),
    [
      "18 depthwise_3,false",
      "19 depthwise_3_norm,false",
      "21 pointwise_3,true",
      "22 pointwise_3_norm,true",
    ],
  );
});
