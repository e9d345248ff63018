import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import { testValues } from "../../kernels/testing.ts";
import { encodeNpy } from "../../src/bytes/mod.ts";
import { elementCount, tensorOf } from "../../src/graph/mod.ts";
import { encodePng } from "../../src/image/mod.ts";
import { decodeOnnx, encodeOnnx, importOnnx } from "../../src/onnx/mod.ts";
import { onnxNetwork } from "../../src/onnx/testing.ts";
import { optimise } from "../../src/passes/mod.ts";
import { runOnCpu } from "../../src/plan/testing.ts";
import { checkRefusal, inSandbox, photos } from "./_sandbox.ts";

const model = encodeOnnx(onnxNetwork({ external: "net.onnx.data" }));
const data = new Uint8Array(testValues(216, 1).buffer);
const files = { "net.onnx": model, "net.onnx.data": data };

Deno.test("an ONNX model with its data beside it is inspected, run, trained on, used and exported", async () => {
  const x = { shape: [2, 3, 8, 8], data: testValues(384) };
  const all = { ...files, ...photos(), "x.npy": encodeNpy(x) };
  await inSandbox(all, async (sandbox) => {
    const path = sandbox.path("net.onnx");
    const inspected = await sandbox.run("inspect", path);
    match(inspected.stdout, /likely bottlenecks\n +pooled:0 +\[1, 8\]/);
    const computed = await sandbox.run(
      "run",
      ...[path, "--feed", `images=${sandbox.path("x.npy")}`],
      ...["--fetch", "scores", "--fetch", "conv"],
    );
    strictEqual(computed.code, 0, computed.stderr);
    match(computed.stdout, /scores +\[2, 5\].*\nconv +\[2, 8, 8, 8\]/);
    const run = sandbox.path("run");
    const trained = await sandbox.run(
      "train",
      ...[sandbox.path("photos"), "--model", path, "--out", run],
      ...["--steps", "3"],
    );
    strictEqual(trained.code, 0, trained.stderr);
    const photo = sandbox.path("photos/red/0.png");
    const predicted = await sandbox.run("predict", run, photo);
    strictEqual(predicted.code, 0, predicted.stderr);
    const exported = await sandbox.run(
      "export",
      ...[run, "--to", "graphdef", "--out", sandbox.path("exported")],
    );
    strictEqual(exported.code, 0, exported.stderr);
    // What lies beside the model is a part of it.
    await Deno.writeFile(sandbox.path("net.onnx.data"), data.toReversed());
    checkRefusal(await sandbox.run("predict", run, photo), {
      code: 1,
      message: /(is not the model that .+ was trained with|expected finite)/,
    });
  });
});

Deno.test("an ONNX model is fine-tuned", async () => {
  const whole = { "net.onnx": encodeOnnx(onnxNetwork()), ...photos() };
  await inSandbox(whole, async (sandbox) => {
    const trained = await sandbox.run(
      "train",
      ...[sandbox.path("photos"), "--model", sandbox.path("net.onnx")],
      ...["--mode", "finetune", "--steps", "3", "--freeze-epochs", "0"],
      ...["--out", sandbox.path("run")],
    );
    strictEqual(trained.code, 0, trained.stderr);
    match(await sandbox.text("run/layers.csv"), /conv,conv2d,.*,true/);
  });
});

Deno.test("an ONNX model that is damaged or lacks its data is refused in a sentence", async () => {
  await inSandbox({ "net.onnx": model }, async (sandbox) => {
    const path = sandbox.path("net.onnx");
    checkRefusal(await sandbox.run("inspect", path), {
      code: 1,
      message: /in "net\.onnx\.data", which is not beside it/,
    });
    await Deno.writeFile(path, model.subarray(0, model.length / 2));
    checkRefusal(await sandbox.run("inspect", path), {
      code: 1,
      message: /net\.onnx" is not a whole ONNX model/,
    });
    await Deno.writeTextFile(path, "<!doctype html><html></html>");
    checkRefusal(await sandbox.run("inspect", path), {
      code: 1,
      message: /an HTML page, not the file itself/,
    });
  });
});

