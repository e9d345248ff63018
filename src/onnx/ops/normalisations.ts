/** What brings values to a common scale: batch norms, softmax and the like. */
import { InputError } from "../../errors.ts";
import { elementCount, type Tensor } from "../../graph/ir.ts";
import { type ImportContext, importers } from "../../graph/ops/mod.ts";
import { makeNode } from "../../graph/make_node.ts";
import { attribute, flag } from "../attributes.ts";
import type { OnnxBuilder } from "../builder.ts";
import type { Import, OnnxOp } from "../op.ts";
import { imageAxes, like, ownAxes, shapeOf, type Value } from "../value.ts";
import { axisOf, needed } from "./_known.ts";

const importBatchNorm: Import = (node, inputs, to) => {
  const x = needed(inputs, 0);
  const others = node.outputs.slice(1).filter((name) => name !== "");
  const isTraining = node.opset >= 14
    ? flag(node, "training_mode")
    : others.length > 0;
  const epsilon = attribute(node, "epsilon", "float") ?? Math.fround(1e-5);
  if (isTraining && x.tensor.constant) {
    return to.own(standardised(inputs, { epsilon, to }));
  }
  if (isTraining) {
    throw new InputError(
      "it normalises by the batch, as in training; call model.eval() before the export",
    );
  }
  if (node.opset < 9 && !flag(node, "spatial", true)) {
    throw new InputError("statistics of each pixel are not supported");
  }
  const [batch, ...rest] = ownAxes(x.axes.length);
  if (rest.length === 0) throw new InputError("its input has no channels");
  const kept = to.relaid(x, [batch, ...rest.slice(1), rest[0]]);
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((at) =>
    needed(inputs, at).tensor
  );
  return like(
    kept,
    to.add({
      kind: "node",
      op: "batch_norm",
      inputs: [kept.tensor, mean, variance, beta, gamma],
      attributes: { epsilon, activation: "none" },
    }),
  );
};

/** Weights that are brought to mean 0 and variance 1 for each filter, as networks without batch norms have them. */
function standardised(
  inputs: readonly (Value | undefined)[],
  { epsilon, to }: { readonly epsilon: number; readonly to: OnnxBuilder },
): Tensor {
  const [x, gamma, beta] = [0, 1, 2].map((at) =>
    to.settled(needed(inputs, at)).tensor
  );
  const [weights, scales, offsets] = [x, gamma, beta].map(({ constant }) =>
    constant
  );
  if (!weights || !scales || !offsets) {
    throw new InputError("its scale is computed, and its input is not");
  }
  const { shape } = x;
  const [images, channels] = shape;
  const size = elementCount(shape.slice(2));
  return to.floats(shape, () => {
    const [data, scale, offset] = [weights, scales, offsets]
      .map((constant) => constant.read());
    const made = new Float32Array(data.length);
    for (let channel = 0; channel < channels; channel++) {
      const places = Array.from(
        { length: images * size },
        (_, at) =>
          (Math.floor(at / size) * channels + channel) * size + at % size,
      );
      const { length } = places;
      const mean = places.reduce((sum, at) => sum + data[at], 0) / length;
      const variance = places
        .reduce((sum, at) => sum + (data[at] - mean) ** 2, 0) / length;
      const factor = scale[channel] / Math.sqrt(variance + epsilon);
      for (const at of places) {
        made[at] = (data[at] - mean) * factor + offset[channel];
      }
    }
    return made;
  });
}

/** Of the last axis, or, up to opset 12, of all from one on. */
function softmax(tensorFlow: "Softmax" | "LogSoftmax"): OnnxOp {
  return {
    inputs: [1],
    takes: "anyAxes",
    import(node, inputs, to) {
      const x = needed(inputs, 0);
      const rank = x.axes.length;
      const given = attribute(node, "axis", "int") ??
        (node.opset < 13 ? 1 : -1);
      const axis = axisOf(given, rank);
      if (node.opset >= 13) {
        const others = x.axes.filter((one) => one !== axis);
        const kept = to.relaid(x, [...others, axis]);
        return like(kept, byTensorFlow(tensorFlow, kept, to));
      }
      const shape = shapeOf(x);
      const rows = to.settled(to.reshape(x, [
        elementCount(shape.slice(0, axis)),
        elementCount(shape.slice(axis)),
      ]));
      const made = like(rows, byTensorFlow(tensorFlow, rows, to));
      return to.reshape(made, shape);
    },
  };
}

