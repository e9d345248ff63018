import { deepStrictEqual, match, strictEqual } from "@std/assert";
import { LayerGraph } from "../graph/mod.ts";
import { resolveRecipe, type Tensors, trainableOf } from "../train/mod.ts";
import { headVariables, layerNames } from "./frozen_layers.ts";
import {
  layersCsv,
  layersNote,
  lossKind,
  networkLayers,
  networkOf,
} from "./network.ts";
import { type NetworkSettings, plainHead } from "./run_record.ts";

const { recipe } = resolveRecipe("default", {
  target: "scratch",
  trainRows: 2,
  overrides: { batch: 2 },
});

/** The network of a run of so many classes. */
function networkWith(
  network: NetworkSettings,
  { classes, values }: { classes: number; values?: Tensors },
) {
  return networkOf({
    network,
    loss: lossKind(network, classes),
    labels: Array.from({ length: classes }, (_, label) => `${label}`),
    width: 20,
    recipe,
    settings: { data: "/photos", isBottlenecks: false, seed: 1, exif: true },
  }, { ...values && { values } });
}

Deno.test("networkOf() puts dense layers and dropout on a small CNN, one logit for two classes", () => {
  const settings: NetworkSettings = {
    ...plainHead,
    mode: "scratch",
    base: { kind: "native", name: "small-cnn", size: 12 },
    hidden: [8, 4],
    dropout: 0.5,
  };
  const network = networkWith(settings, { classes: 2 });
  deepStrictEqual(layerNames(network), ["conv_1", "conv_2"]);
  strictEqual(headVariables(network).length, 6);
  strictEqual(trainableOf(network).length, 10);
  deepStrictEqual(
    network.nodes.slice(-5).map(({ op }) => op),
    ["matmul", "dropout", "matmul", "dropout", "matmul"],
  );
  deepStrictEqual(network.tensors.get("head/logits")?.shape, [2, 1]);
  const bias = { shape: [3], data: Float32Array.of(1, 2, 3) };
  const values = { "head/logits/bias": bias, "conv_9/kernel": bias };
  const of3 = networkWith(settings, { classes: 3, values });
  deepStrictEqual(
    of3.tensors.get("head/logits/bias")?.variable?.read(),
    bias.data,
  );
});

const fresh: NetworkSettings = {
  ...plainHead,
  mode: "scratch",
  base: { kind: "native", name: "mobilenet-v1", size: 32 },
  hidden: [8],
  dropout: 0.3,
};

/** The layers of a run with these settings. */
function layersWith(settings: NetworkSettings) {
  const network = networkWith(settings, { classes: 3 });
  return networkLayers(network, { settings });
}

Deno.test("networkOf() starts one dense layer on features at zeros, with a logit for each of two classes", () => {
  const { recipe } = resolveRecipe("default", {
    target: "dense",
    trainRows: 9,
  });
  strictEqual(lossKind(plainHead, 2), "softmax");
  const network = networkOf({
    network: plainHead,
    loss: "softmax",
    labels: ["a", "b"],
    width: 20,
    recipe,
    settings: { data: "/photos", isBottlenecks: false, seed: 1, exif: true },
  }, {});
  const { shape, variable } = network.tensors.get("head/logits/kernel") ?? {};
  deepStrictEqual(shape, [20, 2]);
  deepStrictEqual(variable?.read(), new Float32Array(40));
});

Deno.test("networkLayers() numbers the layers that --freeze-until takes, and says which are trained", () => {
  const layers = layersWith({ ...fresh, mode: "finetune", freezeUntil: "52" });
  // 27 convolutions, each with its batch norm, and the head: a run of before
  // Keras's numbers were known counts these, and shows Keras's.
  deepStrictEqual(
    layers.slice(50).map(({ number, name, isTrained }) => [
      number,
      name,
      isTrained,
    ]),
    [
      [81, "depthwise_13", false],
      [82, "depthwise_13_norm", false],
      [84, "pointwise_13", true],
      [85, "pointwise_13_norm", true],
      [undefined, "head/dense_1", true],
      [undefined, "head/logits", true],
    ],
  );
  const byName = {
    mode: "finetune",
    freezeUntil: "depthwise_13_norm",
  } as const;
  deepStrictEqual(layersWith({ ...fresh, ...byName }), layers);
  match(
    layersNote(layers),
    /^layers: 4 of 56 are trained \([\d,]+ weights\), all after 82 depthwise_13_norm$/,
  );
  match(
    layersNote(layersWith(fresh)),
    /^layers: 56 of 56 are trained \([\d,]+ weights\)$/,
  );
});

Deno.test("networkLayers() lists the frozen graph whose features are read", () => {
  const layers = new LayerGraph({ seed: 0 });
  const images = layers.input("images", [1, 8, 8, 3]);
  const graph = layers.finish(
    layers.convolution("conv", images, { channels: 4, size: 3 }),
  );
  const settings: NetworkSettings = {
    ...fresh,
    mode: "head",
    base: { kind: "features" },
  };
  const network = networkWith(settings, { classes: 3 });
  const model = { graph, without: [] };
  const listed = networkLayers(network, { settings, model });
  strictEqual(
    layersCsv(listed),
    "number,layer,op,shape,parameters,trained\n" +
      "1,conv,conv2d,6x6x4,112,false\n" +
      ",head/dense_1,matmul,8,168,true\n" +
      ",head/logits,matmul,3,27,true\n",
  );
});