/** What an exported model says of a picture of one colour. */
function probabilitiesOf(bytes: Uint8Array, colour: readonly number[]) {
  const model = decodeOnnx(bytes);
  const graph = importOnnx(model, { channelsLast: true });
  const [input] = graph.inputs;
  const { shape } = tensorOf(graph, input);
  const pixels = Float32Array.from(
    { length: elementCount(shape) },
    (_, at) => colour[at % colour.length],
  );
  const [row] = runOnCpu(optimise(graph), { [input]: pixels });
  const labels: readonly string[] = JSON.parse(
    model.metadata.get("labels") ?? "[]",
  );
  return { model, labels, row };
}

Deno.test("export --to onnx writes one file from pixels to the probabilities of predict, for heads, fine-tuned and fresh networks", async () => {
  const colour = [200, 20, 40];
  const flat = encodePng({
    ...{ width: 8, height: 8 },
    pixels: Uint8Array.from({ length: 192 }, (_, at) => colour[at % 3]),
  });
  const network = encodeOnnx(onnxNetwork());
  const all = { "net.onnx": network, "flat.png": flat, ...photos() };
  await inSandbox(all, async (sandbox) => {
    const model = ["--model", sandbox.path("net.onnx")];
    const runs: Record<string, readonly string[]> = {
      head: model,
      finetune: [...model, "--mode", "finetune", "--freeze-epochs", "0"],
      scratch: ["--mode", "scratch", "--model", "small-cnn"],
    };
    for (const [name, more] of Object.entries(runs)) {
      const run = sandbox.path(name);
      const data = sandbox.path("photos");
      const steps = ["--steps", "3", "--batch", "4", "--out", run];
      const trained = await sandbox.run("train", data, ...more, ...steps);
      strictEqual(trained.code, 0, trained.stderr);
      const photo = sandbox.path("flat.png");
      const answer = await sandbox.run("predict", run, photo, "--json");
      const { label, confidence } = JSON.parse(answer.stdout.split("\n")[0]);
      const onnx = ["--to", "onnx", "--out"];
      const file = sandbox.path(`${name}.onnx`);
      const made = await sandbox.run("export", run, ...onnx, file);
      strictEqual(made.code, 0, made.stderr);
      strictEqual(made.stdout, `${file}\n`);
      const bytes = await sandbox.bytes(`${name}.onnx`);
      const { model, labels, row } = probabilitiesOf(bytes, colour);
      const [batch, channels, side] = model.graph.inputs[0].shape ?? [];
      deepStrictEqual([batch, channels], ["batch", 3]);
      deepStrictEqual(labels, ["blue moon", "red"]);
      strictEqual(row.length, 2);
      ok(Math.abs(row[labels.indexOf(label)] - confidence) < 1e-5, name);
      const { height } = JSON.parse(model.metadata.get("resize") ?? "{}");
      strictEqual(height, side);
      match(model.metadata.get("run") ?? "", /^[0-9a-f]{64}$/);
    }
    const run = sandbox.path("head");
    const out = ["--to", "onnx", "--out", sandbox.path("folder")];
    const any = await sandbox.run("export", run, ...out, "--from", "u8");
    strictEqual(any.code, 0, any.stderr);
    const { graph } = decodeOnnx(await sandbox.bytes("folder/model.onnx"));
    deepStrictEqual(graph.inputs[0].shape, ["height", "width", 3]);
    checkRefusal(
      await sandbox.run("export", run, "--out", "x", "--from", "u8"),
      { code: 2, message: /--from is of ONNX models, and --to is graphdef/ },
    );
    checkRefusal(
      await sandbox.run(
        "export",
        ...[run, ...out, "--from", "u8", "--layout", "nhwc"],
      ),
      { code: 2, message: /--layout is of pixels/ },
    );
  });
});
