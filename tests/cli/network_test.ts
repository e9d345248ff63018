import {
  deepStrictEqual,
  match,
  notDeepStrictEqual,
  ok,
  strictEqual,
} from "@std/assert";
import { decodeTensors } from "../../src/bytes/mod.ts";
import { checkRefusal, inSandbox, photos, type Sandbox } from "./_sandbox.ts";

const scratch = ["--model", "small-cnn", "--mode", "scratch"];
const small = ["--input-size", "12", "--hidden", "8", "--batch", "4"];

function train(sandbox: Sandbox, name: string, ...args: string[]) {
  const all = [sandbox.path("photos"), "--out", sandbox.path(name), ...args];
  return sandbox.run("train", ...all);
}

Deno.test("train --mode scratch learns classes, and predict, eval and export use the run", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const { code, stdout, stderr } = await train(
      sandbox,
      "run",
      ...scratch,
      ...small,
      ...["--epochs", "30", "--dropout", "0", "--rate", "0.01"],
    );
    strictEqual(code, 0, stderr);
    match(stdout, /^test accuracy \d+\.\d %, \d of 2 /);
    const run = sandbox.path("run");
    const predicted = await sandbox.run("predict", run, sandbox.path("photos"));
    strictEqual(predicted.code, 0, predicted.stderr);
    const right = predicted.stdout.split("\n")
      .filter((line) => line.endsWith("right"));
    ok(right.length >= 14, predicted.stdout);
    const evaluated = await sandbox.run("eval", run, sandbox.path("photos"));
    match(evaluated.stdout, /^accuracy \d+\.\d %, 1[4-6] of 16 /);
    const out = sandbox.path("exported");
    const exported = await sandbox.run("export", run, "--out", out);
    strictEqual(exported.code, 0, exported.stderr);
    strictEqual(await sandbox.text("exported/labels.txt"), "blue moon\nred\n");
  });
});

Deno.test("train --mode scratch starts a framework's network by its name, whose layers another run takes", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const name = "mobilenet-v1-0.25-128";
    const fresh = ["--mode", "scratch", "--input-size", "32", "--batch", "4"];
    const steps = ["--steps", "2"];
    const first = await train(
      sandbox,
      "first",
      ...["--model", name, ...fresh, ...steps],
    );
    strictEqual(first.code, 0, first.stderr);
    const { network } = JSON.parse(await sandbox.text("first/run.json"));
    deepStrictEqual(network.base, { kind: "native", name, size: 32 });
    const moved = ["--model", sandbox.path("first"), "--batch", "4", ...steps];
    const second = await train(sandbox, "second", ...moved);
    strictEqual(second.code, 0, second.stderr);
    const run = sandbox.path("second");
    const predicted = await sandbox.run("predict", run, sandbox.path("photos"));
    strictEqual(predicted.code, 0, predicted.stderr);
    const out = sandbox.path("exported");
    const exported = await sandbox.run("export", run, "--out", out);
    strictEqual(exported.code, 0, exported.stderr);

    checkRefusal(await train(sandbox, "no", "--model", "resnet18", ...fresh), {
      code: 2,
      message: /"resnet18" is no network by its name\. Did you mean resnet-18/,
    });
  });
});

