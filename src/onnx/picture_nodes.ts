/**
 * Models that begin at a picture of any size: it is resized inside, as we do it,
 * value for value.
 *
 * @module
 */
import type { Resampling } from "../../kernels/resample_images.ts";
import type { ResizeBilinearAttributes } from "../graph/ops/mod.ts";
import { resampleNodes } from "../graph/resample_nodes.ts";
import { OnnxNodes } from "./_nodes.ts";
import { TranslatedNodes } from "./_translated_nodes.ts";
import { type OnnxModel, onnxTypes } from "./model.ts";

/** How a picture becomes what a model is fed with. */
export interface PictureResize extends ResizeBilinearAttributes {
  /** Present where Pillow's way takes the place of ResizeBilinear's. */
  readonly resampling?: Resampling;
}

/** What such a model is fed with. */
const picture = "picture";

/**
 * The model with another input: `picture`, bytes of RGB `(height, width, 3)`, in the
 * place of its only one, f32 `(1, 3, height, width)`.
 */
export function fromPicture(
  model: OnnxModel,
  resize: PictureResize,
): OnnxModel {
  const { graph } = model;
  const [{ name }] = graph.inputs;
  const taken = [
    ...graph.initializers.map(({ name }) => name),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ];
  const { nodes, initializers } = resize.resampling
    ? resampled(name, { ...resize, ...resize.resampling, taken })
    : resized(name, { ...resize, taken });
  return {
    ...model,
    graph: {
      ...graph,
      nodes: [...nodes, ...graph.nodes],
      initializers: [...initializers, ...graph.initializers],
      inputs: [{
        ...{ name: picture, type: onnxTypes.uint8 },
        shape: ["height", "width", 3],
      }],
    },
  };
}

function resampled(
  input: string,
  { filter, shorterSide, height, width, taken }:
    & Resampling
    & Pick<PictureResize, "height" | "width">
    & { readonly taken: readonly string[] },
): OnnxNodes {
  const name = `${picture}/resampled`;
  const to = new TranslatedNodes(taken);
  const nodes = resampleNodes(picture, {
    ...{ name, filter, height, width },
    ...shorterSide !== undefined && { shorterSide },
  });
  to.translate(nodes, {
    orders: {
      [`${name}/turned`]: [[0, 1, 2], [1, 0, 2]],
      [`${name}/upright`]: [[0, 1, 3, 2], [0, 3, 1, 2]],
    },
  });
  to.node("Transpose", [name], { name: input, perm: [0, 3, 1, 2] });
  return to;
}

/**
 * TensorFlow 1's ResizeBilinear, each step rounded as it rounds it, which ONNX's
 * Resize leaves open.
 */
function resized(
  input: string,
  { height, width, taken, ...rules }: PictureResize & {
    readonly taken: readonly string[];
  },
): OnnxNodes {
  const to = new OnnxNodes(taken);
  const rows = sideOf(to, { ...rules, axis: 0, size: height });
  const columns = sideOf(to, { ...rules, axis: 1, size: width });
  const line = (name: "lower" | "upper") => {
    const of = to.node("Gather", [picture, rows[name]], {
      ...{ name: `${picture}/${name}_rows`, axis: 0 },
    });
    const ends = (["lower", "upper"] as const).map((side) => {
      const end = to.node("Gather", [of, columns[side]], {
        ...{ name: `${of}/${side}`, axis: 1 },
      });
      return to.node("Cast", [end], {
        ...{ name: `${of}/${side}_levels`, to: onnxTypes.float },
      });
    });
    return mixed(to, ends, { by: columns.lerp, name: `${of}/mixed` });
  };
  const image = mixed(to, [line("lower"), line("upper")], {
    ...{ by: rows.lerp, name: `${picture}/resized` },
  });
  const planes = to.node("Transpose", [image], {
    ...{ name: `${picture}/planes`, perm: [2, 0, 1] },
  });
  to.node("Unsqueeze", [planes, to.wholes([0])], { name: input });
  return to;
}

/** Between which pixels of one side those of the made one lie, and how far from the lower. */
interface Side {
  readonly lower: string;
  readonly upper: string;
  readonly lerp: string;
}

/** As `interpolation()` of `kernels/_resize.ts`. */
function sideOf(
  to: OnnxNodes,
  { axis, size, alignCorners, halfPixelCenters }:
    & Pick<PictureResize, "alignCorners" | "halfPixelCenters">
    & { readonly axis: 0 | 1; readonly size: number },
): Side {
  const add = (
    part: string,
    op: string,
    inputs: readonly string[],
    attributes = {},
  ) =>
    to.node(op, inputs, {
      ...{ name: `${picture}/side_${axis}/${part}`, ...attributes },
    });
  const one = to.number(1);
  const sizes = { start: axis, end: axis + 1 };
  const whole = add("size", "Shape", [picture], sizes);
  const pixels = add("pixels", "Cast", [whole], { to: onnxTypes.float });
  const last = add("last", "Sub", [pixels, one]);
  const scale = alignCorners && size > 1
    ? add("scale", "Div", [last, to.number(size - 1)])
    : add("scale", "Div", [pixels, to.number(size)]);
  const places = Float32Array.from(
    { length: size },
    (_, at) => halfPixelCenters ? at + 0.5 : at,
  );
  const scaled = add("scaled", "Mul", [
    to.row(`${picture}/side_${axis}/places`, places),
    scale,
  ]);
  const position = halfPixelCenters
    ? add("position", "Sub", [scaled, to.number(0.5)])
    : scaled;
  const below = add("below", "Floor", [position]);
  const above = add("above", "Ceil", [position]);
  const zero = to.number(0);
  const upper = add("upper", "Min", [add("past", "Max", [above, zero]), last]);
  const lower = add("lower", "Min", [add("from", "Max", [below, zero]), upper]);
  const lerp = add("lerp", "Sub", [position, below]);
  const place = (part: string, x: string) =>
    add(`${part}_place`, "Cast", [x], { to: onnxTypes.int64 });
  return {
    lower: place("lower", lower),
    upper: place("upper", upper),
    lerp: add("column", "Reshape", [
      lerp,
      to.wholes(axis === 0 ? [size, 1, 1] : [size, 1]),
    ]),
  };
}

/** `a + (b - a) * by` */
function mixed(
  to: OnnxNodes,
  [a, b]: readonly string[],
  { by, name }: { readonly by: string; readonly name: string },
): string {
  const difference = to.node("Sub", [b, a], { name: `${name}/difference` });
  const share = to.node("Mul", [difference, by], { name: `${name}/share` });
  return to.node("Add", [a, share], { name });
}
