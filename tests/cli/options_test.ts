import { deepStrictEqual, ok } from "@std/assert";
import { flagName, parseArguments } from "../../src/cli/args.ts";
import { commands } from "../../src/cli/commands.ts";
import {
  runModelOptions,
  trainOptions,
  trainPositionals,
} from "../../src/cli/options.ts";
import { tunerOf } from "../../src/cli/session.ts";
import { createTerminal } from "../../src/cli/terminal.ts";
import { fakeHost } from "../../src/cli/testing.ts";
import { askedOf } from "../../src/cli/train.ts";
import { encodeNpy } from "../../src/bytes/mod.ts";
import { InputError, messageOf } from "../../src/errors.ts";
import { placeholderGraph } from "../../src/features/testing.ts";
import type { ResolvedModel } from "../../src/features/mod.ts";
import {
  isPlainHead,
  type OpenedRun,
  openRun,
  openRunModel,
} from "../../src/run/mod.ts";
import { openStore } from "../../src/store/mod.ts";
import { resolveRecipe } from "../../src/train/mod.ts";
import { inSandbox, photos, type Sandbox } from "./_sandbox.ts";

/**
 * An option of every table, given in every way in which its command can be
 * called, changes what the command does, or is refused by name. An option that
 * has no words here fails the test: whoever adds one says how it shows.
 */
type Words = readonly string[];
type PathOf = (name: string) => string;
type Samples = Readonly<Record<string, (path: PathOf) => Words>>;

/** What `train` is asked in one of the ways in which it can be called. */
interface Call {
  readonly args: Words;
  /** What of the plan nothing reads there. */
  readonly unread?: Words;
}

const onGraph: Samples = {
  model: (path) => ["--model", path("copy.pb")],
  inputTensor: () => ["--input-tensor", "other:0"],
  bottleneckTensor: () => ["--bottleneck-tensor", "pool:0"],
  inputSize: () => ["--input-size", "16"],
  mean: () => ["--mean", "3"],
  std: () => ["--std", "50"],
  channelOrder: () => ["--channel-order", "bgr"],
  interpolation: () => ["--interpolation", "bicubic"],
  cropMode: () => ["--crop-mode", "center"],
  cropPct: () => ["--crop-pct", "0.5"],
  architecture: () => ["--architecture", "torchvision/resnet18"],
  precision: () => ["--precision", "f16"],
};

const ofTraining: Samples = {
  ...onGraph,
  model: (path) => ["--model", path("pictures.pb")],
  set: () => ["--set", "training=false"],
  fold: () => ["--no-fold"],
  tune: () => ["--no-tune"],
  retune: () => ["--retune"],
  test: (path) => ["--test", path("held")],
  validation: (path) => ["--validation", path("held")],
  limit: () => ["--limit", "5"],
  exif: () => ["--no-exif"],
  bottlenecks: (path) => ["--bottlenecks", path("texts")],
  mode: () => ["--mode", "finetune"],
  hidden: () => ["--hidden", "7"],
  dropout: () => ["--dropout", "0.25"],
  recipe: () => ["--recipe", "onecycle"],
  optimizer: () => ["--optimizer", "momentum"],
  rate: () => ["--rate", "0.5"],
  schedule: () => ["--schedule", "step"],
  steps: () => ["--steps", "17"],
  epochs: () => ["--epochs", "7"],
  batch: () => ["--batch", "5"],
  patience: () => ["--patience", "2"],
  findLr: () => ["--find-lr"],
  seed: () => ["--seed", "9"],
  weightDecay: () => ["--weight-decay", "0.5"],
  clip: () => ["--clip", "norm=2"],
  scaleRows: () => ["--no-scale-rows"],
  labelSmoothing: () => ["--label-smoothing", "0.25"],
  classWeights: () => ["--class-weights", "balanced"],
  freezeUntil: () => ["--freeze-until", "1"],
  freezeEpochs: () => ["--freeze-epochs", "1"],
  freezeRate: () => ["--freeze-rate", "0.5"],
  lrMult: () => ["--lr-mult", "0.5"],
  augment: () => ["--augment", "flip"],
  views: () => ["--views", "3"],
  out: (path) => ["--out", path("elsewhere")],
  resume: (path) => ["--resume", path("pixels")],
  assertAccuracy: () => ["--assert-accuracy", "0.5"],
};

Deno.test("an option decides something in every way of calling its command, or is refused by name", async (test) => {
  await inSandbox(files(), async (sandbox) => {
    await trainRuns(sandbox);
    const steps = {
      "train in each way of training": trainDecides,
      "train --resume, also where the option says what is so anyway":
        resumeTakes,
      "what is said of the model of a run of each kind": modelDecides,
      "the other commands": othersShow,
    };
    for (const [name, step] of Object.entries(steps)) {
      await test.step(name, () => step(sandbox));
    }
  });
});

