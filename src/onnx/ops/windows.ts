/** Convolutions and pools: windows that move over images, which are kept NHWC. */
import { InputError } from "../../errors.ts";
import { ceilPads, type Pads, type Size } from "../../graph/geometry.ts";
import type { Shape, Tensor } from "../../graph/ir.ts";
import type { ImportedNode } from "../../graph/ops/mod.ts";
import { transpose } from "../../graph/ops/transpose.ts";
import { attribute, flag, textAttribute } from "../attributes.ts";
import type { OnnxBuilder } from "../builder.ts";
import type { Import, OnnxOp, Versioned } from "../op.ts";
import { imageAxes, like, shapeOf, type Value } from "../value.ts";
import { needed } from "./_known.ts";

/** How a window moves, as a node says it. */
interface Window {
  readonly window: Size;
  readonly strides: Size;
  readonly dilations: Size;
  readonly pads: Pads;
}

/** Two numbers of rows and columns; of lines, which have columns alone, one. */
function sizeOf(
  node: Versioned,
  name: string,
  { lines, fallback }: { readonly lines: boolean; readonly fallback?: Size },
): Size {
  const given = attribute(node, name, "ints");
  if (!given || given.length === 0) {
    if (fallback) return fallback;
    throw new InputError(`it has no attribute "${name}"`);
  }
  const [height, width] = lines ? [1, ...given] : given;
  const isSound = given.length === (lines ? 1 : 2) &&
    given.every((size) => size >= 1 && size < 65536);
  if (isSound) return { height, width };
  throw new InputError(
    `${name} [${given.join(", ")}], expected ${
      lines ? "one size" : "height and width"
    } of 1 and more`,
  );
}

const one: Size = { height: 1, width: 1 };

/** The geometry of a node's window over an image NHWC. */
function windowOf(
  node: Versioned,
  { image: [, height, width], lines, size }: {
    readonly image: Shape;
    readonly lines: boolean;
    /** Of the window, where something else than an attribute says it. */
    readonly size?: Size;
  },
): Window {
  const window = sizeOf(node, "kernel_shape", {
    lines,
    ...size && { fallback: size },
  });
  if (size && (size.height !== window.height || size.width !== window.width)) {
    throw new InputError(
      `kernel_shape [${window.height}, ${window.width}] of a filter of ${size.height}x${size.width}`,
    );
  }
  const strides = sizeOf(node, "strides", { lines, fallback: one });
  const dilations = sizeOf(node, "dilations", { lines, fallback: one });
  const geometry = { window, strides, dilations };
  const pads = padsOf(node, { height, width, lines, ...geometry });
  return { ...geometry, pads };
}

function padsOf(
  node: Versioned,
  { lines, height, width, window, strides, dilations }:
    & Size
    & Omit<Window, "pads">
    & { readonly lines: boolean },
): Pads {
  const auto = textAttribute(node, "auto_pad", "NOTSET");
  switch (auto) {
    case "NOTSET": {
      const given = attribute(node, "pads", "ints") ?? [];
      if (given.length === 0) return { top: 0, bottom: 0, left: 0, right: 0 };
      const [top, left, bottom, right] = lines
        ? [0, given[0], 0, given[1]]
        : given;
      const isSound = given.length === (lines ? 2 : 4) &&
        given.every((pad) => pad >= 0 && pad < 65536);
      if (isSound) return { top, bottom, left, right };
      throw new InputError(
        `pads [${
          given.join(", ")
        }], expected numbers of 0 and more before and after`,
      );
    }
    case "VALID":
      return { top: 0, bottom: 0, left: 0, right: 0 };
    case "SAME_UPPER":
    case "SAME_LOWER": {
      const around = (size: number, along: keyof Size) => {
        const extent = (window[along] - 1) * dilations[along] + 1;
        const outputs = Math.ceil(size / strides[along]);
        const all = Math.max(0, (outputs - 1) * strides[along] + extent - size);
        const [less, more] = [Math.floor(all / 2), Math.ceil(all / 2)];
        return auto === "SAME_UPPER" ? [less, more] : [more, less];
      };
      const [top, bottom] = around(height, "height");
      const [left, right] = around(width, "width");
      return { top, bottom, left, right };
    }
    default:
      throw new InputError(
        `auto_pad "${auto}", expected NOTSET, VALID, SAME_UPPER or SAME_LOWER`,
      );
  }
}