Deno.test("train --model RUN --mode head trains a new head on the layers of another run", async () => {
  await inSandbox(photos(), async (sandbox) => {
    await train(sandbox, "first", ...scratch, ...small, "--steps", "4");
    const moved = ["--model", sandbox.path("first"), "--steps", "3"];
    const result = await train(sandbox, "second", ...moved, "--batch", "4");
    strictEqual(result.code, 0, result.stderr);
    const { network } = JSON.parse(await sandbox.text("second/run.json"));
    deepStrictEqual(network.hidden, [32]);
    strictEqual(network.mode, "head");
    strictEqual(network.weightsOf, sandbox.path("first"));
    const cut = ["--bottleneck-tensor", "head/dense_1"];
    const third = await train(sandbox, "third", ...moved, ...cut);
    strictEqual(third.code, 0, third.stderr);
    const model = async (run: string) => {
      const name = `${run}/model/model.safetensors`;
      const bytes = await sandbox.bytes(name);
      return decodeTensors(bytes, { kind: "model", name }).tensors;
    };
    const [before, after] = [await model("first"), await model("third")];
    for (const part of ["kernel", "bias"]) {
      const { data } = before[`head/dense_1/${part}`];
      deepStrictEqual(after[`kept/dense_1/${part}`].data, data);
    }
    const run = sandbox.path("third");
    const predicted = await sandbox.run("predict", run, sandbox.path("photos"));
    strictEqual(predicted.code, 0, predicted.stderr);
    const inspected = await sandbox.run("inspect", run);
    strictEqual(inspected.code, 0, inspected.stderr);
    match(inspected.stdout, / 3 +kept\/dense_1 +matmul +\[8\] +\d+ +stays\n/);
    match(inspected.stdout, / head\/logits +matmul +\[1\] +33 +trained\n/);
    const wrong = ["--bottleneck-tensor", "head/logits"];
    const refused = await train(sandbox, "fourth", ...moved, ...wrong);
    checkRefusal(refused, {
      code: 2,
      message: /cannot be cut after "head\/logits".*dense_1/,
    });
  });
});

Deno.test("train --mode finetune trains a frozen graph in stages, and --hidden several layers on its features", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const graph = [
      ...["--model", sandbox.path("net.pb"), "--batch", "4"],
      ...["--bottleneck-tensor", "features:0", "--epochs", "2"],
    ];
    const tuned = await train(sandbox, "tuned", ...graph, "--mode", "finetune");
    strictEqual(tuned.code, 0, tuned.stderr);
    match(tuned.stderr, /layers: 2 of 2 are trained .*; layers.csv lists them/);
    const stages = "--freeze-epochs 1 --mode finetune --schedule constant"
      .split(" ");
    for (
      const [flag, alone, all] of [
        ["", 0.009, 0.0003],
        ["--recipe onecycle", 0.0001, 0.0001],
        ["--rate 0.01", 0.01, 0.01],
        ["--freeze-rate 0.5", 0.5, 0.0003],
      ] as const
    ) {
      const name = `staged${flag}`;
      const flags = flag === "" ? [] : flag.split(" ");
      const staged = await train(sandbox, name, ...graph, ...stages, ...flags);
      strictEqual(staged.code, 0, staged.stderr);
      const says =
        `adam, rate ${alone} while only the head is trained, for 3 steps, then rate ${all} for all layers`;
      ok(staged.stderr.includes(says), staged.stderr);
      const told = (await sandbox.text(`${name}/log.jsonl`)).split("\n")
        .filter((line) => line.includes('"event":"step"'))
        .map((line) => Number(JSON.parse(line).rate.toPrecision(6)));
      deepStrictEqual(told, [...Array(3).fill(alone), ...Array(3).fill(all)]);
    }
    const deep = await train(sandbox, "deep", ...graph, "--hidden", "8,4");
    strictEqual(deep.code, 0, deep.stderr);
    const layers = (await sandbox.text("deep/layers.csv")).trim().split("\n");
    deepStrictEqual(
      layers.map((line) => line.replace(/,.*,/, " ")),
      ["number trained", "1 false", ...Array(3).fill(" true")],
    );
    for (const name of ["tuned", "deep"]) {
      const out = sandbox.path(`${name}-exported`);
      const run = sandbox.path(name);
      const exported = await sandbox.run("export", run, "--out", out);
      strictEqual(exported.code, 0, exported.stderr);
    }
  });
});