async function trainDecides(sandbox: Sandbox): Promise<void> {
  const path = (name: string) => sandbox.path(name);
  const data = path("photos");
  const pixels = ["--model", path("pixels.pb"), "--bottleneck-tensor"];
  const graph = [data, ...pixels, "features:0"];
  const calls: Record<string, Call> = {
    head: { args: graph },
    layers: { args: [...graph, "--hidden", "4"] },
    finetune: { args: [...graph, "--mode", "finetune"] },
    "a graph that decodes": {
      args: [data, "--model", path("pictures.pb")],
    },
    texts: { args: ["--bottlenecks", path("texts")] },
    "layers on texts": {
      args: ["--bottlenecks", path("texts"), "--hidden", "4"],
    },
    scratch: { args: [data, "--mode", "scratch"] },
    "a run's graph": { args: [data, "--model", path("network")] },
    "a run's network": { args: [data, "--model", path("scratch")] },
    rates: {
      args: [...graph, "--find-lr"],
      unread: [
        ...["rate", "schedule", "steps", "patience", "freezeEpochs"],
        ...["freezeRate"],
        ...["out", "wanted", "stepsPerEvaluation", "name"],
      ],
    },
  };
  const ignored: string[] = [];
  for (const [way, call] of Object.entries(calls)) {
    const plain = await planOf(call.args, call);
    ok(!plain.startsWith("refused"), `${way}: ${plain}`);
    for (const name of Object.keys(trainOptions)) {
      const flag = name === "resume" ? undefined : `--${flagName(name)}`;
      const words = ofTraining[name];
      ok(words, `say how --${flagName(name)} of train shows`);
      if (flag === undefined || call.args.includes(flag)) continue;
      const plan = await planOf([...call.args, ...words(path)], call);
      if (plan === plain) ignored.push(`${way} ${words(path).join(" ")}`);
    }
  }
  deepStrictEqual(ignored, []);
}

/** All that decides what a training does, as a text; or how it is refused. */
async function planOf(args: Words, { unread = [] }: Call): Promise<string> {
  const table = { name: "train", options: trainOptions };
  const host = fakeHost();
  try {
    const parsed = parseArguments(
      { ...table, positionals: trainPositionals },
      args,
    );
    const { options } = parsed;
    const asked = await askedOf({
      ...parsed,
      terminal: createTerminal(host),
      interruption: { signal: new AbortController().signal, resumeWith() {} },
    });
    const { model, settings, network, recipe: name, overrides, out } = asked;
    if (!network) throw new Error("no network");
    const { recipe } = resolveRecipe(name ?? "default", {
      target: isPlainHead(network) ? "dense" : network.mode,
      trainRows: 1000,
      hasHeadStage: network.freezeEpochs > 0,
      ...!isPlainHead(network) &&
        { scaleRows: network.base.kind === "features" },
      ...overrides && { overrides },
    });
    const isTuned = network.base.kind !== "features" ||
      network.hidden.length > 0 || !settings.isBottlenecks;
    return JSON.stringify({
      ...{ settings, network, recipe, out, find: options.findLr },
      model: factsOf(model),
      tuner: isTuned && (tunerOf(options) ?? "none"),
      wanted: options.assertAccuracy,
    }, (key, value) => unread.includes(key) ? undefined : value);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return `refused: ${messageOf(error)}`;
  }
}

/** What there is to know of a model. */
function factsOf(opened: ResolvedModel | undefined): string {
  if (!opened) return "none";
  const { model: { graph: _, graphDef: __, notes: ___, ...facts }, ...file } =
    opened;
  return JSON.stringify({ ...facts, ...file });
}

async function resumeTakes(sandbox: Sandbox): Promise<void> {
  const path = (name: string) => sandbox.path(name);
  const resume = ["--resume", path("pixels")];
  const taken: string[] = [];
  for (const name of Object.keys(trainOptions)) {
    if (name === "resume") continue;
    const words = ofTraining[name](path);
    const { code, stderr } = await sandbox.run("train", ...resume, ...words);
    const isNamed = stderr.includes(words[0].replace("--no-", "--"));
    if (code !== 2 || !isNamed) taken.push(`${name} ${code}`);
  }
  // Another model is refused as another, a bar is reached or not.
  deepStrictEqual(taken, ["model 1", "assertAccuracy 0"]);
  for (const same of [["--seed", "0"], ["--mode", "head"]]) {
    const { code } = await sandbox.run("train", ...resume, ...same);
    deepStrictEqual(code, 2);
  }
  const texts = ["--resume", sandbox.path("texts-run")];
  const { code, stderr } = await sandbox.run(
    "train",
    ...texts,
    ...ofTraining.model(path),
  );
  deepStrictEqual(code, 2, stderr);
}

