import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import { decodeGraphDef, encodeGraphDef, type GraphDef } from "./graphdef.ts";
import {
  appendNodes,
  finalResult,
  jpegContents,
  probabilityNodes,
  rowNodes,
} from "./classifier_nodes.ts";
import { importGraph } from "./import.ts";
import { tensorOf } from "./ir.ts";
import {
  floatConstant,
  graphOf,
  intConstant,
  node,
  placeholder,
  refusalOf,
  text,
} from "./testing.ts";

const preprocessing = { height: 4, width: 5, mean: 127.5, std: [2, 4, 8] };

const after = {
  bottleneck: "pool:0",
  dctMethod: "INTEGER_ACCURATE",
  nodesAfter: (bottleneck: string) =>
    probabilityNodes(bottleneck, { name: finalResult, kind: "softmax" }),
} as const;

const pooled: GraphDef = {
  ...graphOf(
    placeholder("input", [-1, 4, 5, 3]),
    node("Relu", "relu", { inputs: ["input", "^dropped"] }),
    intConstant("axes", [1, 2]),
    node("Mean", "pool", { inputs: ["relu", "axes"] }),
    node("NoOp", "dropped"),
    node("Unheard", "classifier", { inputs: ["pool"] }),
  ),
  producer: 8,
};

function namesOf(graphDef: GraphDef): string[] {
  return graphDef.nodes.map(({ name }) => name);
}

Deno.test("appendNodes() makes a graph from JPEG bytes to probabilities", () => {
  const exported = decodeGraphDef(
    encodeGraphDef(appendNodes(pooled, { ...after, preprocessing })),
  );
  strictEqual(exported.producer, 8);
  const graph = importGraph(exported, { outputs: [finalResult] });
  deepStrictEqual(graph.inputs, [jpegContents]);
  deepStrictEqual(tensorOf(graph, finalResult).shape, [1, 3]);
  const ops = graph.nodes.map(({ op }) => op).join(" ");
  strictEqual(
    ops,
    "decode_image cast reshape resize_bilinear binary binary unary mean softmax",
  );
  deepStrictEqual(
    tensorOf(graph, "preprocessing/Mul/y").constant?.read(),
    Float32Array.of(0.5, 0.25, 0.125),
  );
});

Deno.test("appendNodes() gives blue first to a graph that takes it so", () => {
  const exported = appendNodes(pooled, {
    ...after,
    preprocessing: { ...preprocessing, isBgr: true },
  });
  const graph = importGraph(exported, { outputs: [finalResult] });
  const at = graph.nodes.findIndex(({ op }) => op === "conv2d");
  deepStrictEqual(
    graph.nodes.slice(at - 1, at + 2).map(({ op }) => op),
    ["resize_bilinear", "conv2d", "binary"],
  );
  deepStrictEqual(
    tensorOf(graph, "preprocessing/swap/filter").constant?.read(),
    Float32Array.of(0, 0, 1, 0, 1, 0, 1, 0, 0),
  );
});

Deno.test("appendNodes() drops what the probabilities do not need", () => {
  const names = namesOf(appendNodes(pooled, { ...after, preprocessing }));
  for (const dropped of ["input", "dropped", "classifier"]) {
    ok(!names.includes(dropped), dropped);
  }
  const exported = appendNodes(pooled, { ...after, preprocessing });
  const inputs = exported.nodes.flatMap((node) => node.inputs);
  ok(!inputs.some((input) => input.startsWith("^")));
});

Deno.test("rowNodes() divides rows by their root mean square only where asked", () => {
  const namesFor = (scaleRows: boolean) =>
    rowNodes("pool", { features: 3, scaleRows }).map(({ name }) => name);
  deepStrictEqual(namesFor(false), [
    "final_training_ops/rows/shape",
    "final_training_ops/rows",
  ]);
  strictEqual(namesFor(true).at(-1), "final_training_ops/scaled");
});

Deno.test("appendNodes() asks for the JPEG method that it is told", () => {
  const graphDef = graphOf(
    node("Placeholder", jpegContents),
    node("DecodeJpeg", "DecodeJpeg", {
      inputs: [jpegContents],
      attributes: { dct_method: text("INTEGER_FAST") },
    }),
    node("Relu", "pool", { inputs: ["DecodeJpeg"] }),
  );
  const decoder = appendNodes(graphDef, after).nodes
    .find(({ op }) => op === "DecodeJpeg");
  deepStrictEqual(
    decoder?.attributes.get("dct_method"),
    text("INTEGER_ACCURATE"),
  );
});

Deno.test("appendNodes() cuts the graph at the tensor that is fed", () => {
  const graphDef = graphOf(
    placeholder("raw", [-1, 4, 5, 3]),
    floatConstant("half", 0.5),
    node("Mul", "pixels", { inputs: ["raw", "half"] }),
    node("Relu", "pool", { inputs: ["pixels:0"] }),
  );
  const names = namesOf(appendNodes(graphDef, {
    ...after,
    preprocessing: { ...preprocessing, input: "pixels" },
  }));
  for (const dropped of ["raw", "half", "pixels"]) {
    ok(!names.includes(dropped), dropped);
  }
});

Deno.test("appendNodes() refuses a name that is taken", () => {
  const graphDef = graphOf(
    placeholder("input", [1, 3]),
    node("Softmax", finalResult, { inputs: ["input"] }),
    node("Relu", "pool", { inputs: [finalResult] }),
  );
  match(
    refusalOf(() => appendNodes(graphDef, after)),
    /already has a node named "final_result"; choose a bottleneck before it/,
  );
});

Deno.test("appendNodes() refuses a bottleneck or an input that is not there", () => {
  match(
    refusalOf(() => appendNodes(pooled, { ...after, bottleneck: "pol" })),
    /no tensor "pol"; did you mean "pool"/,
  );
  const constant = graphOf(floatConstant("pool", [1, 2, 3]));
  match(
    refusalOf(() => appendNodes(constant, { ...after, preprocessing })),
    /0 placeholders lead to the bottleneck, expected 1/,
  );
});
