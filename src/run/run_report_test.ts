import { strictEqual } from "@std/assert";
import { parseAugmentation } from "../image/mod.ts";
import { resolveRecipe } from "../train/mod.ts";
import { commandOf, reportedModel } from "./run_report.ts";

const { recipe } = resolveRecipe("classic", { trainRows: 99 });
const rest = {
  recipe,
  labels: ["a", "b"],
  width: 5,
  digests: { data: "d", split: "s" },
  environment: {},
};

Deno.test("commandOf() says everything that makes a run again, quoted for a shell", () => {
  const command = commandOf({
    ...rest,
    settings: {
      data: "/my photos",
      isBottlenecks: false,
      test: "/held",
      limit: 9,
      seed: 7,
      exif: false,
    },
    model: {
      name: "it's.pb",
      path: "/it's.pb",
      sha256: "ab",
      inputTensor: "x:0",
      bottleneckTensor: "y:0",
      preprocessing: {
        kind: "resize",
        size: 8,
        mean: [1, 2, 3],
        std: 2,
        channelOrder: "bgr",
      },
      precision: "f32",
      without: ["foldBatchNorm"],
    },
  });
  strictEqual(
    command,
    "./espalier train '/my photos' --test /held --model '/it'\\''s.pb' " +
      "--input-tensor x:0 --bottleneck-tensor y:0 --input-size 8 --mean 1,2,3 --std 2 --channel-order bgr --no-fold " +
      "--recipe classic --optimizer sgd --rate 0.001 --schedule constant --weight-decay 0 --steps 1001 --batch 64 " +
      "--limit 9 --no-exif --seed 7",
  );
});

Deno.test("commandOf() needs no model for a run from text files", () => {
  const settings = { data: "t", isBottlenecks: true, seed: 0, exif: true };
  strictEqual(
    commandOf({ ...rest, settings }),
    "./espalier train --bottlenecks t --recipe classic --optimizer sgd " +
      "--rate 0.001 --schedule constant --weight-decay 0 --steps 1001 --batch 64 --seed 0",
  );
});

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

Deno.test("commandOf() says how a network is trained", () => {
  const command = commandOf({
    ...rest,
    settings: { data: "d", isBottlenecks: false, seed: 0, exif: true },
    network,
  });
  strictEqual(
    command,
    "./espalier train d --mode finetune --model 'runs/digits 1' --input-size 28 " +
      "--hidden 64,32 --dropout 0.5 --freeze-until conv_1 --freeze-epochs 1 " +
      "--lr-mult 0.1 --clip norm=1 --patience 3 --recipe classic " +
      "--optimizer sgd --rate 0.001 --schedule constant --weight-decay 0 --steps 1001 --batch 64 --seed 0",
  );
});

Deno.test("commandOf() says in which views pictures were read", () => {
  const views = { count: 3, augmentation: parseAugmentation("flip") };
  const settings = { data: "d", isBottlenecks: false, seed: 0, exif: true };
  strictEqual(
    commandOf({ ...rest, settings: { ...settings, views } }),
    "./espalier train d --recipe classic --optimizer sgd --rate 0.001 " +
      "--schedule constant --weight-decay 0 --steps 1001 --batch 64 --augment crop=0,flip=0.5,scale=0,rotation=0," +
      "brightness=0,contrast=0 --views 3 --seed 0",
  );
});

Deno.test("reportedModel() names a network that has no file, and the run whose layers it took", () => {
  const { weightsOf, ...fresh } = network;
  const nameOf = (of: Parameters<typeof reportedModel>[0]) =>
    reportedModel(of).model?.name;
  strictEqual(nameOf({ network: fresh }), "small-cnn");
  strictEqual(nameOf({ network }), `small-cnn, its layers from ${weightsOf}`);
  strictEqual(nameOf({}), undefined);
});