/** How the options of the other commands show; a text says where one is held that needs more. */
const samples: Readonly<
  Record<string, Readonly<Record<string, Samples[string] | string>>>
> = {
  predict: { ...onGraph, grid: (path) => ["--grid", path("grid.svg")] },
  eval: onGraph,
  export: {
    ...onGraph,
    to: () => ["--to", "safetensors"],
    out: (path) => ["--out", path("elsewhere")],
    layout: "onnx_test.ts",
    from: "onnx_test.ts",
  },
  compare: { out: (path) => ["--out", path("other.svg")] },
  extract: {
    ...onGraph,
    limit: () => ["--limit", "1"],
    seed: () => ["--seed", "9"],
    exif: "extract_test.ts",
    set: () => ["--set", "training=false"],
    fold: () => ["--no-fold"],
    tune: "session_test.ts",
    retune: "session_test.ts",
    npy: (path) => ["--npy", path("rows.npy")],
    txt: (path) => ["--txt", path("rows")],
    batch: "the same rows in another time",
  },
  run: {
    feed: "run_graph_test.ts",
    fetch: () => ["--fetch", "pool:0"],
    npy: (path) => ["--npy", path("y.npy")],
    batch: "run_graph_test.ts",
    set: () => ["--set", "training=false"],
    architecture: () => ["--architecture", "torchvision/resnet18"],
    fold: "run_graph_test.ts",
    precision: () => ["--precision", "f16"],
    without: () => ["--without", "nonsense"],
  },
  inspect: {
    inputSize: () => ["--input-size", "16"],
    architecture: () => ["--architecture", "torchvision/resnet18"],
    output: () => ["--output", "relu:0"],
    set: () => ["--set", "training=false"],
    batch: () => ["--batch", "3"],
    classes: () => ["--classes", "7"],
    optimizer: () => ["--optimizer", "sgd"],
    freezeUntil: () => ["--freeze-until", "1"],
    nodes: () => ["--nodes"],
    program: () => ["--program"],
  },
  convert: {
    to: "convert_test.ts",
    out: (path) => ["--out", path("made.onnx")],
    inputSize: "convert_model_test.ts",
    output: () => ["--output", "relu:0"],
    architecture: () => ["--architecture", "torchvision/resnet18"],
    layout: "convert_model_test.ts",
    precision: "convert_model_test.ts",
  },
  fetch: {
    list: "fetch_test.ts",
    as: "fetch_test.ts",
    sha256: "fetch_test.ts",
  },
  doctor: { verify: "doctor_test.ts" },
  cache: {},
};

Deno.test("every option of every command has words that show it", () => {
  for (const { name, options } of commands) {
    const known = name === "train" ? ofTraining : samples[name];
    deepStrictEqual(
      Object.keys(known ?? {}).sort(),
      Object.keys(options).sort(),
      name,
    );
  }
});

async function modelDecides(sandbox: Sandbox): Promise<void> {
  const path = (name: string) => sandbox.path(name);
  const model = ["--model", path("pixels.pb")];
  const ofTexts = [...model, "--bottleneck-tensor", "features:0"];
  const ignored: string[] = [];
  for (const name of ["pixels", "pictures", "network", "scratch", "texts"]) {
    const isOfTexts = name === "texts";
    const run = await openRun(path(isOfTexts ? "texts-run" : name));
    const plain = await modelOf(run, isOfTexts ? ofTexts : []);
    for (const words of Object.values(onGraph)) {
      const given = [...isOfTexts ? ofTexts : [], ...words(path)];
      if (await modelOf(run, given) === plain) {
        ignored.push(`${name} ${given.join(" ")}`);
      }
    }
  }
  deepStrictEqual(ignored, []);
}

/** The model by which a run reads pictures, as a text; or how the words are refused. */
async function modelOf(run: OpenedRun, args: Words): Promise<string> {
  const name = "eval";
  const { options } = parseArguments({
    name,
    options: runModelOptions,
    positionals: {},
  }, args);
  try {
    const store = openStore("/no/home");
    return factsOf(await openRunModel(run, { store, request: options }));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return `refused: ${messageOf(error)}`;
  }
}

