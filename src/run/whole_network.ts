/**
 * A run as one graph, from resized pictures to probabilities.
 *
 * @module
 */
import type { FeatureModel } from "../features/mod.ts";
import {
  type Graph,
  GrowingGraph,
  type NewNode,
  type Node,
  type Shape,
  smallestMeanSquare,
  type Tensor,
  tensorOf,
} from "../graph/mod.ts";
import { imageShape } from "./network.ts";
import { type OpenedRun, trainedNetwork } from "./use_run.ts";

/** What goes in, and what comes out. */
export const wholeNames = {
  pictures: "pictures",
  probabilities: "probabilities",
} as const;

/**
 * The network of a run for one picture: from `pictures`, its pixels 0 to 255 in RGB
 * `[1, height, width, 3]`, to `probabilities` `[1, classes]`. All that was learnt is
 * constant.
 */
export function wholeNetwork(
  run: Pick<OpenedRun, "record" | "values" | "step">,
  { model }: { readonly model: FeatureModel | undefined },
): Graph {
  const { network: { base }, width, loss, recipe } = run.record;
  const network = withConstants(trainedNetwork(run, { model, batch: 1 }));
  const shape = imageShape(base, model);
  const whole = new WholeNetwork();
  if (shape) {
    const pictures = whole.pictures([1, shape[0], shape[1], 3]);
    const image = shape[2] === 1 ? whole.gray(pictures) : pictures;
    return whole.finish(whole.join(network, image), loss);
  }
  if (!model) throw new Error("The run's frozen graph is not open");
  const [input] = model.graph.inputs;
  const pictures = whole.pictures(tensorOf(model.graph, input).shape);
  const features = whole.join(model.graph, pictures);
  const rows = whole.reshape(features, [1, width]);
  const scaled = recipe.scaleRows ? whole.scaled(rows) : rows;
  return whole.finish(whole.join(network, scaled), loss);
}

/** The graph with what its variables are. */
function withConstants(graph: Graph): Graph {
  const tensors = [...graph.tensors].map(([name, tensor]) => {
    const { variable, ...rest } = tensor;
    const constant = variable ?? tensor.constant;
    return [name, { ...rest, ...constant && { constant } }] as const;
  });
  return { ...graph, tensors: new Map(tensors) };
}

class WholeNetwork {
  readonly #graph = new GrowingGraph();

  pictures(shape: Shape): string {
    return this.#graph.input(wholeNames.pictures, shape);
  }

  /** All of another graph's nodes, with `x` for its input; gives its output. */
  join(graph: Graph, x: string): string {
    const [input] = graph.inputs;
    const [output] = graph.outputs;
    const names = new Map([[input, x]]);
    const renamed = (name: string) => names.get(name) ?? name;
    for (const [name, tensor] of graph.tensors) {
      if (name === input) continue;
      const free = this.#graph.free(name);
      names.set(name, free);
      this.#graph.add({ ...tensor, name: free });
    }
    this.#graph.nodes.push(...graph.nodes.map((node): Node => ({
      ...node,
      inputs: node.inputs.map(renamed),
      outputs: node.outputs.map(renamed),
    })));
    return renamed(output);
  }

  reshape(x: string, shape: Shape): string {
    const node = { op: "reshape", inputs: [x], attributes: {} } as const;
    return this.#add(node, "rows", shape);
  }

  /** Luma, red, green and blue weighed as ITU-R BT.601 does. */
  gray(image: string): string {
    const weights = this.#numbers("gray/weights", [0.299, 0.587, 0.114]);
    const weighed = this.#pair("mul", image, weights);
    const attributes = { axes: [3], keepDims: true, function: "sum" } as const;
    return this.#add({ op: "reduce", inputs: [weighed], attributes }, "gray");
  }

  /** Rows, each divided by the root of its mean square. */
  scaled(rows: string): string {
    const square = this.#unary("square", rows);
    const attributes = { axes: [1], keepDims: true };
    const node = { op: "mean", inputs: [square], attributes } as const;
    const mean = this.#add(node, "scale/mean_square");
    const tiny = this.#numbers("scale/smallest", [smallestMeanSquare]);
    const root = this.#unary("sqrt", this.#pair("max", mean, tiny));
    return this.#pair("div", rows, root);
  }

  /** The graph to the probabilities of its logits; of one logit those of the classes 0 and 1. */
  finish(logits: string, loss: "softmax" | "sigmoid"): Graph {
    const { probabilities: name } = wholeNames;
    if (loss === "softmax") {
      const node = { op: "softmax", inputs: [logits], attributes: {} } as const;
      return this.#graph.finish(this.#add(node, name));
    }
    const second = this.#unary("sigmoid", logits);
    const first = this.#unary("sigmoid", this.#unary("neg", logits));
    const attributes = { axis: 1 };
    const inputs = [first, second];
    return this.#graph.finish(
      this.#add({ op: "concat", inputs, attributes }, name),
    );
  }

  #unary(name: "square" | "sqrt" | "sigmoid" | "neg", x: string): string {
    const attributes = { function: name };
    return this.#add({ op: "unary", inputs: [x], attributes }, name);
  }

  #pair(name: "mul" | "max" | "div", a: string, b: string): string {
    const attributes = { function: name, activation: "none" } as const;
    return this.#add({ op: "binary", inputs: [a, b], attributes }, name);
  }

  #numbers(name: string, values: readonly number[]): string {
    const data = Float32Array.from(values);
    const shape: Tensor["shape"] = values.length === 1 ? [] : [values.length];
    return this.#graph.constant(name, { shape, read: () => data });
  }

  #add(node: NewNode, name: string, shape?: Shape): string {
    return this.#graph.append(node, { name, shape })[0];
  }
}
