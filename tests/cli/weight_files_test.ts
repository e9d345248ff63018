import {
  deepStrictEqual,
  match,
  notDeepStrictEqual,
  strictEqual,
} from "@std/assert";
import { architectureOf } from "../../models/architectures.ts";
import {
  seededFile,
  seededValues,
  seededWeightFile,
} from "../../models/testing.ts";
import { decodeTensors } from "../../src/bytes/mod.ts";
import { checkRefusal, inSandbox, photos } from "./_sandbox.ts";

const file = seededWeightFile(
  seededFile(architectureOf("keras/mobilenet_0.25"), 5),
);

Deno.test("a file of weights is trained on, resumed, used and exported as a frozen graph is", async () => {
  const files = { ...photos(), "net.safetensors": file };
  await inSandbox(files, async (sandbox) => {
    const model = ["--model", sandbox.path("net.safetensors")];
    const trained = await sandbox.run(
      "train",
      ...[sandbox.path("photos"), ...model, "--input-size", "33"],
      ...["--out", sandbox.path("run"), "--steps", "3"],
    );
    strictEqual(trained.code, 0, trained.stderr);
    const record = JSON.parse(await sandbox.text("run/run.json")).model;
    deepStrictEqual(record.weights, {
      format: "safetensors",
      architecture: "keras/mobilenet_0.25",
    });
    deepStrictEqual(record.preprocessing, {
      kind: "resize",
      size: 33,
      mean: [127.5, 127.5, 127.5],
      std: [127.5, 127.5, 127.5],
    });

    const run = sandbox.path("run");
    const head = "run/model/model.safetensors";
    const whole = await sandbox.bytes(head);
    await Deno.remove(sandbox.path("run/checkpoints/step-000003.safetensors"));
    await Deno.remove(sandbox.path(head));
    const resumed = await sandbox.run("train", "--resume", run);
    strictEqual(resumed.code, 0, resumed.stderr);
    deepStrictEqual(await sandbox.bytes(head), whole);

    const photo = sandbox.path("photos/red/0.png");
    const predicted = await sandbox.run("predict", run, photo);
    strictEqual(predicted.code, 0, predicted.stderr);
    match(predicted.stdout, /red/);
    const exported = await sandbox.run(
      "export",
      ...[run, "--to", "graphdef", "--out", sandbox.path("exported")],
    );
    strictEqual(exported.code, 0, exported.stderr);

    const other = seededFile(architectureOf("keras/mobilenet_0.25"), 4);
    await sandbox.write({ "net.safetensors": seededWeightFile(other) });
    checkRefusal(await sandbox.run("predict", run, photo), {
      code: 1,
      message: /is not the model that .+ was trained with/,
    });
  });
});

Deno.test("a file of weights is fine-tuned with its batch norms, resumed to the byte, and moved on", async () => {
  const files = { ...photos(), "net.safetensors": file };
  await inSandbox(files, async (sandbox) => {
    const [data, run] = [sandbox.path("photos"), sandbox.path("run")];
    const trained = await sandbox.run(
      "train",
      ...[data, "--model", sandbox.path("net.safetensors"), "--out", run],
      ...["--mode", "finetune", "--input-size", "32", "--batch", "4"],
      ...["--freeze-until", "conv_pw_11", "--epochs", "2"],
    );
    strictEqual(trained.code, 0, trained.stderr);
    const { network } = JSON.parse(await sandbox.text("run/run.json"));
    deepStrictEqual(network.base, { kind: "weights" });
    const layers = (await sandbox.text("run/layers.csv")).split("\n");
    deepStrictEqual(
      layers.filter((line) => /conv_(pw_11|dw_12)/.test(line)),
      [
        "45,conv_pw_11,conv2d,2x2x128,16384,false",
        "46,conv_pw_11_bn,batch_norm,2x2x128,512,true",
        "47,conv_dw_12,depthwise_conv2d,1x1x128,1152,true",
        "48,conv_dw_12_bn,batch_norm,1x1x128,512,true",
      ],
    );

    const weights = "run/model/model.safetensors";
    const whole = await sandbox.bytes(weights);
    const { tensors } = decodeTensors(whole, { kind: "model" });
    const averageOf = (norm: string) => tensors[`${norm}/moving_mean`].data;
    const before = (norm: string) => seededValues(`${norm}/moving_mean`, [128]);
    deepStrictEqual(averageOf("conv_pw_10_bn"), before("conv_pw_10_bn"));
    notDeepStrictEqual(averageOf("conv_pw_12_bn"), before("conv_pw_12_bn"));
    const steps = [...Deno.readDirSync(sandbox.path("run/checkpoints"))]
      .map(({ name }) => name).sort();
    await Deno.remove(sandbox.path(`run/checkpoints/${steps.at(-1)}`));
    await Deno.remove(sandbox.path(weights));
    const resumed = await sandbox.run("train", "--resume", run);
    strictEqual(resumed.code, 0, resumed.stderr);
    deepStrictEqual(await sandbox.bytes(weights), whole);

    const moved = await sandbox.run(
      "train",
      ...[data, "--model", run, "--mode", "head", "--steps", "2"],
      ...["--batch", "4", "--out", sandbox.path("moved")],
    );
    strictEqual(moved.code, 0, moved.stderr);
  });
});

Deno.test("export --to safetensors writes a file of weights that is trained on again", async () => {
  const files = { ...photos(), "net.safetensors": file };
  await inSandbox(files, async (sandbox) => {
    const train = (model: string, ...args: string[]) =>
      sandbox.run(
        "train",
        ...[sandbox.path("photos"), "--model", sandbox.path(model)],
        ...["--input-size", "33", "--steps", "2", ...args],
      );
    const flags = ["--no-scale-rows", "--out", sandbox.path("run")];
    const trained = await train("net.safetensors", ...flags);
    strictEqual(trained.code, 0, trained.stderr);
    const exported = await sandbox.run(
      "export",
      ...[sandbox.path("run"), "--to", "safetensors"],
      ...["--out", sandbox.path("out")],
    );
    strictEqual(exported.code, 0, exported.stderr);
    strictEqual(exported.stderr, "");
    strictEqual(await sandbox.text("out/labels.txt"), "blue moon\nred\n");
    const config = JSON.parse(await sandbox.text("out/config.json"));
    deepStrictEqual(config.label_names, ["blue moon", "red"]);
    const again = await train(
      "out/model.safetensors",
      ...["--out", sandbox.path("again")],
    );
    strictEqual(again.code, 0, again.stderr);
    match(again.stderr, /with its classifier of 2 classes/);
  });
});

Deno.test("inspect FILE says of which network the weights are, and refuses what is none", async () => {
  await inSandbox({ "net.safetensors": file }, async (sandbox) => {
    const path = sandbox.path("net.safetensors");
    const { code, stdout } = await sandbox.run("inspect", path);
    strictEqual(code, 0);
    match(
      stdout,
      /MobileNet v1 0\.25 of Keras, with its classifier of 5 classes/,
    );
    const { buffer } = file;
    await Deno.writeFile(path, new Uint8Array(buffer, 0, 5000));
    checkRefusal(await sandbox.run("inspect", path), {
      code: 1,
      message: /net\.safetensors.+truncated/,
    });
  });
});