async function othersShow(sandbox: Sandbox): Promise<void> {
  const path = (name: string) => sandbox.path(name);
  const data = Float32Array.from({ length: 192 }, (_, at) => at % 7 / 3);
  const npy = encodeNpy({ shape: [1, 8, 8, 3], data });
  await sandbox.write({ "x.npy": npy });
  const pixels = ["--model", path("pixels.pb")];
  const calls = [
    ["predict", path("scratch"), path("held/red/0.png")],
    ["export", path("scratch"), "--out", path("exported")],
    ["compare", path("pixels"), "--out", path("comparison.svg")],
    ["extract", path("held"), ...pixels, "--bottleneck-tensor", "features:0"],
    [
      ...["run", path("pixels.pb"), "--fetch", "features:0"],
      ...["--feed", `input:0=${path("x.npy")}`],
    ],
    ["inspect", path("pixels.pb")],
    ["inspect", path("pictures.pb")],
    [
      ...["convert", path("pixels.pb"), "--to", "onnx"],
      ...["--out", path("pixels.onnx")],
    ],
  ];
  const ignored: string[] = [];
  for (const [name, ...args] of calls) {
    const plain = await outcomeOf(sandbox, name, args);
    const ofModel = name === "extract" ? [] : Object.keys(onGraph);
    for (const [option, words] of Object.entries(samples[name])) {
      const isHeldElsewhere = typeof words === "string" ||
        ["predict", "eval", "export"].includes(name) &&
          ofModel.includes(option);
      if (isHeldElsewhere) continue;
      const given = [...args, ...words(path)];
      const outcome = await outcomeOf(sandbox, name, given);
      if (outcome === plain) ignored.push([name, ...given].join(" "));
    }
  }
  deepStrictEqual(ignored, []);
}

/** What a command does that a person or a program can see: what it prints, but for times, and the files it writes. */
async function outcomeOf(
  sandbox: Sandbox,
  name: string,
  args: Words,
): Promise<string> {
  const written = ["exported", "elsewhere", "grid.svg", "rows.npy", "rows"]
    .concat("rows.txt", "y.npy", "other.svg", "home/features");
  for (const file of written) {
    await Deno.remove(sandbox.path(file), { recursive: true }).catch(() => {});
  }
  const { code, stdout, stderr } = await sandbox.run(name, ...args);
  const there = await Promise.all(
    written.map((file) =>
      Deno.stat(sandbox.path(file)).then(() => file, () => "")
    ),
  );
  const rows = written.includes("rows") && name === "extract"
    ? await cachedRows(sandbox)
    : "";
  const timeless = (text: string) =>
    text.replace(/\d+(\.\d+)?( images\/s|s\b)|\(.*\/s\)/g, "");
  return JSON.stringify([
    code,
    timeless(stdout),
    timeless(stderr),
    there,
    rows,
  ]);
}

/** Where the rows are kept says by what they were made. */
async function cachedRows(sandbox: Sandbox): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(sandbox.path("home/features"))) {
      names.push(name);
    }
  } catch (error) {
    // A call that is refused keeps none.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names;
}

function files() {
  const texts: Record<string, string> = {};
  for (const label of ["blue moon", "red"]) {
    for (let number = 0; number < 8; number++) {
      texts[`texts/${label}/${number}.txt`] = `${number},1,2,3,${label.length}`;
    }
  }
  const pixels = placeholderGraph();
  return {
    ...photos(),
    ...photos(undefined, { folder: "held", each: 3 }),
    ...texts,
    "pixels.pb": pixels,
    "copy.pb": pixels,
  };
}

/** A run of each kind. */
async function trainRuns(sandbox: Sandbox): Promise<void> {
  const path = (name: string) => sandbox.path(name);
  await Deno.rename(path("net.pb"), path("pictures.pb"));
  const tensor = ["--bottleneck-tensor", "features:0", "--batch", "4"];
  const pixels = ["--model", path("pixels.pb"), ...tensor];
  const runs = {
    pixels: [path("photos"), ...pixels],
    pictures: [path("photos"), "--model", path("pictures.pb"), ...tensor],
    network: [path("photos"), ...pixels, "--mode", "finetune"],
    scratch: [
      ...[path("photos"), "--mode", "scratch", "--input-size", "12"],
      ...["--hidden", "4", "--batch", "4"],
    ],
    "texts-run": ["--bottlenecks", path("texts")],
  };
  for (const [name, args] of Object.entries(runs)) {
    const out = ["--out", path(name), "--steps", "2"];
    const { code, stderr } = await sandbox.run("train", ...args, ...out);
    deepStrictEqual(code, 0, stderr);
  }
}
