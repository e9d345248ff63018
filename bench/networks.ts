/**
 * The shapes that real networks are made of, as graphs whose weights are zero, up
 * to what a head is trained on: the tutorial's Inception-v3, whatever network has a
 * name, and ResNeXt-50 (32x4d; Xie et al., arXiv 1611.05431, table 1) with batch
 * norm folded.
 *
 * @module
 */
import { inceptionNodes } from "../models/inception_v3.ts";
import { architectureOf, networkNamed } from "../models/mod.ts";
import { importGraph } from "../src/graph/import.ts";
import { elementCount, type Graph, type Shape } from "../src/graph/ir.ts";
import { LayerGraph } from "../src/graph/layers.ts";
import { splitPreprocessing } from "../src/passes/mod.ts";

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

const zeros = (_: string, shape: Shape) => ({
  read: () => new Float32Array(elementCount(shape)),
});

/** A network by its name, such as `mobilenet-v2`, on images as large as it is meant for, to its features. */
export function namedGraph(name: string): Graph {
  const named = networkNamed(name);
  if (!named) throw new Error(`There is no network "${name}"`);
  const { size, architecture } = named;
  const layers = new LayerGraph({ constants: zeros });
  const images = layers.input("images", [1, size, size, 3]);
  return layers.finish(architectureOf(architecture).features(layers, images));
}

/** ResNeXt-50 of 32 groups on 224x224 to 2048 values, strides where torchvision has them. */
export function resnext50(): Graph {
  return residualNetwork(32);
}

function residualNetwork(groups: number): Graph {
  const layers = new LayerGraph({ constants: zeros });
  const images = layers.input("images", [1, 224, 224, 3]);
  const halving = { stride: 2, padding: "SAME" } as const;
  let x = layers.convolution("conv", images, {
    ...halving,
    channels: 64,
    size: 7,
    activation: "relu",
  });
  x = layers.maxPool("pool", x, { ...halving, size: 3 });
  const stages = [
    { cells: 3, channels: 64, stride: 1 },
    { cells: 4, channels: 128, stride: 2 },
    { cells: 6, channels: 256, stride: 2 },
    { cells: 3, channels: 512, stride: 2 },
  ];
  for (const [stage, { cells, channels, stride }] of stages.entries()) {
    for (let cell = 0; cell < cells; cell++) {
      x = residualCell(layers, x, {
        name: `stage_${stage}/cell_${cell}`,
        channels,
        groups,
        stride: cell === 0 ? stride : 1,
      });
    }
  }
  return layers.finish(layers.meanOverSpace("mean", x));
}

/** 1x1, 3x3, 1x1 and the input added, itself convolved where its shape is another. */
function residualCell(
  layers: LayerGraph,
  input: string,
  { name, channels, groups, stride }: {
    name: string;
    channels: number;
    groups: number;
    stride: number;
  },
): string {
  const isGrouped = groups > 1;
  const wide = { channels: 4 * channels, size: 1, padding: "SAME" } as const;
  const relu = {
    channels: isGrouped ? 2 * channels : channels,
    activation: "relu",
    padding: "SAME",
  } as const;
  const isSameShape = stride === 1 && layers.shape(input)[3] === wide.channels;
  const shortcut = isSameShape
    ? input
    : layers.convolution(`${name}/shortcut`, input, { ...wide, stride });
  const [first, second] = isGrouped ? [1, stride] : [stride, 1];
  const narrow = { ...relu, size: 1, stride: first };
  let x = layers.convolution(`${name}/conv_0`, input, narrow);
  const moved = { ...relu, size: 3, stride: second, groups };
  x = layers.convolution(`${name}/conv_1`, x, moved);
  x = layers.convolution(`${name}/conv_2`, x, wide);
  const [sum] = layers.append({
    op: "binary",
    inputs: [x, shortcut],
    attributes: { function: "add", activation: "relu" },
  }, { name });
  return sum;
}
