import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import { dataTypes, decodeGraphDef } from "../graph/mod.ts";
import { graphOf, node, placeholder } from "../graph/testing.ts";
import {
  type GraphPlan,
  inspectGraph,
  type Inspection,
} from "./describe_model.ts";
import { pictureGraph, placeholderGraph } from "./testing.ts";

function planOf({ plan }: Inspection): GraphPlan {
  if ("refusal" in plan) throw new Error(plan.refusal);
  return plan;
}

Deno.test("inspectGraph() counts ops and parameters and plans one image", () => {
  const inspection = inspectGraph(decodeGraphDef(placeholderGraph()));
  deepStrictEqual([...inspection.ops].slice(0, 2), [["Const", 3], [
    "Placeholder",
    1,
  ]]);
  deepStrictEqual(inspection.inputs, [
    { name: "input", shape: [-1, 8, 8, 3], dtype: "float" },
  ]);
  deepStrictEqual(inspection.outputs, [{ name: "features", shape: [1, 5] }]);
  strictEqual(inspection.parameters, 135 + 5);
  strictEqual(inspection.bottlenecks[0].name, "features");
  const { layers, flops, constantBytes, scratchBytes } = planOf(inspection);
  deepStrictEqual(layers, [{
    number: 1,
    name: layers[0].name,
    op: "conv2d",
    shape: [1, 8, 8, 5],
    parameters: 140,
  }]);
  // A multiply and an add for each of 64 pixels, 27 inputs and 5 outputs; the rest is small.
  const convolution = 2 * 64 * 27 * 5;
  ok(flops >= convolution && flops < 1.1 * convolution, String(flops));
  ok(constantBytes >= 140 * 4);
  ok(scratchBytes >= 64 * 5 * 4);
});

Deno.test("inspectGraph() plans what comes after the pictures are resized", () => {
  const inspection = inspectGraph(decodeGraphDef(pictureGraph()));
  deepStrictEqual(inspection.inputs, [
    { name: "contents", shape: null, dtype: "string" },
  ]);
  strictEqual(planOf(inspection).layers.length, 1);
});

Deno.test("inspectGraph() takes the size of pictures that the file leaves open", () => {
  const graphDef = decodeGraphDef(placeholderGraph({ shape: [-1, -1, -1, 3] }));
  const { plan } = inspectGraph(graphDef);
  match("refusal" in plan ? plan.refusal : "", /give the sizes that are open/);
  const inspection = inspectGraph(graphDef, { inputSize: 8 });
  deepStrictEqual(planOf(inspection).layers[0].shape, [1, 8, 8, 5]);
});

Deno.test("inspectGraph() names what keeps a graph from another size of pictures", () => {
  const graphDef = decodeGraphDef(placeholderGraph());
  const { layers } = planOf(
    inspectGraph(graphDef, { inputSize: 12, output: "relu" }),
  );
  deepStrictEqual(layers[0].shape, [1, 12, 12, 5]);
  const { plan } = inspectGraph(graphDef, { inputSize: 12 });
  match(
    "refusal" in plan ? plan.refusal : "",
    /^Cannot import node "features"/,
  );
});

Deno.test("inspectGraph() plans up to the tensor that is asked for", () => {
  const graphDef = decodeGraphDef(placeholderGraph());
  const { outputs, program } = planOf(
    inspectGraph(graphDef, { output: "relu:0" }),
  );
  deepStrictEqual(outputs, ["relu:0"]);
  strictEqual(program.steps.length, 1);
});

Deno.test("inspectGraph() describes a graph that cannot run, and names the nodes in its way", () => {
  const graphDef = graphOf(
    placeholder("x", [1, 2]),
    node("QuantizeV2", "quantized", { inputs: ["x"] }),
    node("Softmax", "y", { inputs: ["quantized"] }),
  );
  const { unsupported, outputs, plan } = inspectGraph(graphDef);
  deepStrictEqual(unsupported, [{ name: "quantized", op: "QuantizeV2" }]);
  deepStrictEqual(outputs, [{ name: "y" }]);
  match("refusal" in plan ? plan.refusal : "", /node "quantized"/);
});

Deno.test("inspectGraph() takes no check of values for a result", () => {
  const graphDef = graphOf(
    placeholder("x", [1, 2]),
    node("CheckNumerics", "check", { inputs: ["x"] }),
    node("Relu", "y", { inputs: ["x"] }),
  );
  deepStrictEqual(inspectGraph(graphDef).outputs, [{
    name: "y",
    shape: [1, 2],
  }]);
});

Deno.test("inspectGraph() describes a graph that runs in a loop or lacks an input, and says why it cannot run", () => {
  const attributes = { T: { kind: "type", value: dataTypes.float } } as const;
  const relu = (name: string, input: string) =>
    node("Relu", name, { inputs: [input], attributes });
  for (
    const [nodes, refusal] of [
      [[relu("a", "b"), relu("b", "a"), relu("c", "b")], /has a cycle through/],
      [[relu("c", "gone")], /its input "gone" is not in the graph/],
    ] as const
  ) {
    const found = inspectGraph(graphOf(...nodes));
    deepStrictEqual(found.outputs, [{ name: "c" }]);
    match("refusal" in found.plan ? found.plan.refusal : "none", refusal);
  }
});
