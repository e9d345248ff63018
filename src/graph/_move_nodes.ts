/** Nodes of TensorFlow's for what moves, counts, compares and normalises values: a few for each of ours. */
import type { BinaryFunction } from "../../kernels/binary.ts";
import type { ReduceFunction } from "../../kernels/reduce.ts";
import { dataTypes, type NodeDef } from "./graphdef.ts";
import type { Node, NodeOf, Shape } from "./ir.ts";
import {
  constantNode,
  floatConstant,
  intConstant,
  makeNode,
  typeAttribute,
} from "./make_node.ts";

/** How nodes are called, and what they read. */
interface Written {
  /** That of the last node. */
  readonly name: string;
  readonly inputs: readonly string[];
}

const float = typeAttribute("T", dataTypes.float);
const int32 = dataTypes.int32;

const truthOps: Partial<Record<BinaryFunction, string>> = {
  greater: "Greater",
  greater_equal: "GreaterEqual",
  less: "Less",
  less_equal: "LessEqual",
  equal: "Equal",
  not_equal: "NotEqual",
};

const reduceOps: Partial<Record<ReduceFunction, string>> = {
  sum: "Sum",
  prod: "Prod",
  max: "Max",
  min: "Min",
};

/** The nodes of one of ours that moves values or rows of them; none for another. `shape` is what it reads. */
export function moveNodes(
  node: Node,
  { shape, ...written }: Written & { readonly shape: Shape },
): NodeDef[] | undefined {
  switch (node.op) {
    case "transpose":
      return withList("Transpose", written, {
        list: node.attributes.order,
        kind: "Tperm",
      });
    case "slice":
      return sliceNodes(node, { ...written, rank: shape.length });
    case "reduce":
      return reduceNodes(node, written);
    case "tile":
      return withList("Tile", written, {
        list: shape.map((_, axis) =>
          axis === node.attributes.axis ? node.attributes.times : 1
        ),
        kind: "Tmultiples",
      });
    case "batch_matmul": {
      const { transposeA, transposeB } = node.attributes;
      return [
        makeNode("BatchMatMulV2", written.name, written.inputs, [
          float,
          ["adj_x", { kind: "bool", value: transposeA }],
          ["adj_y", { kind: "bool", value: transposeB }],
        ]),
      ];
    }
    case "layer_norm":
      return layerNormNodes(node, { ...written, rank: shape.length });
    case "space_to_batch":
    case "batch_to_space":
      return blockNodes(node, written);
    default:
      return undefined;
  }
}

/** What is true or not, and what is chosen by it: 1 and 0 are ours. */
export function decisionNodes(
  name: BinaryFunction,
  { name: made, inputs: [a, b] }: Written,
): NodeDef[] {
  const truth = `${made}/truth`;
  const op = truthOps[name];
  if (op !== undefined) {
    return [
      makeNode(op, truth, [a, b], [float]),
      castNode(made, truth, dataTypes.bool),
    ];
  }
  const zero = `${made}/zero`;
  const chosen = name === "where" ? [b, zero] : [zero, b];
  return [
    floatConstant(zero, 0),
    makeNode("NotEqual", truth, [a, zero], [float]),
    makeNode("SelectV2", made, [truth, ...chosen], [float]),
  ];
}

/** What a pad of widths below 0 leaves. */
export function cropNodes(
  { attributes: { paddings } }: NodeOf<"pad">,
  { name, inputs, shape }: Written & { readonly shape: Shape },
): NodeDef[] {
  const cuts = paddings.map((both) => both.map((width) => -Math.min(width, 0)));
  const [begin, size] = [`${name}/begin`, `${name}/size`];
  return [
    intConstant(begin, cuts.map(([before]) => before)),
    intConstant(
      size,
      cuts.map(([before, after], axis) => shape[axis] - before - after),
    ),
    makeNode("Slice", name, [...inputs, begin, size], [
      float,
      typeAttribute("Index", int32),
    ]),
  ];
}

