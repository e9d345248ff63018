/** Records and states that are right, for the targets that read them. */
import { conv2dTiles } from "../../kernels/conv2d.ts";
import { testValues } from "../../kernels/testing.ts";
import type { AdapterFacts } from "../../src/gpu/mod.ts";
import { plainHead, type RunRecord } from "../../src/run/run_record.ts";
import type { Checkpoint } from "../../src/train/checkpoint.ts";
import { resolveRecipe } from "../../src/train/mod.ts";
import { tuningPath, writeTuning } from "../../src/tune/tuning_file.ts";

const augmentation = {
  crop: 4,
  flip: 0.5,
  scale: 0,
  rotation: 0,
  brightness: 0,
  contrast: 0,
};

/** A record with all that a run may have. */
export const runRecord: RunRecord = {
  settings: {
    data: "/photos",
    isBottlenecks: false,
    test: "/held",
    limit: 5,
    seed: 3,
    exif: true,
    views: { count: 4, augmentation },
  },
  recipe: resolveRecipe("default", { target: "dense", trainRows: 99 }).recipe,
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
  results: {
    validation: { accuracy: 0.5, n: 4, low: 0.2, high: 0.8 },
    test: { accuracy: null },
  },
};

/** A training's state after a step. */
export function trainingState(step: number): Checkpoint {
  const part = (suffix: string, seed: number) => ({
    [`conv/kernel${suffix}`]: { shape: [3, 2], data: testValues(6, seed) },
    [`conv/bias${suffix}`]: { shape: [2], data: testValues(2, seed + 1) },
  });
  return {
    step,
    stage: 1,
    settings: { optimizer: "adam", rate: 0.5 },
    way: "graph",
    variables: part("", step + 1),
    moments: { ...part(" (first)", 3), ...part(" (second)", 5) },
    batches: { random: { seed: 1, stream: 1, counter: 77 }, position: 4 },
    identity: {
      labels: ["rose", "tulip"],
      digests: { model: "aa", data: "bb", split: "cc" },
    },
  };
}

/** An adapter's table as it is kept. */
export async function tuningText(adapter: AdapterFacts): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "espalier-fuzz-" });
  await writeTuning(folder, adapter, {
    tuning: {
      texels: false,
      preset: conv2dTiles[4],
      tiles: { "1x1 window, deep, more pixels": conv2dTiles[6] },
      winograd: { "square window, deep, more pixels": 4 },
    },
    gain: { before: 2, after: 1 },
    created: "2026-01-01T00:00:00.000Z",
  });
  const text = await Deno.readTextFile(tuningPath(folder, adapter));
  await Deno.remove(folder, { recursive: true });
  return text;
}
