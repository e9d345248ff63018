import { deepStrictEqual, match, strictEqual } from "@std/assert";
import { featureNodes, pictureNodes } from "../features/testing.ts";
import { importGraph } from "../graph/import.ts";
import type { Graph } from "../graph/ir.ts";
import { floatConstant, graphOf, node, refusalOf } from "../graph/testing.ts";
import { splitPreprocessing } from "./split_preprocessing.ts";
import { GraphSketch, opsOf } from "./testing.ts";

/** A graph that decodes pictures, up to `output`. */
function decoding(output: string): Graph {
  const nodes = [
    ...pictureNodes({ dctMethod: "INTEGER_FAST" }),
    ...featureNodes("resized"),
    floatConstant("half", 0.5),
    node("Mul", "dimmed", { inputs: ["expanded", "half"] }),
  ];
  return importGraph(graphOf(...nodes), { outputs: [output] });
}

Deno.test("splitPreprocessing() cuts the decoder and the resize off, as data", () => {
  const { graph, resize } = splitPreprocessing(decoding("features"));
  deepStrictEqual(resize, {
    height: 8,
    width: 8,
    alignCorners: false,
    halfPixelCenters: false,
    dctMethod: "INTEGER_FAST",
  });
  deepStrictEqual(graph.inputs, ["resized"]);
  deepStrictEqual(
    opsOf(graph),
    ["conv2d", "binary", "unary", "avg_pool", "reshape"],
  );
  strictEqual(graph.tensors.has("contents"), false);
});

Deno.test("splitPreprocessing() leaves a graph that starts at a placeholder", () => {
  const sketch = new GraphSketch();
  const graph = sketch.finish(sketch.bias(sketch.input("x", [1, 2])));
  deepStrictEqual(splitPreprocessing(graph), { graph });
});

Deno.test("splitPreprocessing() refuses pictures that are used at their own size", () => {
  match(
    refusalOf(() => splitPreprocessing(decoding("dimmed"))),
    /Node "decoded" decodes pictures that are not resized by one ResizeBilinear/,
  );
});