/** A picture, or a line as one of one row, NHWC. */
function imageOf(
  value: Value,
  to: OnnxBuilder,
): { readonly image: Tensor; readonly lines: boolean } {
  const shape = shapeOf(value);
  if (shape.length === 4) {
    return { image: to.relaid(value, imageAxes).tensor, lines: false };
  }
  if (shape.length !== 3) {
    throw new InputError(
      `its input has the shape [${
        shape.join(", ")
      }], expected images [batch, channels, height, width]`,
    );
  }
  const [batch, channels, width] = shape;
  const line = to.relaid(value, [0, 2, 1]).tensor;
  const image = to.reshaped(line, [batch, 1, width, channels]);
  return { image, lines: true };
}

/** The other way round. */
function valueOf(
  image: Tensor,
  { lines, to }: { readonly lines: boolean; readonly to: OnnxBuilder },
): Value {
  if (!lines) return { tensor: image, axes: imageAxes, type: "float" };
  const [batch, , width, channels] = image.shape;
  const tensor = to.reshaped(image, [batch, width, channels]);
  return { tensor, axes: [0, 2, 1], type: "float" };
}

const importConv: Import = (node, inputs, to) => {
  const { image, lines } = imageOf(needed(inputs, 0), to);
  const filter = filterOf(needed(inputs, 1), { lines, to });
  const [filters, each, height, width] = filter.shape;
  const size = { height, width };
  const { window: _window, ...moving } = windowOf(node, {
    ...{ image: image.shape, lines, size },
  });
  const groups = attribute(node, "group", "int") ?? 1;
  const channels = image.shape[3];
  if (!(groups >= 1) || each * groups !== channels || filters % groups !== 0) {
    throw new InputError(
      `${groups} groups of ${each} channels and ${filters} filters, and its input has ${channels} channels`,
    );
  }
  const isDepthwise = each === 1 && groups > 1;
  const convolve = {
    kind: "node",
    attributes: { ...moving, activation: "none" },
  } as const;
  const made: ImportedNode = isDepthwise
    ? {
      ...convolve,
      op: "depthwise_conv2d",
      inputs: [image, depthwiseFilter(filter, { channels, to })],
    }
    : {
      ...convolve,
      op: "conv2d",
      inputs: [image, to.add(transpose(filter, [2, 3, 1, 0]))],
      attributes: { ...convolve.attributes, ...groups > 1 && { groups } },
    };
  const product = to.add(made);
  const bias = inputs[2];
  return valueOf(
    bias
      ? to.add({
        kind: "node",
        op: "binary",
        inputs: [product, bias.tensor],
        attributes: { function: "add", activation: "none" },
      })
      : product,
    { lines, to },
  );
};

/** A filter OIHW; of lines one of one row. */
function filterOf(
  value: Value,
  { lines, to }: { readonly lines: boolean; readonly to: OnnxBuilder },
): Tensor {
  const { tensor } = to.settled(value);
  const { shape } = tensor;
  if (shape.length !== (lines ? 3 : 4)) {
    throw new InputError(`its filter has the shape [${shape.join(", ")}]`);
  }
  const [filters, channels, width] = shape;
  return lines ? to.reshaped(tensor, [filters, channels, 1, width]) : tensor;
}