function sliceNodes(
  { attributes }: NodeOf<"slice">,
  { name, inputs, rank }: Written & { readonly rank: number },
): NodeDef[] {
  const { axis, offset, size, step = 1 } = attributes;
  const others = Array<number>(rank).fill(0);
  const end = offset + size * step;
  const mask = 2 ** rank - 1 - 2 ** axis;
  const bounds = {
    begin: others.with(axis, offset),
    end: others.with(axis, end),
    strides: others.map((_, at) => at === axis ? step : 1),
  };
  const names = Object.keys(bounds).map((bound) => `${name}/${bound}`);
  return [
    ...Object.values(bounds).map((list, at) => intConstant(names[at], list)),
    makeNode("StridedSlice", name, [...inputs, ...names], [
      float,
      typeAttribute("Index", int32),
      ["begin_mask", { kind: "int", value: mask }],
      // Before the first is not -1, which counts from the end.
      ["end_mask", { kind: "int", value: end < 0 ? mask + 2 ** axis : mask }],
    ]),
  ];
}

function reduceNodes(
  { attributes }: NodeOf<"reduce">,
  { name, inputs }: Written,
): NodeDef[] {
  const { function: made, axes, keepDims } = attributes;
  const op = reduceOps[made];
  if (op !== undefined) {
    return withList(op, { name, inputs }, {
      list: axes,
      kind: "Tidx",
      keepDims,
    });
  }
  const [place, axis] = [`${name}/place`, `${name}/axis`];
  const find = made === "argmax" ? "ArgMax" : "ArgMin";
  return [
    intConstant(axis, axes[0]),
    makeNode(find, place, [...inputs, axis], [
      float,
      typeAttribute("Tidx", int32),
      typeAttribute("output_type", int32),
    ]),
    castNode(name, place, int32),
  ];
}

/** By the definition: what is left of the mean, over the root of its mean square. */
function layerNormNodes(
  { attributes: { epsilon } }: NodeOf<"layer_norm">,
  { name, inputs: [x, scale, bias], rank }: Written & {
    readonly rank: number;
  },
): NodeDef[] {
  const of = (part: string) => `${name}/${part}`;
  const mean = (part: string, input: string) =>
    withList("Mean", { name: of(part), inputs: [input] }, {
      list: [rank - 1],
      kind: "Tidx",
      keepDims: true,
    });
  const scaled = bias === undefined ? name : of("scaled");
  return [
    ...mean("mean", x),
    makeNode("Sub", of("centred"), [x, of("mean")], [float]),
    makeNode("Square", of("squares"), [of("centred")], [float]),
    ...mean("variance", of("squares")),
    floatConstant(of("epsilon"), epsilon),
    makeNode("Add", of("sum"), [of("variance"), of("epsilon")], [float]),
    makeNode("Rsqrt", of("factor"), [of("sum")], [float]),
    makeNode("Mul", of("normalised"), [of("centred"), of("factor")], [float]),
    makeNode("Mul", scaled, [of("normalised"), scale], [float]),
    ...bias === undefined
      ? []
      : [makeNode("Add", name, [scaled, bias], [float])],
  ];
}

function blockNodes(
  { op, attributes: { block: { height, width } } }:
    | NodeOf<"space_to_batch">
    | NodeOf<"batch_to_space">,
  { name, inputs }: Written,
): NodeDef[] {
  const [block, borders] = [`${name}/block`, `${name}/borders`];
  const isThere = op === "space_to_batch";
  return [
    intConstant(block, [height, width]),
    constantNode(borders, [2, 2], new Int32Array(4)),
    makeNode(
      isThere ? "SpaceToBatchND" : "BatchToSpaceND",
      name,
      [...inputs, block, borders],
      [
        float,
        typeAttribute("Tblock_shape", int32),
        typeAttribute(isThere ? "Tpaddings" : "Tcrops", int32),
      ],
    ),
  ];
}

function withList(
  op: string,
  { name, inputs }: Written,
  { list, kind, keepDims }: {
    readonly list: readonly number[];
    readonly kind: string;
    readonly keepDims?: boolean;
  },
): NodeDef[] {
  const values = `${name}/values`;
  return [
    intConstant(values, list),
    makeNode(op, name, [...inputs, values], [
      float,
      typeAttribute(kind, int32),
      ...keepDims === undefined
        ? []
        : [["keep_dims", { kind: "bool", value: keepDims }] as const],
    ]),
  ];
}

function castNode(name: string, x: string, from: number): NodeDef {
  return makeNode("Cast", name, [x], [
    typeAttribute("SrcT", from),
    typeAttribute("DstT", dataTypes.float),
  ]);
}
