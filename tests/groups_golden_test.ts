/** Convolutions of channels in groups, and their gradients, against PyTorch's (`golden/groups.py`). */
import { testSession, testValues } from "../kernels/testing.ts";
import { GrowingGraph } from "../src/graph/growing_graph.ts";
import { runOnCpu, runOnGpu, type Values } from "../src/plan/testing.ts";
import type { Graph } from "../src/graph/ir.ts";
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