/** `(channels * multiplier, 1, h, w)` as `(h, w, channels, multiplier)`. */
function depthwiseFilter(
  filter: Tensor,
  { channels, to }: { readonly channels: number; readonly to: OnnxBuilder },
): Tensor {
  const [filters, , height, width] = filter.shape;
  const shape = [channels, filters / channels, height, width];
  return to.add(transpose(to.reshaped(filter, shape), [2, 3, 0, 1]));
}

/** The pads that a pool has where windows may begin in the last rows. */
function roundedPads(
  node: Versioned,
  image: Shape,
  { pads, ...geometry }: Window,
): Pads {
  if (!flag(node, "ceil_mode")) return pads;
  const [, height, width] = image;
  return ceilPads({ height, width }, pads, geometry);
}

const importMaxPool: Import = (node, inputs, to) => {
  if (node.outputs[1]) {
    throw new InputError("its second output, of places, is not supported");
  }
  const { image, lines } = imageOf(needed(inputs, 0), to);
  const geometry = windowOf(node, { image: image.shape, lines });
  const { window, strides } = undilated(geometry);
  const pads = roundedPads(node, image.shape, geometry);
  const attributes = { window, strides, pads };
  const inputs_ = [image];
  return valueOf(
    to.add({ kind: "node", op: "max_pool", inputs: inputs_, attributes }),
    { lines, to },
  );
};

function undilated(geometry: Window): Window {
  const { height, width } = geometry.dilations;
  if (height === 1 && width === 1) return geometry;
  throw new InputError(`dilations [${height}, ${width}] are not supported`);
}

const importAveragePool: Import = (node, inputs, to) => {
  const { image, lines } = imageOf(needed(inputs, 0), to);
  const geometry = windowOf(node, { image: image.shape, lines });
  const { window, strides, pads } = undilated(geometry);
  const all = roundedPads(node, image.shape, geometry);
  const isCounted = flag(node, "count_include_pad") &&
    Object.values(pads).some((pad) => pad > 0);
  const { top, bottom, left, right } = pads;
  // Zeros count, what only rounding up adds does not.
  const [x, rest] = isCounted
    ? [
      to.add({
        kind: "node",
        op: "pad",
        inputs: [image],
        attributes: {
          paddings: [[0, 0], [top, bottom], [left, right], [0, 0]],
          value: 0,
        },
      }),
      {
        ...{ top: 0, left: 0 },
        bottom: all.bottom - bottom,
        right: all.right - right,
      },
    ] as const
    : [image, all] as const;
  return valueOf(
    to.add({
      kind: "node",
      op: "avg_pool",
      inputs: [x],
      attributes: { window, strides, pads: rest },
    }),
    { lines, to },
  );
};

/** Over all that is behind the channels, which are kept last. */
function overSpace(name: "mean" | "max"): Import {
  return (_node, inputs, to) => {
    const value = needed(inputs, 0);
    const rank = value.axes.length;
    if (rank < 3) throw new InputError("its input has no height and width");
    const [batch, channels, ...space] = [...value.axes.keys()];
    const kept = to.relaid(value, [batch, ...space, channels]);
    const attributes = { axes: space.map((axis) => axis - 1), keepDims: true };
    const inputs_ = [kept.tensor];
    return like(
      kept,
      to.add(
        name === "mean"
          ? { kind: "node", op: "mean", inputs: inputs_, attributes }
          : {
            kind: "node",
            op: "reduce",
            inputs: inputs_,
            attributes: { ...attributes, function: name },
          },
      ),
    );
  };
}

export const ops: Readonly<Record<string, OnnxOp>> = {
  Conv: { inputs: [2, 3], takes: "anyAxes", import: importConv },
  MaxPool: { inputs: [1], takes: "anyAxes", import: importMaxPool },
  AveragePool: { inputs: [1], takes: "anyAxes", import: importAveragePool },
  GlobalAveragePool: {
    inputs: [1],
    takes: "anyAxes",
    import: overSpace("mean"),
  },
  GlobalMaxPool: { inputs: [1], takes: "anyAxes", import: overSpace("max") },
};