function byTensorFlow(op: string, { tensor }: Value, to: OnnxBuilder) {
  const importer = importers.get(op);
  if (!importer) throw new Error(`There is no importer of "${op}"`);
  const context: ImportContext = {
    producer: 0,
    add: (node) => to.add(node),
    constant: (shape, values) => to.floats(shape, values),
  };
  const made = importer(makeNode(op, op, [], []), [tensor], context);
  if (made.kind !== "node") throw new Error(`"${op}" became ${made.kind}`);
  return to.add(made);
}

/**
 * `x / (bias + alpha / size * sum(x^2))^beta`, the sum over neighbouring channels: a
 * convolution of one pixel by a band of ones makes it.
 */
const importLrn: Import = (node, inputs, to) => {
  const x = needed(inputs, 0);
  if (x.axes.length !== 4) throw new InputError("its input is no image");
  const size = attribute(node, "size", "int") ?? 0;
  if (!(size >= 1)) throw new InputError(`size ${size}, expected 1 and more`);
  const alpha = attribute(node, "alpha", "float") ?? 1e-4;
  const beta = attribute(node, "beta", "float") ?? 0.75;
  const bias = attribute(node, "bias", "float") ?? 1;
  const image = to.relaid(x, imageAxes);
  const channels = image.tensor.shape[3];
  const unary = { kind: "node", op: "unary" } as const;
  const squares = to.add({
    ...unary,
    inputs: [image.tensor],
    attributes: { function: "square" },
  });
  const before = Math.floor((size - 1) / 2);
  const band = to.floats(
    [1, 1, channels, channels],
    () =>
      Float32Array.from({ length: channels ** 2 }, (_, at) => {
        const distance = Math.floor(at / channels) - at % channels;
        const isNear = distance >= -before && distance <= size - 1 - before;
        return isNear ? alpha / size : 0;
      }),
  );
  const one = { height: 1, width: 1 };
  const sums = to.add({
    kind: "node",
    op: "conv2d",
    inputs: [
      squares,
      band,
      to.floats([channels], () => new Float32Array(channels).fill(bias)),
    ],
    attributes: {
      ...{ strides: one, dilations: one, activation: "none" },
      pads: { top: 0, bottom: 0, left: 0, right: 0 },
    },
  });
  const plain = { activation: "none" } as const;
  const root = to.add({
    kind: "node",
    op: "binary",
    inputs: [sums, to.floats([], [beta])],
    attributes: { ...plain, function: "pow" },
  });
  return like(
    image,
    to.add({
      kind: "node",
      op: "binary",
      inputs: [image.tensor, root],
      attributes: { ...plain, function: "div" },
    }),
  );
};

/** Over the last axes, which are one then. */
const importLayerNorm: Import = (node, inputs, to) => {
  const x = needed(inputs, 0);
  if (node.outputs.slice(1).some((name) => name !== "")) {
    throw new InputError("its outputs beside the first are not supported");
  }
  const shape = shapeOf(x);
  const rank = shape.length;
  const axis = axisOf(attribute(node, "axis", "int") ?? -1, rank);
  const epsilon = attribute(node, "epsilon", "float") ?? Math.fround(1e-5);
  const columns = elementCount(shape.slice(axis));
  const weights = [1, 2].flatMap((at) => inputs[at] ?? []).map((weight) =>
    to.settled(to.reshape(weight, [elementCount(shapeOf(weight))])).tensor
  );
  if (weights.some((weight) => weight.shape[0] !== columns)) {
    throw new InputError(
      `${
        weights.map(({ shape }) => shape[0]).join(" and ")
      } weights of ${columns} values`,
    );
  }
  const others = x.axes.filter((one) => one !== axis);
  const rows = axis === rank - 1
    ? to.relaid(x, [...others, axis])
    : to.settled(to.reshape(x, [elementCount(shape.slice(0, axis)), columns]));
  const made = like(
    rows,
    to.add({
      kind: "node",
      op: "layer_norm",
      inputs: [rows.tensor, ...weights],
      attributes: { epsilon },
    }),
  );
  return axis === rank - 1 ? made : to.reshape(made, shape);
};

export const ops: Readonly<Record<string, OnnxOp>> = {
  BatchNormalization: {
    inputs: [5],
    takes: "anyAxes",
    import: importBatchNorm,
  },
  LayerNormalization: {
    inputs: [2, 3],
    takes: "anyAxes",
    import: importLayerNorm,
  },
  Softmax: softmax("Softmax"),
  LogSoftmax: softmax("LogSoftmax"),
  LRN: { inputs: [1], takes: "anyAxes", import: importLrn },
};