for (
  const { fault, args, code, message } of [
    {
      fault: "a layer that is not there",
      args: ["--mode", "finetune", "--freeze-until", "wrong"],
      code: 2,
      message: /no layer "wrong" \(--freeze-until\)/,
    },
    {
      fault: "a layer whose name is written wrong, with the nearest",
      args: ["--mode", "finetune", "--freeze-until", "summ"],
      code: 2,
      message: /no layer "summ" \(--freeze-until\)\. Did you mean sum\?/,
    },
    {
      fault: "fresh weights of a frozen graph",
      args: ["--mode", "scratch"],
      code: 2,
      message: /--mode scratch starts from fresh weights/,
    },
    {
      fault: "a batch larger than the data",
      args: ["--mode", "finetune", "--batch", "13"],
      code: 1,
      message: /batch of 13 is larger than the 12 training images/,
    },
    {
      fault: "layers to freeze where only the head is trained",
      args: ["--freeze-until", "sum"],
      code: 2,
      message:
        /--freeze-until is of the layers before the head, which --mode head leaves as they are: add --mode finetune/,
    },
    {
      fault: "no epoch that is left for what is frozen first",
      args: "--mode finetune --freeze-epochs 2 --epochs 2".split(" "),
      code: 2,
      message: /--freeze-epochs 2 leaves nothing of 2 epochs/,
    },
    {
      fault: "steps and epochs",
      args: ["--hidden", "4", "--steps", "4", "--epochs", "3"],
      code: 2,
      message: /--steps and --epochs say the same/,
    },
    {
      fault: "a rate of the head's stage where there is none",
      args: "--mode finetune --freeze-rate 0.1 --epochs 2".split(" "),
      code: 2,
      message: /--freeze-rate is of the epochs in which only the head/,
    },
    {
      fault: "the tutorial's recipe for another network than its own",
      args: ["--recipe", "classic"],
      code: 2,
      message: /features of an Inception-v3, and net.pb is none/,
    },
    {
      fault: "the tutorial's recipe for a network on pictures",
      args: "--recipe classic --mode finetune".split(" "),
      code: 2,
      message: /features of an Inception-v3, and this trains a network on/,
    },
  ] as const
) {
  Deno.test(`train of a network refuses ${fault}, and makes no run folder`, async () => {
    await inSandbox(photos(), async (sandbox) => {
      const model = ["--model", sandbox.path("net.pb")];
      const tensor = ["--bottleneck-tensor", "features:0"];
      const result = await train(sandbox, "run", ...model, ...tensor, ...args);
      checkRefusal(result, { code, message });
      const folder = await Deno.stat(sandbox.path("run")).catch(() => null);
      strictEqual(folder, null);
    });
  });
}

Deno.test("train of a network stops at a loss that is no number, and says what finds a better rate", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const wild = [...scratch, ...small, "--rate", "1e30", "--epochs", "9"];
    const result = await train(sandbox, "run", ...wild);
    checkRefusal(result, { code: 1, message: /--find-lr/ });
    const names = [...Deno.readDirSync(sandbox.path("run/checkpoints"))];
    ok(names.length > 0);
  });
});

Deno.test("compare puts runs side by side, and draws their curves", async () => {
  await inSandbox(photos(), async (sandbox) => {
    await train(sandbox, "one", ...scratch, ...small, "--steps", "4");
    await train(sandbox, "two", ...scratch, ...small, "--steps", "3");
    const svg = sandbox.path("both.svg");
    const runs = [sandbox.path("one"), sandbox.path("two")];
    const { code, stdout } = await sandbox.run(
      "compare",
      ...runs,
      "--out",
      svg,
    );
    strictEqual(code, 0);
    match(stdout, /one +small-cnn, scratch, dense 8 +default +4 /);
    match(stdout, /two +small-cnn, scratch, dense 8 +default +3 /);
    ok((await sandbox.text("both.svg")).includes("two: loss"));
  });
});

Deno.test("train --find-lr suggests a rate, and makes no run folder", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const args = ["--json", ...scratch, ...small, "--find-lr"];
    const { code, stdout, stderr } = await sandbox.task("train", [
      ...["photos", ...args],
    ]);
    strictEqual(code, 0, stderr);
    const { suggestion, points } = JSON.parse(
      stdout.trim().split("\n").at(-1) ?? "",
    );
    ok(suggestion > 0 && suggestion <= 0.1);
    ok(points.length > 10 && points[0].rate < 2e-6);
    ok((await sandbox.text("learning-rates.svg")).startsWith("<svg"));
    strictEqual(await Deno.stat(sandbox.path("runs")).catch(() => null), null);
  });
});

