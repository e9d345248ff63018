/**
 * ViT-B/16 (Dosovitskiy et al., arXiv 2010.11929, table 1) and ConvNeXt-T (Liu et
 * al., arXiv 2201.03545, table 9) as graphs whose weights are zero, up to what a
 * head is trained on.
 *
 * @module
 */
import { GrowingGraph } from "../src/graph/growing_graph.ts";
import { elementCount, type Graph, type Shape } from "../src/graph/ir.ts";
import type { NewNode } from "../src/graph/ops/mod.ts";

/** Layers on one colour image of 224x224. */
class ZeroLayers {
  readonly #graph = new GrowingGraph();
  readonly images = this.#graph.input("images", [1, 224, 224, 3]);

  shape(x: string): Shape {
    return this.#graph.shape(x);
  }

  weight(...shape: readonly number[]): string {
    const read = () => new Float32Array(elementCount(shape));
    return this.#graph.constant("weight", { shape, read });
  }

  add(node: NewNode, shape?: Shape): string {
    return this.#graph.append(node, { name: node.op, shape })[0];
  }

  convolution(
    op: "conv2d" | "depthwise_conv2d",
    x: string,
    { channels, size, stride = 1 }: {
      readonly channels: number;
      readonly size: number;
      readonly stride?: number;
    },
  ): string {
    const [, , , inChannels] = this.shape(x);
    const inputs = [
      x,
      op === "conv2d"
        ? this.weight(size, size, inChannels, channels)
        : this.weight(size, size, channels, 1),
      this.weight(channels),
    ];
    const pad = stride === 1 ? (size - 1) / 2 : 0;
    const attributes = {
      strides: { height: stride, width: stride },
      dilations: { height: 1, width: 1 },
      pads: { top: pad, bottom: pad, left: pad, right: pad },
      activation: "none",
    } as const;
    return this.add({ op, inputs, attributes });
  }

  dense(x: string, units: number): string {
    const columns = this.shape(x).at(-1) ?? 1;
    const inputs = [x, this.weight(columns, units), this.weight(units)];
    const stored = { transposeA: false, transposeB: false };
    const attributes = { ...stored, activation: "none" } as const;
    return this.add({ op: "matmul", inputs, attributes });
  }

  norm(x: string): string {
    const columns = this.shape(x).at(-1) ?? 1;
    const inputs = [x, this.weight(columns), this.weight(columns)];
    const attributes = { epsilon: 1e-6 };
    return this.add({ op: "layer_norm", inputs, attributes });
  }

  gelu(x: string): string {
    const attributes = { function: "gelu" } as const;
    return this.add({ op: "unary", inputs: [x], attributes });
  }

  combine(name: "add" | "mul", a: string, b: string): string {
    const attributes = { function: name, activation: "none" } as const;
    return this.add({ op: "binary", inputs: [a, b], attributes });
  }

  reshape(x: string, shape: Shape): string {
    return this.add({ op: "reshape", inputs: [x], attributes: {} }, shape);
  }

  transpose(x: string, order: readonly number[]): string {
    const attributes = { order };
    return this.add({ op: "transpose", inputs: [x], attributes });
  }

  slice(x: string, axis: number, offset: number, size: number): string {
    const attributes = { axis, offset, size };
    return this.add({ op: "slice", inputs: [x], attributes });
  }

  finish(x: string): Graph {
    return this.#graph.finish(x);
  }
}

/** ViT-B/16 on 224x224 to 768 values. */
export function vitB(): Graph {
  const [width, tokens, blocks] = [768, 197, 12];
  const layers = new ZeroLayers();
  const patches = layers.convolution("conv2d", layers.images, {
    ...{ channels: width, size: 16, stride: 16 },
  });
  const joined = layers.add({
    op: "concat",
    inputs: [
      layers.weight(1, 1, width),
      layers.reshape(patches, [1, tokens - 1, width]),
    ],
    attributes: { axis: 1 },
  });
  let x = layers.combine("add", joined, layers.weight(1, tokens, width));
  for (let block = 0; block < blocks; block++) {
    x = layers.combine("add", x, attention(layers, layers.norm(x)));
    const hidden = layers.gelu(layers.dense(layers.norm(x), 4 * width));
    x = layers.combine("add", x, layers.dense(hidden, width));
  }
  const token = layers.slice(layers.norm(x), 1, 0, 1);
  return layers.finish(layers.reshape(token, [1, width]));
}

function attention(layers: ZeroLayers, x: string): string {
  const heads = 12;
  const [, tokens, width] = layers.shape(x);
  const joined = layers.dense(x, 3 * width);
  const [q, k, v] = [0, 1, 2].map((at) => {
    const part = layers.slice(joined, 2, at * width, width);
    const apart = layers.reshape(part, [1, tokens, heads, width / heads]);
    return layers.transpose(apart, [0, 2, 1, 3]);
  });
  const product = (a: string, b: string, transposeB: boolean) =>
    layers.add({
      op: "batch_matmul",
      inputs: [a, b],
      attributes: { transposeA: false, transposeB },
    });
  const scores = product(q, k, true);
  const inputs = [scores];
  const weights = layers.add({ op: "softmax", inputs, attributes: {} });
  const mixed = layers.transpose(product(weights, v, false), [0, 2, 1, 3]);
  return layers.dense(layers.reshape(mixed, [1, tokens, width]), width);
}

/** ConvNeXt-T on 224x224 to 768 values. */
export function convnextT(): Graph {
  const layers = new ZeroLayers();
  let x = layers.norm(
    layers.convolution("conv2d", layers.images, {
      ...{ channels: 96, size: 4, stride: 4 },
    }),
  );
  for (const [stage, blocks] of [3, 3, 9, 3].entries()) {
    const channels = 96 * 2 ** stage;
    if (stage > 0) {
      const half = { channels, size: 2, stride: 2 };
      x = layers.convolution("conv2d", layers.norm(x), half);
    }
    for (let block = 0; block < blocks; block++) {
      const seen = layers.convolution("depthwise_conv2d", x, {
        ...{ channels, size: 7 },
      });
      const wide = layers.dense(layers.norm(seen), 4 * channels);
      const made = layers.dense(layers.gelu(wide), channels);
      const scaled = layers.combine("mul", made, layers.weight(channels));
      x = layers.combine("add", x, scaled);
    }
  }
  const pooled = layers.add({
    op: "mean",
    inputs: [x],
    attributes: { axes: [1, 2], keepDims: false },
  });
  return layers.finish(layers.norm(pooled));
}
