import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import { architectureOf } from "../../models/architectures.ts";
import { recogniseWeights } from "../../models/recognise.ts";
import { seededFile, seededWeightFile } from "../../models/testing.ts";
import { openModelFile, type ResolvedModel } from "../features/mod.ts";
import { readWeightModel } from "../features/weight_model.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";
import { refusalOf } from "../graph/testing.ts";
import { resolveRecipe, type Tensors } from "../train/mod.ts";
import { exportedWeights, type NamedTensors } from "./export_weights.ts";
import {
  type ModelRecord,
  type NetworkSettings,
  plainHead,
  type RunRecord,
} from "./run_record.ts";
import { timmConfig, timmDifferences } from "./timm_config.ts";
import type { OpenedRun } from "./use_run.ts";

const id = "torchvision/mobilenet_v2";
const features = 1280;

const file = seededFile(architectureOf(id), 4);

async function openMobilenet(): Promise<ResolvedModel> {
  const bytes = seededWeightFile(file);
  const path = "net.safetensors";
  const weights = await readWeightModel(bytes, { path });
  const found = { name: path, path, sha256: "ab" };
  return {
    ...found,
    model: openModelFile({ ...found, bytes, weights }, {}),
    weights: weights.origin,
  };
}

function recordOf({ model, ...file }: ResolvedModel): ModelRecord {
  const { inputTensor, bottleneckTensor, preprocessing, precision } = model;
  const { without } = model;
  const facts = { inputTensor, bottleneckTensor, preprocessing };
  return { ...file, ...facts, precision, without };
}

/** Numbers that tell each place apart. */
function counted(...shape: readonly number[]) {
  const length = shape.reduce((product, size) => product * size, 1);
  return { shape, data: Float32Array.from({ length }, (_, at) => at + 1) };
}

function runOf(
  values: Tensors,
  { model, labels = ["a", "b", "c"], scaleRows = false, network = {}, loss }: {
    readonly model?: ResolvedModel;
    readonly labels?: readonly string[];
    readonly scaleRows?: boolean;
    readonly network?: Partial<NetworkSettings>;
    readonly loss?: RunRecord["loss"];
  } = {},
): OpenedRun {
  const { recipe } = resolveRecipe("default", {
    target: "dense",
    trainRows: 9,
  });
  const record: RunRecord = {
    settings: { data: "/d", isBottlenecks: false, seed: 0, exif: true },
    recipe: { ...recipe, scaleRows },
    network: { ...plainHead, ...network },
    loss: loss ?? "softmax",
    labels,
    width: features,
    ...model && { model: recordOf(model) },
    digests: { data: "d", split: "s" },
    environment: {},
  };
  return { path: "runs/a-1", record, values, step: 1 };
}

const head = {
  "head/logits/kernel": counted(features, 3),
  "head/logits/bias": counted(3),
};

function checkBackbone(tensors: NamedTensors): void {
  for (const [name, { shape, values }] of file) {
    if (name.startsWith("classifier.")) continue;
    const found = tensorIn(tensors, name);
    deepStrictEqual(found.shape, shape, name);
    deepStrictEqual(found.data, values(), name);
  }
}

function tensorIn(tensors: NamedTensors, name: string) {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`there is no ${name}`);
  return tensor;
}

/** What our importer makes of exported tensors. */
function recognised(tensors: NamedTensors) {
  const read = Array.from(
    tensors,
    ([name, { shape, data }]) => [name, { shape, values: () => data }] as const,
  );
  const { architecture, classes } = recogniseWeights(new Map(read), {
    source: "it",
  });
  return [architecture.id, classes];
}

Deno.test("exportedWeights() are the file's tensors with the head as its classifier", async () => {
  const model = await openMobilenet();
  const { tensors, differences } = exportedWeights(runOf(head, { model }), {
    model,
  });
  checkBackbone(tensors);
  const weight = tensorIn(tensors, "classifier.1.weight");
  deepStrictEqual(weight.shape, [3, features]);
  deepStrictEqual([...weight.data.subarray(0, 3)], [1, 4, 7]);
  deepStrictEqual(tensors.get("classifier.1.bias"), counted(3));
  deepStrictEqual(differences, []);
  deepStrictEqual(recognised(tensors), [id, 3]);
});

Deno.test("exportedWeights() of one logit are those of two classes with the same softmax", async () => {
  const values = {
    "head/logits/kernel": counted(features, 1),
    "head/logits/bias": counted(1),
  };
  const model = await openMobilenet();
  const labels = ["a", "b"];
  const run = runOf(values, { model, labels, loss: "sigmoid" });
  const { tensors } = exportedWeights(run, { model });
  const weight = tensorIn(tensors, "classifier.1.weight");
  deepStrictEqual(weight.shape, [2, features]);
  ok(weight.data.subarray(0, features).every((value) => value === 0));
  deepStrictEqual(
    weight.data.subarray(features),
    values["head/logits/kernel"].data,
  );
  deepStrictEqual(
    tensors.get("classifier.1.bias")?.data,
    Float32Array.of(0, 1),
  );
});

