import { match, strictEqual } from "@std/assert";
import { testValues } from "../../kernels/testing.ts";
import { encodeNpy } from "../../src/bytes/mod.ts";
import { encodeOnnx } from "../../src/onnx/mod.ts";
import { onnxNetwork } from "../../src/onnx/testing.ts";
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