Deno.test("train --patience stops once the validation loss no longer falls, and takes the best weights", async () => {
  await inSandbox(photos(), async (sandbox) => {
    // Weights that stay as they are: the first epoch is the best.
    const still = ["--optimizer", "sgd", "--rate", "1e-20"];
    const args = [...still, "--epochs", "60", "--patience", "3"];
    const result = await train(sandbox, "run", ...scratch, ...small, ...args);
    strictEqual(result.code, 0, result.stderr);
    const { results } = JSON.parse(await sandbox.text("run/run.json"));
    const evaluations = (await sandbox.text("run/log.jsonl")).trim().split("\n")
      .map((line) => JSON.parse(line))
      .filter(({ event }) => event === "eval");
    strictEqual(evaluations.length, 4);
    strictEqual(results.step, evaluations[0].step);
    const run = sandbox.path("run");
    const used = await sandbox.run("predict", run, sandbox.path("photos"));
    strictEqual(used.code, 0, used.stderr);
    ok(!used.stderr.includes("finish it"), used.stderr);
  });
});

/** The head of the test's frozen graph, trained with these flags. */
async function trainHead(
  sandbox: Sandbox,
  { name, classes = ["blue moon", "red"], args }: {
    name: string;
    classes?: readonly string[];
    args: readonly string[];
  },
) {
  await sandbox.write(photos(classes));
  const graph = ["--model", sandbox.path("net.pb"), "--seed", "5"];
  const tensor = ["--bottleneck-tensor", "features:0"];
  const result = await train(sandbox, name, ...graph, ...tensor, ...args);
  strictEqual(result.code, 0, result.stderr);
  return {
    model: await sandbox.bytes(`${name}/model/model.safetensors`),
    predictions: await sandbox.text(`${name}/predictions.csv`),
    record: JSON.parse(await sandbox.text(`${name}/run.json`)),
  };
}

Deno.test("train with --dropout 0 gives the bytes of train without it, for two classes and for three, by softmax from zeros", async () => {
  for (const classes of [["blue moon", "red"], ["blue moon", "red", "green"]]) {
    await inSandbox(photos(), async (sandbox) => {
      const steps = ["--steps", "120"];
      const { record, ...plain } = await trainHead(sandbox, {
        name: "plain",
        classes,
        args: steps,
      });
      const { record: _, ...without } = await trainHead(sandbox, {
        name: "without",
        classes,
        args: [...steps, "--dropout", "0"],
      });
      deepStrictEqual(without, plain);
      strictEqual(record.loss, "softmax");
      strictEqual(record.recipe.start, "zeros");
      strictEqual(record.recipe.optimizer, "adamw");
    });
  }
});

Deno.test("train of one dense layer takes what networks take: patience, clip, smoothing, class weights, decay with any optimizer, dropout", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const plain = await trainHead(sandbox, {
      name: "plain",
      args: ["--steps", "3"],
    });
    for (
      const flags of [
        "--clip norm=0.001",
        "--label-smoothing 0.2",
        "--optimizer sgd --weight-decay 0.5",
        "--dropout 0.5",
        "--recipe onecycle",
      ]
    ) {
      const name = flags.replaceAll(/[^a-z]+/g, "");
      const args = [...flags.split(" "), "--steps", "3"];
      const { model } = await trainHead(sandbox, { name, args });
      notDeepStrictEqual(model, plain.model, flags);
      const run = sandbox.path(name);
      const used = await sandbox.run("predict", run, sandbox.path("photos"));
      strictEqual(used.code, 0, used.stderr);
    }
    const balanced = ["--class-weights", "balanced", "--steps", "3"];
    await trainHead(sandbox, { name: "balanced", args: balanced });
    const still = ["--optimizer", "sgd", "--rate", "1e-20"];
    const { record } = await trainHead(sandbox, {
      name: "patient",
      args: [...still, "--patience", "2"],
    });
    strictEqual(record.results.step, 100);
  });
});