Deno.test("exportedWeights() name a head apart that the framework does not compute, and say what it does", async () => {
  const model = await openMobilenet();
  const exported = exportedWeights(
    runOf(head, { model, scaleRows: true }),
    { model },
  );
  checkBackbone(exported.tensors);
  ok(!exported.tensors.has("classifier.1.weight"));
  const weight = tensorIn(
    exported.tensors,
    "classifier.1.head.logits.weight",
  );
  deepStrictEqual(weight.shape, [3, features]);
  deepStrictEqual([...weight.data.subarray(0, 3)], [1, 4, 7]);
  strictEqual(
    exported.head,
    'x = the input of "classifier.1"; x = x / sqrt(max(mean(x * x), 1e-30)); z = x @ classifier.1.head.logits.weight.T + classifier.1.head.logits.bias; probabilities = softmax(z)',
  );
  const [{ isWarning, message }] = exported.differences;
  ok(isWarning);
  match(message, /root mean square.*--no-scale-rows or --mode finetune/);
  deepStrictEqual(recognised(exported.tensors), [id, 0]);

  const hidden = {
    "head/dense_1/kernel": counted(features, 2),
    "head/dense_1/bias": counted(2),
    "head/logits/kernel": counted(2, 3),
    "head/logits/bias": counted(3),
  };
  const deep = exportedWeights(
    runOf(hidden, { model, network: { hidden: [2] } }),
    {
      model,
    },
  );
  match(
    deep.head ?? "",
    /x = relu\(x @ classifier\.1\.head\.dense_1\.weight\.T/,
  );
  match(deep.differences[0].message, /1 dense layer.*without --hidden/);
});

Deno.test("exportedWeights() of layers that were trained are what they have become", async () => {
  const model = await openMobilenet();
  const mode = "finetune";
  const changed = { "features.0.0/kernel": counted(3, 3, 3, 32) };
  const variables = Array.from(model.model.trainable?.().tensors.values() ?? [])
    .flatMap(({ name, shape, variable }) =>
      variable ? [[name, { shape, data: variable.read() }] as const] : []
    );
  const values = { ...Object.fromEntries(variables), ...changed, ...head };
  const network = { mode, base: { kind: "weights" } } as const;
  const run = runOf(values, { model, network });
  const { tensors } = exportedWeights(run, { model });
  const weight = tensorIn(tensors, "features.0.0.weight");
  deepStrictEqual(weight.shape, [32, 3, 3, 3]);
  deepStrictEqual([...weight.data.subarray(0, 2)], [1, 1 + 3 * 32]);
  strictEqual(tensors.size, file.size);
  const folded = { mode, base: { kind: "graph" } } as const;
  match(
    refusalOf(() =>
      exportedWeights(runOf(head, { model, network: folded }), { model })
    ),
    /batch norms folded.*train it again/,
  );
});

Deno.test("exportedWeights() of a network that no framework knows have our names, and say what they lack", () => {
  const { tensors, layouts, differences, head: formula } = exportedWeights(
    runOf(head),
    { model: undefined },
  );
  deepStrictEqual([...tensors.keys()], Object.keys(head));
  match(layouts ?? "", /dense layers \(in, out\)/);
  match(differences[0].message, /holds the head alone/);
  match(formula ?? "", /z = x @ head\/logits\/kernel \+ head\/logits\/bias/);
});

Deno.test("timmConfig() gives the share of the shorter side of which timm makes it again", () => {
  for (const shorterSide of [224, 235, 249, 250, 255, 256, 257, 300]) {
    const text = timmConfig(architectureOf(id), {
      labels: ["a", "b"],
      preprocessing: {
        ...{ kind: "resize", size: 224, mean: 127.5, std: [255, 51, 25.5] },
        resampling: { filter: "bicubic", shorterSide },
      },
    });
    const { architecture, pretrained_cfg: config } = JSON.parse(text);
    strictEqual(architecture, "mobilenet_v2");
    strictEqual(Math.floor(224 / config.crop_pct), shorterSide);
    deepStrictEqual(config.mean, [0.5, 0.5, 0.5]);
    deepStrictEqual(config.std, [1, 0.2, 0.1]);
  }
});

Deno.test("timmConfig() is read again as what it is of, also where timm has no word for the resize", async () => {
  await using folder = await temporaryFolder();
  const bytes = seededWeightFile(file);
  const path = folder.join("model.safetensors");
  const labels = ["a", "b"];
  const scaled = { kind: "resize", size: 96, mean: 127, std: 128 } as const;
  const kinds = [
    scaled,
    { ...scaled, mean: [103.939, 116.779, 123.68], channelOrder: "bgr" },
    { ...scaled, resampling: { filter: "bilinear" } },
    { ...scaled, resampling: { filter: "bicubic", shorterSide: 110 } },
  ] as const;
  for (const preprocessing of kinds) {
    const text = timmConfig(architectureOf(id), { labels, preprocessing });
    await Deno.writeTextFile(folder.join("config.json"), text);
    const weights = await readWeightModel(bytes, { path });
    const found = { name: path, path, sha256: "ab", bytes, weights };
    const model = openModelFile(found, {});
    const { mean, std } = scaled;
    deepStrictEqual(model.preprocessing, {
      ...preprocessing,
      ...!("channelOrder" in preprocessing) && { mean: [mean, mean, mean] },
      std: [std, std, std],
    });
    const isSmoothed = "resampling" in preprocessing;
    const lacking = [!isSmoothed, "channelOrder" in preprocessing]
      .filter(Boolean);
    const differences = (layout: "torch" | "keras") =>
      timmDifferences({ layout }, preprocessing).length;
    strictEqual(differences("torch"), lacking.length);
    strictEqual(differences("keras"), 0);
    strictEqual(
      JSON.parse(text).pretrained_cfg.interpolation,
      isSmoothed ? preprocessing.resampling.filter : "bilinear",
    );
  }
});
