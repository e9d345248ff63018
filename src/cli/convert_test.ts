import { match, strictEqual } from "@std/assert";
import { checkRefusal, inSandbox } from "../../tests/cli/_sandbox.ts";
import { decodeGraphDef } from "../graph/mod.ts";
import { decodeOnnx, encodeOnnx } from "../onnx/mod.ts";
import { onnxNetwork } from "../onnx/testing.ts";
import { readWeights } from "../weights/mod.ts";

Deno.test("convert writes each format, and says what decides nothing", async () => {
  await inSandbox(
    { "net.onnx": encodeOnnx(onnxNetwork()) },
    async (sandbox) => {
      const path = sandbox.path("net.onnx");
      const to = async (format: string, file: string) => {
        const out = ["--to", format, "--out", sandbox.path(file)];
        const { code, stdout, stderr } = await sandbox.run(
          "convert",
          path,
          ...out,
        );
        strictEqual(code, 0, stderr);
        match(stdout, /^.+ {2}[0-9.]+ [kM]?B\n$/);
        return await sandbox.bytes(file);
      };
      const onnx = decodeOnnx(await to("onnx", "made.onnx"));
      strictEqual(onnx.graph.outputs[0].name, "scores");
      const { nodes } = decodeGraphDef(await to("graphdef", "made.pb"));
      strictEqual(nodes.some(({ name }) => name === "scores"), true);
      const weights = await to("safetensors", "made.safetensors");
      const { tensors } = await readWeights(weights, { source: "made" });
      strictEqual(tensors.size, 4);
      const refusals = [
        [["--to", "onnx", "--out", path], 2, /net\.onnx is the model itself/],
        [
          ["--to", "graphdef", "--layout", "nhwc"],
          2,
          /--layout is of ONNX models/,
        ],
        [
          ["--to", "safetensors", "--output", "x"],
          2,
          /--output is of networks/,
        ],
        [["--to", "onnx", "--output", "nothing"], 1, /no tensor "nothing"/],
      ] as const;
      for (const [args, code, message] of refusals) {
        const refused = await sandbox.run("convert", path, ...args);
        checkRefusal(refused, { code, message });
      }
    },
  );
});
