import {
  deepStrictEqual,
  notDeepStrictEqual,
  strictEqual,
  throws,
} from "@std/assert";
import fc from "fast-check";
import { InputError } from "../errors.ts";
import { resolveRecipe } from "../train/mod.ts";
import {
  formatRunRecord,
  identityOf,
  modelOptionsOf,
  parseRunRecord,
  plainHead,
  type RunRecord,
} from "./run_record.ts";

const augmentation = {
  crop: 4,
  flip: 0.5,
  scale: 0,
  rotation: 0,
  brightness: 0,
  contrast: 0,
};

const record: RunRecord = {
  settings: {
    data: "/photos",
    isBottlenecks: false,
    test: "/held",
    limit: 5,
    seed: 3,
    exif: true,
  },
  recipe: resolveRecipe("default", { target: "dense", trainRows: 99 }).recipe,
  network: plainHead,
  loss: "softmax",
  labels: ["blue moon", 'r"e,d'],
  width: 5,
  model: {
    name: "net.pb",
    path: "/net.pb",
    sha256: "ab",
    inputTensor: "x:0",
    bottleneckTensor: "y:0",
    preprocessing: {
      kind: "resize",
      size: 8,
      mean: [1, 2, 3],
      std: 127.5,
      channelOrder: "bgr",
    },
    precision: "f32",
    without: ["foldBatchNorm"],
    reason: "it is the best",
  },
  digests: { data: "d", split: "s" },
  environment: { espalier: "0.1.0" },
  results: { test: { accuracy: null } },
};

Deno.test("parseRunRecord() gives back the settings of a network", () => {
  const network = {
    mode: "finetune",
    base: { kind: "native", name: "small-cnn", size: 28 },
    weightsOf: "runs/a-1",
    hidden: [64, 32],
    dropout: 0.5,
    freezeUntil: "conv_1",
    freezeEpochs: 1,
    rateMultiplier: 0.1,
    labelSmoothing: 0.05,
    isBalanced: true,
    clip: { by: "value", limit: 0.1 },
    augmentation,
    patience: 3,
  } as const;
  const trained: RunRecord = { ...record, network };
  deepStrictEqual(
    parseRunRecord(formatRunRecord(trained), "run.json"),
    trained,
  );
});

Deno.test("parseRunRecord() gives back the views of a run, and refuses half of them", () => {
  const settings = { ...record.settings, views: { count: 4, augmentation } };
  const viewed: RunRecord = { ...record, settings };
  deepStrictEqual(parseRunRecord(formatRunRecord(viewed), "run.json"), viewed);
  const json = JSON.parse(formatRunRecord(viewed));
  delete json.settings.views.augmentation.flip;
  throws(() => parseRunRecord(JSON.stringify(json), "run.json"), {
    message:
      'run.json: "settings.views.augmentation.flip" is missing; train a new run',
  });
});

Deno.test("parseRunRecord() gives back what formatRunRecord() wrote", () => {
  deepStrictEqual(parseRunRecord(formatRunRecord(record), "run.json"), record);
  const { model: _model, results: _results, ...bare } = record;
  deepStrictEqual(parseRunRecord(formatRunRecord(bare), "run.json"), bare);
});

Deno.test("parseRunRecord() refuses a record cut off anywhere, and names the file", () => {
  const text = formatRunRecord(record);
  fc.assert(fc.property(fc.nat({ max: text.length - 3 }), (length) => {
    throws(() => parseRunRecord(text.slice(0, length), "a/run.json"), {
      name: "InputError",
      message: "a/run.json is not JSON; train a new run",
    });
  }));
});

