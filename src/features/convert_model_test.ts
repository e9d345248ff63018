import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import { assertAllClose, testValues } from "../../kernels/testing.ts";
import { sha256 } from "../bytes/mod.ts";
import { decodeGraphDef, type Graph, importGraph } from "../graph/mod.ts";
import { decodeOnnx, encodeOnnx, importOnnx } from "../onnx/mod.ts";
import { onnxNetwork } from "../onnx/testing.ts";
import { optimise } from "../passes/mod.ts";
import { runOnCpu } from "../plan/testing.ts";
import { readWeights } from "../weights/mod.ts";
import { convertModel } from "./convert_model.ts";
import type { ModelFile } from "./resolve.ts";
import { pictureGraph, placeholderGraph } from "./testing.ts";

function fileOf(
  bytes: Uint8Array,
  more: Pick<ModelFile, "onnx"> = {},
): ModelFile {
  return { name: "net", path: "net", bytes, sha256: sha256(bytes), ...more };
}

const onnx = onnxNetwork();
const onnxFile = fileOf(encodeOnnx(onnx), { onnx });
const frozen = placeholderGraph();

/** What a graph makes of some pictures. */
function made(graph: Graph): Float32Array {
  const [input] = graph.inputs;
  return runOnCpu(optimise(graph), { [input]: testValues(192, 7) })[0];
}

const fromOnnx = (bytes: Uint8Array) =>
  importOnnx(decodeOnnx(bytes), { channelsLast: true });

Deno.test("convertModel() writes an ONNX model again with the same outputs, bit for bit", async () => {
  const { bytes } = await convertModel(onnxFile, { to: "onnx" });
  const again = decodeOnnx(bytes);
  strictEqual(again.opsets.get(""), 17);
  deepStrictEqual(again.graph.inputs[0].shape, ["batch", 3, 8, 8]);
  strictEqual(again.metadata.get("source"), onnxFile.sha256);
  const expected = made(importOnnx(onnx, { channelsLast: true }));
  deepStrictEqual(made(fromOnnx(bytes)), expected);
});

Deno.test("convertModel() writes frozen graphs as ONNX models and back", async () => {
  const expected = made(importGraph(decodeGraphDef(frozen), {
    outputs: ["features:0"],
    inputs: { input: [1, 8, 8, 3] },
  }));
  const { bytes } = await convertModel(fileOf(frozen), { to: "onnx" });
  assertAllClose(made(fromOnnx(bytes)), expected, { absolute: 1e-6 });
  const model = decodeOnnx(bytes);
  const file = fileOf(bytes, { onnx: model });
  const back = await convertModel(file, { to: "graphdef" });
  const graphDef = decodeGraphDef(back.bytes);
  const [{ name }] = model.graph.outputs;
  const output = name.replaceAll(":", "_");
  const graph = importGraph(graphDef, { outputs: [`${output}:0`] });
  assertAllClose(made(graph), expected, { absolute: 1e-6 });
});

Deno.test("convertModel() writes a graph that decodes JPEGs from where its pictures are resized", async () => {
  const file = fileOf(pictureGraph());
  const { bytes } = await convertModel(file, { to: "onnx" });
  const [{ shape }] = decodeOnnx(bytes).graph.inputs;
  strictEqual(shape?.[1], 3);
});

Deno.test("convertModel() writes weights alone by the names that they have", async () => {
  const namesOf = async (file: ModelFile) => {
    const { bytes } = await convertModel(file, { to: "safetensors" });
    const { tensors } = await readWeights(bytes, { source: "made" });
    return [...tensors.keys()].sort();
  };
  deepStrictEqual(await namesOf(onnxFile), [
    ...["bias", "dense", "filter", "last"],
  ]);
  const names = await namesOf(fileOf(frozen));
  ok(names.length > 0);
  const nodes = decodeGraphDef(frozen).nodes.map(({ name }) => name);
  deepStrictEqual(names.filter((name) => !nodes.includes(name)), []);
});

Deno.test("convertModel() halves each format", async () => {
  for (const to of ["onnx", "graphdef", "safetensors"] as const) {
    const [whole, half] = await Promise.all(
      (["f32", "f16"] as const).map((precision) =>
        convertModel(onnxFile, { to, precision })
      ),
    );
    deepStrictEqual(half.tooLarge, []);
    ok(half.bytes.length < whole.bytes.length, to);
  }
});

Deno.test("convertModel() takes the size and the order of axes of pictures", async () => {
  const open = fileOf(placeholderGraph({ shape: [-1, -1, -1, 3] }));
  const shapes = [
    [{ inputSize: 8 }, ["batch", 3, 8, 8]],
    [{ inputSize: 8, layout: "nhwc" }, ["batch", 8, 8, 3]],
  ] as const;
  for (const [options, expected] of shapes) {
    const { bytes } = await convertModel(open, { to: "onnx", ...options });
    deepStrictEqual(decodeOnnx(bytes).graph.inputs[0].shape, [...expected]);
  }
  const small = await convertModel(onnxFile, { to: "onnx", output: "pooled" });
  deepStrictEqual(decodeOnnx(small.bytes).graph.outputs[0].shape, ["batch", 8]);
});
