import { deepStrictEqual } from "@std/assert";
import { testSession } from "../../kernels/testing.ts";
import type { Graph, Node } from "../graph/ir.ts";
import { runOnGpu } from "../plan/testing.ts";
import { fuseActivation } from "./fuse_activation.ts";
import { fusePad } from "./fuse_pad.ts";
import { assertSameResults, feedsFor, GraphSketch, opsOf } from "./testing.ts";

type Paddings = Parameters<GraphSketch["pad"]>[1];

/** A convolution of an image with a border. */
function padded(
  paddings: Paddings,
  { isShared = false, isDepthwise = false } = {},
): Graph {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 5, 6, 3]);
  const border = sketch.pad(x, paddings);
  const y = isDepthwise
    ? sketch.depthwise(border)
    : sketch.conv(border, { channels: 4, size: 3, stride: 2 });
  return isShared ? sketch.finish(y, border) : sketch.finish(y);
}

Deno.test("fusePad() makes a border of zeros the pads of a convolution", () => {
  for (const isDepthwise of [false, true]) {
    const graph = padded([[0, 0], [3, 2], [0, 1], [0, 0]], { isDepthwise });
    const fused = fusePad(graph);
    deepStrictEqual(opsOf(fused), [
      isDepthwise ? "depthwise_conv2d" : "conv2d",
    ]);
    assertSameResults(graph, fused, { absolute: 0 });
  }
});

Deno.test("fusePad() makes a border of the lowest number the pads of a maximum, where each window meets the image", () => {
  for (const [width, ops] of [[1, 1], [3, 2]]) {
    const sketch = new GraphSketch();
    const x = sketch.input("x", [1, 5, 6, 3]);
    const around = [width, width] as const;
    const border = sketch.pad(x, [[0, 0], around, around, [0, 0]]);
    const y = sketch.pool("max_pool", border, { size: 4, stride: 4 });
    const { nodes, ...graph } = sketch.finish(y);
    const lowest = nodes.map((node): Node =>
      node.op === "pad"
        ? { ...node, attributes: { ...node.attributes, value: -Infinity } }
        : node
    );
    const whole = { ...graph, nodes: lowest };
    const fused = fusePad(whole);
    deepStrictEqual(fused.nodes.length, ops);
    assertSameResults(whole, fused, { absolute: 0 });
    deepStrictEqual(opsOf(fusePad({ ...graph, nodes })).length, 2);
  }
});

Deno.test("fusePad() makes a border of zeros around what is rectified the pads of a maximum", () => {
  for (const activation of ["relu", "relu6", "tanh"] as const) {
    for (const isFused of [false, true]) {
      const sketch = new GraphSketch();
      const x = sketch.input("x", [1, 5, 6, 3]);
      const conv = sketch.conv(x, { channels: 4 });
      const border = sketch.pad(sketch.unary(activation, conv), [
        [0, 0],
        [1, 1],
        [0, 1],
        [0, 0],
      ]);
      const plain = sketch.finish(
        sketch.pool("max_pool", border, { size: 3, stride: 2 }),
      );
      const graph = isFused ? fuseActivation(plain) : plain;
      const fused = fusePad(graph);
      const isKept = activation === "tanh";
      deepStrictEqual(opsOf(fused).includes("pad"), isKept);
      assertSameResults(graph, fused, { absolute: 0 });
    }
  }
});

Deno.test("fusePad() leaves borders of channels, crops and what something else reads", () => {
  const cases: readonly Graph[] = [
    padded([[0, 0], [1, 1], [1, 1], [0, 1]]),
    padded([[0, 0], [-1, 1], [1, 1], [0, 0]]),
    padded([[0, 0], [1, 1], [1, 1], [0, 0]], { isShared: true }),
  ];
  for (const graph of cases) {
    deepStrictEqual(opsOf(fusePad(graph)), opsOf(graph));
  }
});

/** A border of zeros. */
function bordered() {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 6, 5, 4]);
  const border = sketch.pad(x, [[0, 0], [1, 2], [0, 3], [0, 0]]);
  return { sketch, border };
}

/** One that all kinds of convolutions read. */
function readByMany() {
  const { sketch, border } = bordered();
  const outputs = [
    sketch.conv(border, { channels: 3, size: 3, stride: 2 }),
    sketch.conv(border, { channels: 8, size: 3, groups: 2 }),
    sketch.conv(border, { channels: 5 }),
    sketch.depthwise(border, { multiplier: 2 }),
  ];
  return { sketch, border, outputs };
}

const convolutions = ["conv2d", "conv2d", "conv2d", "depthwise_conv2d"];

Deno.test("fusePad() gives a border to all its readers, or to none", () => {
  const { sketch, border, outputs } = readByMany();
  const graph = sketch.finish(...outputs);
  const fused = fusePad(graph);
  deepStrictEqual(opsOf(fused), convolutions);
  assertSameResults(graph, fused);
  const pooled = sketch.finish(...outputs, sketch.pool("max_pool", border));
  const ops = ["pad", ...convolutions, "max_pool"];
  deepStrictEqual(opsOf(fusePad(pooled)), ops);
});

Deno.test("fusePad() leaves a border that is a filter", () => {
  const { sketch, border } = bordered();
  const x = sketch.input("z", [1, 2, 9, 8]);
  const y = sketch.conv(x, { channels: 4, filter: border });
  const graph = sketch.finish(y, sketch.conv(border, { channels: 2 }));
  deepStrictEqual(opsOf(fusePad(graph)), ["pad", "conv2d", "conv2d"]);
});

Deno.test("fusePad() changes no bit on the GPU", async () => {
  const session = await testSession();
  const { sketch, outputs } = readByMany();
  const graph = sketch.finish(...outputs);
  const feeds = feedsFor(graph);
  deepStrictEqual(
    await runOnGpu(session, fusePad(graph), feeds),
    await runOnGpu(session, graph, feeds),
  );
});