Deno.test("parseRunRecord() refuses a record that lacks any field it needs", () => {
  const paths = [
    ...["format", "settings", "recipe", "labels", "width", "digests"],
    ...[
      "environment",
      "network",
      "loss",
      "settings.data",
      "settings.seed",
      "settings.exif",
    ],
    ...["recipe.rate", "recipe.batch", "digests.split", "model.sha256"],
    ...["model.path", "model.without", "model.preprocessing.size"],
  ];
  for (const path of paths) {
    const json = JSON.parse(formatRunRecord(record));
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    delete keys.reduce((value, key) => value[key], json)[last];
    throws(
      () => parseRunRecord(JSON.stringify(json), "run.json"),
      { name: "InputError", message: /^run\.json(: "|:| is)/ },
      path,
    );
  }
});

Deno.test("parseRunRecord() refuses a version it does not know", () => {
  const later = formatRunRecord(record).replace('"version": 2', '"version": 3');
  throws(() => parseRunRecord(later, "run.json"), {
    message:
      "run.json has version 3, this espalier reads 2: use the version that made it",
  });
});

Deno.test("modelOptionsOf() says which inputs of a graph were set, and identityOf() that they decide rows", () => {
  const set = ["training=false"];
  const { model: known } = record;
  if (!known) throw new Error("the record has no model");
  const model = { ...known, set };
  deepStrictEqual(modelOptionsOf(model).set, set);
  notDeepStrictEqual(identityOf({ ...record, model }), identityOf(record));
});

Deno.test("modelOptionsOf() says all that opens a model again", () => {
  const { model } = record;
  if (!model) throw new Error("the record has a model");
  deepStrictEqual(modelOptionsOf(model), {
    inputTensor: "x:0",
    bottleneckTensor: "y:0",
    inputSize: 8,
    mean: [1, 2, 3],
    std: 127.5,
    channelOrder: "bgr",
    resampling: "tensorflow",
    precision: "f32",
    without: ["foldBatchNorm"],
  });
  const resampling = { filter: "bicubic", shorterSide: 9 } as const;
  const text = changed("model.preprocessing.resampling", resampling);
  const { model: resampled } = parseRunRecord(text, "run.json");
  deepStrictEqual(
    resampled && modelOptionsOf(resampled).resampling,
    resampling,
  );
  const inGraph = { ...model, preprocessing: { kind: "in-graph" } } as const;
  const options = {
    inputTensor: "x:0",
    bottleneckTensor: "y:0",
    precision: "f32",
    without: ["foldBatchNorm"],
  };
  deepStrictEqual(modelOptionsOf(inGraph), {
    ...options,
    dctMethod: "INTEGER_ACCURATE",
  });
  const dctMethod = "INTEGER_FAST";
  const preprocessing = { kind: "in-graph", dctMethod } as const;
  deepStrictEqual(modelOptionsOf({ ...model, preprocessing }), {
    ...options,
    dctMethod,
  });
});

Deno.test("parseRunRecord() knows how weights were kept, in f32 where nothing says so", () => {
  const { model } = record;
  if (!model) throw new Error("the record has a model");
  const precisionOf = (text: string) =>
    parseRunRecord(text, "run.json").model?.precision;
  const half = { ...record, model: { ...model, precision: "f16" } } as const;
  strictEqual(precisionOf(formatRunRecord(half)), "f16");
  const silent = formatRunRecord(record).replace('"precision": "f32",', "");
  strictEqual(precisionOf(silent), "f32");
});

Deno.test("parseRunRecord() names a field that cannot be, and what it may be", () => {
  const cases: [path: string, value: unknown, message: string][] = [
    ["recipe.batch", 0, '"recipe.batch" is 0, expected at least 1'],
    ["recipe.batch", -1, '"recipe.batch" is -1, expected at least 1'],
    ["recipe.batch", 0.5, '"recipe.batch" is 0.5, expected a whole number'],
    ["recipe.steps", 2.5, '"recipe.steps" is 2.5, expected a whole number'],
    ["recipe.steps", -5, '"recipe.steps" is -5, expected at least 1'],
    ["recipe.steps", 2e9, '"recipe.steps" is 2000000000, expected at most'],
    ["model.preprocessing.std", 0, "expected a number other than 0"],
    ["model.preprocessing.std", [1, 0, 1], "expected a number other than 0"],
    ["model.preprocessing.mean", "x", "expected a number"],
    ["network.dropout", 1, '"network.dropout" is 1, expected less than 1'],
    ["settings.seed", -1, '"settings.seed" is -1, expected at least 0'],
    ["loss", "mse", '"loss" is "mse", expected "softmax" or "sigmoid"'],
  ];
  for (const [path, value, message] of cases) {
    const json = JSON.parse(formatRunRecord(record));
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    keys.reduce((inner, key) => inner[key], json)[last] = value;
    throws(
      () => parseRunRecord(JSON.stringify(json), "run.json"),
      (error: unknown) =>
        error instanceof InputError && error.message.includes(message) &&
        error.message.startsWith(`run.json: "${path}`),
      path,
    );
  }
});

/** A record in which every number there may be is there. */
const full: RunRecord = {
  ...record,
  settings: { ...record.settings, views: { count: 4, augmentation } },
  network: {
    ...plainHead,
    mode: "finetune",
    base: { kind: "native", name: "small-cnn", size: 28 },
    hidden: [64],
    dropout: 0.5,
    labelSmoothing: 0.05,
    clip: { by: "norm", limit: 1 },
    augmentation,
    patience: 3,
  },
  results: {
    validation: { accuracy: 0.5, n: 4, low: 0.2, high: 0.8 },
    test: { accuracy: 0.5, n: 4, low: 0.2, high: 0.8 },
    step: 100,
  },
};

/** The paths of all numbers in a JSON value. */
function numbersIn(value: unknown, path = ""): string[] {
  if (typeof value === "number") return [path];
  return Object.entries(Object(value)).flatMap(([key, inner]) =>
    typeof value === "string"
      ? []
      : numbersIn(inner, path && `${path}.${key}` || key)
  );
}

/** A record's text with another value at a path. */
function changed(path: string, value: unknown): string {
  const json = JSON.parse(formatRunRecord(full));
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  keys.reduce((inner, key) => inner[key], json)[last] = value;
  return JSON.stringify(json);
}

Deno.test("parseRunRecord() believes no number that makes no sense", () => {
  const paths = numbersIn(JSON.parse(formatRunRecord(full)));
  strictEqual(paths.includes("network.augmentation.flip"), true);
  for (const path of paths) {
    const isMean = path.startsWith("model.preprocessing.mean") ||
      path === "model.preprocessing.std";
    const isRate = ["recipe.rate", "recipe.weightDecay", "network.clip.limit"]
      .includes(path) || path === "network.rateMultiplier";
    for (const value of [-1, 1e308, -1e308, null, "x", {}, [], [[]]]) {
      // Any number may be taken from a pixel, training says what a rate did, and
      // no picture may have been left to test on.
      if (isMean && value === -1 || isRate && value === 1e308) continue;
      if (path.endsWith(".accuracy") && value === null) continue;
      throws(
        () => parseRunRecord(changed(path, value), "run.json"),
        { name: "InputError", message: /^run\.json(: "| has| does)/ },
        `${path} ${JSON.stringify(value)}`,
      );
    }
  }
});

Deno.test("parseRunRecord() believes no labels that are none, too few, or twice the same", () => {
  for (const labels of [[], ["a"], ["a", "a"], ["a", ""], ["a", 1]]) {
    throws(
      () => parseRunRecord(changed("labels", labels), "run.json"),
      /^InputError: run\.json: "labels/,
    );
  }
});

Deno.test("identityOf() differs with all that decides how pictures are read", () => {
  const digestOf = (text: string) =>
    identityOf(parseRunRecord(text, "run.json")).digests.preprocessing;
  const changes: [string, unknown][] = [
    ["model.preprocessing.mean", [1, 2, 4]],
    ["model.preprocessing.std", 128],
    ["model.preprocessing.size", 9],
    ["model.preprocessing.resampling", { filter: "bilinear" }],
    ["model.preprocessing.resampling", { filter: "bicubic" }],
    ["model.preprocessing.resampling", { filter: "bicubic", shorterSide: 9 }],
    ["model.inputTensor", "z:0"],
    ["model.bottleneckTensor", "z:0"],
    ["network.base.size", 29],
    ["settings.exif", false],
    ["recipe.scaleRows", false],
    ["width", 6],
  ];
  const digests = [
    formatRunRecord(full),
    ...changes.map(([path, value]) => changed(path, value)),
  ].map(digestOf);
  strictEqual(new Set(digests).size, changes.length + 1);
  strictEqual(digestOf(changed("model.path", "/moved.pb")), digests[0]);
  strictEqual(digestOf(changed("settings.data", "/moved")), digests[0]);
});

Deno.test("parseRunRecord() reads what espalier 0.1 wrote of a head, and of a network of two classes", () => {
  const { network: _network, loss: _loss, recipe, ...rest } = record;
  const { start: _start, stepsPerEvaluation: _steps, ...old } = recipe;
  const first = { format: "espalier run", version: 1, ...rest, recipe: old };
  const of = (json: object) => parseRunRecord(JSON.stringify(json), "run.json");
  deepStrictEqual(of(first), record);
  const trained = of({ ...first, network: { ...plainHead, dropout: 0.5 } });
  strictEqual(trained.loss, "sigmoid");
  strictEqual(trained.recipe.start, "drawn");
  strictEqual(trained.recipe.stepsPerEvaluation, undefined);
});
