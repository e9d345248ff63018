import { deepStrictEqual } from "@std/assert";
import { assertAllClose, testValues } from "../../../kernels/testing.ts";
import { planGraph, type PlanOptions } from "../../plan/plan.ts";
import { interpret } from "../../plan/testing.ts";
import { plainTuning, type Tuning } from "../../../kernels/tuning.ts";
import type { Graph, Tensor } from "../ir.ts";

Deno.test("planGraph() takes Winograd's convolution for constant weights in f32, where the table says so", () => {
  const image = [1, 12, 12, 32];
  const graph = (kind: "constant" | "input"): Graph => {
    const filter = { name: "w", shape: [3, 3, 32, 32], dtype: "f32" } as const;
    const tensors: Tensor[] = [
      { name: "x", shape: image, dtype: "f32" },
      kind === "input" ? filter : {
        ...filter,
        constant: { read: () => testValues(9 * 32 * 32) },
      },
      { name: "y", shape: image, dtype: "f32" },
    ];
    return {
      nodes: [{
        name: "conv",
        op: "conv2d",
        inputs: ["x", "w"],
        outputs: ["y"],
        attributes: {
          strides: { height: 1, width: 1 },
          dilations: { height: 1, width: 1 },
          pads: { top: 1, bottom: 1, left: 1, right: 1 },
          activation: "relu",
        },
      }],
      tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])),
      inputs: kind === "input" ? ["x", "w"] : ["x"],
      outputs: ["y"],
    };
  };
  const kernelsOf = (
    kind: "constant" | "input",
    options: Partial<PlanOptions>,
  ) =>
    planGraph(graph(kind), { label: "test", ...options }).program.steps
      .map(({ kernel }) => kernel);
  const name = "square window, shallow, up to 400 pixels";
  const tuning: Tuning = { ...plainTuning, winograd: { [name]: 4 } };
  const winograd = ["winograd_input", "conv2d", "winograd_output"];
  deepStrictEqual(kernelsOf("constant", { tuning }), winograd);
  deepStrictEqual(kernelsOf("constant", {}), ["conv2d"]);
  deepStrictEqual(kernelsOf("constant", { tuning, precision: "f16" }), [
    "conv2d",
  ]);
  deepStrictEqual(kernelsOf("input", { tuning }), ["pack_filter", "conv2d"]);
  const x = testValues(12 * 12 * 32, 2).map((value) => value / 2);
  const [direct, other] = [plainTuning, tuning].map((tuning) =>
    interpret(planGraph(graph("constant"), { label: "test", tuning }), { x }).y
  );
  assertAllClose(other, direct, { absolute: 1e-5 });
});
