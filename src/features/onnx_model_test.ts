import { deepStrictEqual, match, ok, strictEqual, throws } from "@std/assert";
import { assertAllClose, testValues } from "../../kernels/testing.ts";
import { UsageError } from "../errors.ts";
import { importGraph } from "../graph/mod.ts";
import { floats, onnxModel, onnxNetwork, onnxNode } from "../onnx/testing.ts";
import { optimise } from "../passes/mod.ts";
import { runOnCpu } from "../plan/testing.ts";
import { inspectOnnx, openOnnx } from "./onnx_model.ts";
import type { ModelOptions } from "./preprocessing.ts";

/** The message of the `UsageError` of opening a model. */
function usageError(
  model: Parameters<typeof openOnnx>[0],
  options?: ModelOptions,
): string {
  let message = "";
  throws(() => openOnnx(model, options), (error: Error) => {
    message = error.message;
    return error instanceof UsageError;
  });
  return message;
}

Deno.test("openOnnx() takes what the classifier reads, of pictures as PyTorch scales them", () => {
  const model = openOnnx(onnxNetwork());
  strictEqual(model.width, 8);
  strictEqual(model.bottleneckTensor, "pooled:0");
  strictEqual(model.inputTensor, "images:0");
  deepStrictEqual(model.preprocessing, {
    kind: "resize",
    size: 8,
    mean: [123.675, 116.28, 103.53],
    std: [58.395, 57.12, 57.375],
  });
  match(model.notes[0], /features are taken from "pooled"/);
  match(model.notes[1], /as PyTorch's networks for ImageNet take them/);
  const { graph } = model;
  deepStrictEqual(graph.inputs, ["resized pixels"]);
  deepStrictEqual(graph.tensors.get("resized pixels")?.shape, [1, 8, 8, 3]);
  ok(!optimise(graph).nodes.some(({ op }) => op === "transpose"));
});

Deno.test("openOnnx() says which flag tells what the model leaves open", () => {
  const open = onnxNetwork({ size: "height" });
  match(usageError(open), /does not say how large.*give --input-size/);
  strictEqual(openOnnx(open, { inputSize: 12 }).width, 8);
  match(
    usageError(onnxNetwork(), { set: ["training=false"] }),
    /--set is for inputs of frozen graphs/,
  );
  match(
    usageError(onnxNetwork(), { inputTensor: "image" }),
    /no input "image"; it has "images"/,
  );
  match(
    usageError(onnxNetwork(), { bottleneckTensor: "conv" }),
    /"conv" has shape \[1, 8, 8, 8\].*expected one vector/,
  );
});

Deno.test("a model's graph as a frozen one has the same features", () => {
  const model = openOnnx(onnxNetwork(), { mean: 0, std: 1 });
  const frozen = importGraph(model.graphDef, {
    outputs: [model.bottleneckTensor],
  });
  const x = testValues(192);
  const [own] = runOnCpu(optimise(model.graph), { "resized pixels": x });
  const [other] = runOnCpu(optimise(frozen), { images: x });
  assertAllClose(other, own);
});

Deno.test("inspectOnnx() lists ops, ends and layers as the file has them", () => {
  const { ops, inputs, outputs, bottlenecks, plan, unsupported } = inspectOnnx(
    onnxNetwork(),
  );
  deepStrictEqual([...ops.keys()].sort(), [
    "Conv",
    "Flatten",
    "Gemm",
    "GlobalAveragePool",
    "Relu",
    "Softmax",
  ]);
  deepStrictEqual(inputs, [
    { name: "images", shape: [-1, 3, 8, 8], dtype: "float" },
  ]);
  deepStrictEqual(outputs, [{ name: "scores" }]);
  strictEqual(bottlenecks[0].name, "pooled");
  deepStrictEqual(unsupported, []);
  const layers = "layers" in plan ? plan.layers : [];
  deepStrictEqual(layers.map(({ name }) => name), ["conv", "logits"]);
});

/** A network whose classifier is a convolution on a map of 4 channels, as SqueezeNet's is. */
function squeezed(classes: number, last: "Softmax" | "Identity") {
  return onnxModel({
    inputs: { images: [1, 3, 6, 6] },
    outputs: ["scores"],
    nodes: [
      onnxNode("Conv", "map", { inputs: ["images", "filter"] }),
      onnxNode("Conv", "classes", { inputs: ["map", "classifier"] }),
      onnxNode("Relu", "positive", { inputs: ["classes"] }),
      onnxNode("GlobalAveragePool", "pooled", { inputs: ["positive"] }),
      onnxNode("Flatten", "flat", { inputs: ["pooled"] }),
      onnxNode(last, "scores", { inputs: ["flat"] }),
    ],
    initializers: [
      floats("filter", [4, 3, 3, 3], testValues(108, 1)),
      floats("classifier", [classes, 4, 1, 1], testValues(classes * 4, 2)),
    ],
  });
}

Deno.test("openOnnx() takes the means of what a convolution into classes reads", () => {
  for (const [classes, last] of [[1000, "Identity"], [7, "Softmax"]] as const) {
    const model = openOnnx(squeezed(classes, last), { mean: 0, std: 1 });
    strictEqual(model.width, 4);
    strictEqual(model.bottleneckTensor, "map/means:0");
    match(model.notes[0], /features are taken from "map\/means"/);
    const { bottleneckTensor } = model;
    const again = openOnnx(squeezed(classes, last), { bottleneckTensor });
    strictEqual(again.width, 4);
    const { bottlenecks } = inspectOnnx(squeezed(classes, last));
    deepStrictEqual(bottlenecks[0], {
      name: "map/means",
      shape: [1, 4, 1, 1],
    });
    const images = testValues(108);
    const [map] = runOnCpu(
      openOnnx(onnxMap(classes, last), { mean: 0, std: 1 }).graph,
      { "resized pixels": images },
    );
    const [means] = runOnCpu(model.graph, { "resized pixels": images });
    assertAllClose(means, map);
  }
  // Seven features, or their number says nothing: they may be what the model is for.
  strictEqual(openOnnx(squeezed(7, "Identity")).width, 7);
});

/** The same up to the map, and its means. */
function onnxMap(classes: number, last: "Softmax" | "Identity") {
  const model = squeezed(classes, last);
  const [map] = model.graph.nodes;
  const pool = onnxNode("GlobalAveragePool", "scores", { inputs: ["map"] });
  return { ...model, graph: { ...model.graph, nodes: [map, pool] } };
}
