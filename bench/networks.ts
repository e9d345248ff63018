/**
 * The shapes that real networks are made of, as graphs whose weights are zero:
 * Inception-v3, MobileNet-v1 (Howard et al., arXiv 1704.04861, table 1) and
 * ResNet-50 (He et al., arXiv 1512.03385, table 1), each with batch norm folded
 * as after import, up to what a head is trained on.
 *
 * @module
 */
import { inceptionNodes } from "../models/inception_v3.ts";
import { importGraph } from "../src/graph/import.ts";
import { type Graph, tensorOf } from "../src/graph/ir.ts";
import { splitPreprocessing } from "../src/passes/mod.ts";
import { GraphSketch } from "./graph_sketch.ts";

/** Inception-v3 on 299x299, from resized pictures to 2048 values. */
export function inceptionV3(): Graph {
  const zeros = new Float32Array(3 * 3 * 448 * 384);
  const nodes = inceptionNodes({
    weights({ filterShape }) {
      const size = filterShape.reduce((product, length) => product * length);
      const channels = zeros.subarray(0, filterShape[3]);
      return {
        filter: zeros.subarray(0, size),
        beta: channels,
        mean: channels,
        variance: channels,
      };
    },
    mean: 0,
    std: 255,
    lastPool: "AvgPool",
  });
  const producer = 8; // TensorFlow's own batch norm op of that time
  const imported = importGraph({ nodes: [...nodes], producer }, {
    outputs: ["pool_3/_reshape:0"],
  });
  return splitPreprocessing(imported).graph;
}

/** MobileNet-v1 1.0 on 224x224 to 1024 values. */
export function mobilenetV1(): Graph {
  const sketch = new GraphSketch([1, 224, 224, 3]);
  let x = sketch.convolution(sketch.input, {
    filters: 32,
    window: 3,
    stride: 2,
    activation: "relu6",
  });
  const cells: readonly (readonly [filters: number, stride: number])[] = [
    [64, 1],
    [128, 2],
    [128, 1],
    [256, 2],
    [256, 1],
    [512, 2],
    ...Array.from({ length: 5 }, () => [512, 1] as const),
    [1024, 2],
    [1024, 1],
  ];
  for (const [filters, stride] of cells) {
    x = sketch.depthwise(x, { window: 3, stride, activation: "relu6" });
    x = sketch.convolution(x, { filters, window: 1, activation: "relu6" });
  }
  return sketch.finish(sketch.mean(x));
}

/** ResNet-50 on 224x224 to 2048 values, strides where Keras has them. */
export function resnet50(): Graph {
  const sketch = new GraphSketch([1, 224, 224, 3]);
  let x = sketch.convolution(sketch.input, {
    filters: 64,
    window: 7,
    stride: 2,
    activation: "relu",
  });
  x = sketch.maxPool(x, { window: 3, stride: 2 });
  const stages = [
    { cells: 3, filters: 64, stride: 1 },
    { cells: 4, filters: 128, stride: 2 },
    { cells: 6, filters: 256, stride: 2 },
    { cells: 3, filters: 512, stride: 2 },
  ];
  for (const { cells, filters, stride } of stages) {
    for (let cell = 0; cell < cells; cell++) {
      x = residualCell(sketch, x, { filters, stride: cell === 0 ? stride : 1 });
    }
  }
  return sketch.finish(sketch.mean(x));
}

/** 1x1, 3x3, 1x1 and the input added, itself convolved where its shape is another. */
function residualCell(
  sketch: GraphSketch,
  input: string,
  { filters, stride }: { filters: number; stride: number },
): string {
  const wide = 4 * filters;
  const relu = { activation: "relu" } as const;
  const isSameShape = stride === 1 &&
    tensorOf(sketch, input).shape[3] === wide;
  const shortcut = isSameShape
    ? input
    : sketch.convolution(input, { filters: wide, window: 1, stride });
  let x = sketch.convolution(input, { filters, window: 1, stride, ...relu });
  x = sketch.convolution(x, { filters, window: 3, ...relu });
  x = sketch.convolution(x, { filters: wide, window: 1 });
  return sketch.add(x, shortcut);
}
