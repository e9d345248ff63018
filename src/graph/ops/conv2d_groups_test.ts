import { deepStrictEqual, match } from "@std/assert";
import { plainTuning } from "../../../kernels/tuning.ts";
import { GraphSketch } from "../../passes/testing.ts";
import { planGraph } from "../../plan/mod.ts";
import { refusalOf } from "../testing.ts";

Deno.test("a convolution in groups has its kernel by the size of a group, and is never Winograd's", () => {
  const kernelsOf = (inputs: number, outputs: number) => {
    const sketch = new GraphSketch();
    const x = sketch.input("x", [1, 4, 4, 2 * inputs]);
    const options = { channels: 2 * outputs, groups: 2, size: 3 };
    const graph = sketch.finish(sketch.conv(x, options));
    const winograd = { "square window, shallow, up to 100 pixels": 2 } as const;
    const tuning = { ...plainTuning, winograd };
    return planGraph(graph, { label: "groups", tuning }).program.steps
      .map(({ kernel }) => kernel);
  };
  deepStrictEqual(kernelsOf(1, 3), ["depthwise_conv2d"]);
  deepStrictEqual(kernelsOf(4, 4), ["grouped_conv2d"]);
  deepStrictEqual(kernelsOf(3, 16), ["grouped_conv2d"]);
  deepStrictEqual(kernelsOf(4, 64), ["conv2d"]);
});

Deno.test("groups that do not divide the channels on both sides are refused", () => {
  const refusal = (channels: number, inputs: number, filters: number) => {
    const sketch = new GraphSketch();
    const x = sketch.input("x", [1, 4, 4, channels]);
    const filter = sketch.constant([1, 1, inputs, filters]);
    const options = { channels: filters, groups: 2, filter };
    return refusalOf(() => sketch.conv(x, options));
  };
  match(refusal(4, 2, 3), /makes 3 channels, which are not 2 equal groups/);
  match(refusal(6, 2, 4), /expects 4 channels, input "x" has 6/);
});
