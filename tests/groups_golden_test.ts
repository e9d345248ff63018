/** Convolutions of channels in groups, and their gradients, against PyTorch's (`golden/groups.py`). */
import { deepStrictEqual } from "@std/assert";
import { testSession, testValues } from "../kernels/testing.ts";
import { GrowingGraph } from "../src/graph/growing_graph.ts";
import { runOnCpu, runOnGpu, type Values } from "../src/plan/testing.ts";
import type { Graph } from "../src/graph/ir.ts";
import { importOnnx } from "../src/onnx/mod.ts";
import { floats, onnxModel, onnxNode } from "../src/onnx/testing.ts";
import { optimise } from "../src/passes/mod.ts";
import { appendGradients } from "../src/train/gradient.ts";
import { checkClose, product, slopeSeed } from "./gradient_testing.ts";
import cases from "./golden/groups.json" with { type: "json" };

type GroupCase = (typeof cases)[number];

/** From x, the filter and the slope of y to y and the gradients of those and the bias. */
function graphOf({ x, w, groups, stride, pad, dilation }: GroupCase): Graph {
  const growing = new GrowingGraph();
  const inputs = [
    growing.input("x", x),
    growing.input("w", w),
    growing.constant("b", {
      shape: w.slice(3),
      read: () => testValues(w[3], 3),
    }),
  ];
  const [y] = growing.append({
    op: "conv2d",
    inputs,
    attributes: {
      strides: { height: stride, width: stride },
      dilations: { height: dilation, width: dilation },
      pads: { top: pad, bottom: pad, left: pad, right: pad },
      activation: "none",
      groups,
    },
  }, { name: "y" });
  const slope = growing.input("slope", growing.shape(y));
  const { graph, gradients } = appendGradients(growing.finish(y), {
    seeds: new Map([[y, slope]]),
    variables: inputs,
  });
  const outputs = inputs.flatMap((name) => gradients.get(name) ?? []);
  return { ...graph, outputs: [y, ...outputs] };
}

/** HWIO as OIHW. */
function outputsFirst(
  filter: Float32Array,
  [height, width, inputs, filters]: readonly number[],
): Float32Array {
  const first = new Float32Array(filter.length);
  for (const [at, value] of filter.entries()) {
    const [filter, channel] = [at % filters, Math.floor(at / filters) % inputs];
    const place = Math.floor(at / (filters * inputs));
    first[(filter * inputs + channel) * height * width + place] = value;
  }
  return first;
}

/** The convolution as PyTorch writes it for others, whose output has its channels last. */
function imported({ x, w, groups, ...moving }: GroupCase): Graph {
  const [height, width, inputs, filters] = w;
  const { stride, pad, dilation } = moving;
  const [n, h, wide, c] = x;
  const filter = outputsFirst(testValues(product(w), 2), w);
  const conv = onnxNode("Conv", "y", {
    inputs: ["x", "w", "b"],
    group: groups,
    kernel_shape: [height, width],
    strides: [stride, stride],
    pads: [pad, pad, pad, pad],
    dilations: [dilation, dilation],
  });
  const model = onnxModel({
    inputs: { x: [n, c, h, wide] },
    outputs: ["last"],
    nodes: [
      conv,
      onnxNode("Transpose", "last", { inputs: ["y"], perm: [0, 2, 3, 1] }),
    ],
    initializers: [
      floats("w", [filters, inputs, height, width], filter),
      floats("b", [filters], testValues(filters, 3)),
    ],
  });
  return importOnnx(model);
}

Deno.test("convolutions in groups agree with PyTorch's when they are imported from ONNX", () => {
  for (const one of cases) {
    const graph = optimise(imported(one));
    deepStrictEqual(graph.nodes.map(({ op }) => op).slice(0, -1), [
      "transpose",
    ]);
    const { x: [images, height, width, channels] } = one;
    const x = testValues(product(one.x));
    const first = Array.from(
      { length: images },
      (_, at) =>
        outputsFirst(
          x.subarray(at * x.length / images, (at + 1) * x.length / images),
          [height, width, channels, 1],
        ),
    );
    const fed = Float32Array.from(first.flatMap((image) => [...image]));
    const [y] = runOnCpu(graph, { x: fed });
    checkClose(y, { expected: one.y, name: one.name });
  }
});

for (const one of cases) {
  Deno.test(`a convolution in groups and its gradients agree with PyTorch's: ${one.name}`, async () => {
    const graph = graphOf(one);
    const feeds: Values = {
      x: testValues(product(one.x)),
      w: testValues(product(one.w), 2),
      slope: testValues(one.y.length, slopeSeed),
    };
    const session = await testSession();
    for (
      const [y, x, w, b] of [
        runOnCpu(graph, feeds),
        await runOnGpu(session, graph, feeds),
      ]
    ) {
      checkClose(y, { expected: one.y, name: "y" });
      checkClose(x, { expected: one.gradients.x, name: "x" });
      checkClose(w, { expected: one.gradients.w, name: "w" });
      checkClose(b, { expected: one.gradients.b, name: "b" });
    }
  });
}
