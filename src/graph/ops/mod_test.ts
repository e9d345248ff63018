import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import {
  type GoldenCase,
  goldenOps,
  type GoldenTensor,
} from "../../../tests/golden/ops.ts";
import { bilinearSource } from "../geometry.ts";
import {
  type AttrValue,
  dataTypes,
  decodeGraphDef,
  type GraphDef,
} from "../graphdef.ts";
import { importGraph } from "../import.ts";
import { type Graph, type NodeOf, type OpName, tensorOf } from "../ir.ts";
import {
  constantNode,
  floatConstant,
  graphOf,
  intConstant,
  ints,
  node,
  placeholder,
  refusalOf,
  text,
} from "../testing.ts";
import { inferShapes, type OpRule, rules, type Value } from "./mod.ts";

function graphDefOf({ graph }: GoldenCase): GraphDef {
  return decodeGraphDef(Uint8Array.from(atob(graph), (c) => c.charCodeAt(0)));
}

function close(actual: ArrayLike<number>, golden: GoldenTensor): void {
  strictEqual(actual.length, golden.data.length);
  for (const [index, expected] of golden.data.entries()) {
    const error = Math.abs(actual[index] - expected);
    ok(
      error <= 1e-5 + 1e-5 * Math.abs(expected),
      `at ${index}: ${actual[index]}, TensorFlow has ${expected}`,
    );
  }
}

for (const [op, cases] of Object.entries(goldenOps)) {
  Deno.test(`importGraph() gives ${op} the shapes of TensorFlow`, () => {
    for (const one of cases) {
      const graph = importGraph(graphDefOf(one), { outputs: [one.fetch] });
      const { shape } = tensorOf(graph, graph.outputs[0]);
      deepStrictEqual(shape, one.output.shape, one.name);
      deepStrictEqual([...graph.inputs].sort(), Object.keys(one.feeds).sort());
    }
  });
}

/** The values of a graph by its rules, as far as they are for constants. */
function evaluate(graph: Graph, feeds: GoldenCase["feeds"]): Value | undefined {
  const values = new Map<string, Value>();
  for (const [name, { shape, data }] of Object.entries(feeds)) {
    values.set(name, { shape, data: Float32Array.from(data) });
  }
  for (const { name, shape, constant } of graph.tensors.values()) {
    if (constant) values.set(name, { shape, data: constant.read() });
  }
  for (const node of graph.nodes) {
    const inputs = node.inputs.flatMap((name) => values.get(name) ?? []);
    const [output] = node.outputs;
    const value = evaluateNode(node, inputs, tensorOf(graph, output).shape);
    if (!value) return undefined;
    values.set(output, value);
  }
  return values.get(graph.outputs[0]);
}

function evaluateNode<K extends OpName>(
  node: NodeOf<K>,
  inputs: readonly Value[],
  shape: readonly number[],
): Value | undefined {
  const rule: OpRule<K> = rules[node.op];
  const data = rule.evaluate?.(inputs, node.attributes, shape);
  return data && { shape, data };
}

Deno.test("rules evaluate constants as TensorFlow does", () => {
  for (const op of ["binary", "unary", "concat", "reshape"]) {
    for (const one of goldenOps[op]) {
      const graph = importGraph(graphDefOf(one), { outputs: [one.fetch] });
      const value = evaluate(graph, one.feeds);
      ok(value, one.name);
      deepStrictEqual(value?.shape, one.output.shape, one.name);
      close(value?.data ?? [], one.output);
    }
  }
});

Deno.test("bilinearSource() resizes as TensorFlow does", () => {
  for (const one of goldenOps.resize_bilinear) {
    const graph = importGraph(graphDefOf(one), { outputs: [one.fetch] });
    const [resize] = graph.nodes;
    if (resize.op !== "resize_bilinear") throw new Error(resize.op);
    const { shape: [batch, height, width, channels], data } = one.feeds.images;
    const at = (n: number, y: number, x: number, c: number) =>
      data[((n * height + y) * width + x) * channels + c];
    const { attributes } = resize;
    const output: number[] = [];
    for (let n = 0; n < batch; n++) {
      for (let row = 0; row < attributes.height; row++) {
        const y = bilinearSource(row, {
          input: height,
          output: attributes.height,
          ...attributes,
        });
        for (let column = 0; column < attributes.width; column++) {
          const x = bilinearSource(column, {
            input: width,
            output: attributes.width,
            ...attributes,
          });
          for (let c = 0; c < channels; c++) {
            const mix = (a: number, b: number, w: number) => a + (b - a) * w;
            const line = (y: number) =>
              mix(at(n, y, x.lower, c), at(n, y, x.upper, c), x.weight);
            output.push(mix(line(y.lower), line(y.upper), y.weight));
          }
        }
      }
    }
    close(output, { ...one.output, data: one.output.data });
  }
});

Deno.test("inferShapes() follows a reshape to another batch", () => {
  const x = { name: "x", shape: [8, 1, 1, 6], dtype: "f32" } as const;
  const reshape = { op: "reshape", attributes: {} } as const;
  deepStrictEqual(inferShapes(reshape, [x], [[1, 6]]), [[8, 6]]);
  deepStrictEqual(inferShapes(reshape, [x], [[8, 6]]), [[8, 6]]);
  match(
    refusalOf(() => inferShapes(reshape, [x], [[1, 7]])),
    /shape \[8, 1, 1, 6\] of "x" cannot become \[1, 7\]/,
  );
});

/** A way to build a node wrong, and what is said about it. */
interface Refusal {
  readonly op: string;
  readonly inputs?: readonly string[];
  readonly attributes?: Readonly<Record<string, AttrValue>>;
  readonly says: string;
}

const one = ints(1, 1, 1, 1);
const same = text("SAME");
const yes = { kind: "bool", value: true } as const;

function int(value: number): AttrValue {
  return { kind: "int", value };
}

const refusals: readonly Refusal[] = [
  {
    op: "Conv2D",
    inputs: ["images", "filter"],
    attributes: { strides: one, padding: same, data_format: text("NCHW") },
    says: 'data_format "NCHW", expected "NHWC"',
  },
  {
    op: "Conv2D",
    inputs: ["images", "filter"],
    attributes: { strides: ints(1, 1, 1, 2), padding: same },
    says:
      "strides [1, 1, 1, 2], expected [1, height, width, 1] with positive sizes",
  },
  {
    op: "Conv2D",
    inputs: ["images", "filter"],
    attributes: { strides: ints(1, 0, 1, 1), padding: same },
    says:
      "strides [1, 0, 1, 1], expected [1, height, width, 1] with positive sizes",
  },
  {
    op: "Conv2D",
    inputs: ["images", "filter"],
    attributes: { strides: one, padding: text("FULL") },
    says: 'padding "FULL", expected "SAME", "VALID" or "EXPLICIT"',
  },
  {
    op: "Conv2D",
    inputs: ["images", "filter"],
    attributes: { strides: one, padding: text("EXPLICIT") },
    says:
      "explicit_paddings [], expected [0, 0, top, bottom, left, right, 0, 0]",
  },
  {
    op: "Conv2D",
    inputs: ["images", "filter"],
    attributes: { strides: text("1"), padding: same },
    says: 'attribute "strides" is of kind bytes, expected list',
  },
  {
    op: "Conv2D",
    inputs: ["images", "wide"],
    attributes: { strides: one, padding: same },
    says: 'filter [1, 1, 5, 2] expects 5 channels, input "images" has 3',
  },
  {
    op: "Conv2D",
    inputs: ["images", "tall"],
    attributes: { strides: one, padding: text("VALID") },
    says: 'a window of 9x1 does not fit into "images" of shape [1, 4, 4, 3]',
  },
  {
    op: "Conv2D",
    inputs: ["images"],
    attributes: { strides: one, padding: same },
    says: "1 inputs, expected 2",
  },
  {
    op: "DepthwiseConv2dNative",
    inputs: ["rows", "filter"],
    attributes: { strides: one, padding: same },
    says: 'input "rows" has shape [2, 3], expected rank 4',
  },
  {
    op: "MaxPool",
    inputs: ["images"],
    attributes: { ksize: ints(1, 2, 2, 3), strides: one, padding: same },
    says:
      "ksize [1, 2, 2, 3], expected [1, height, width, 1] with positive sizes",
  },
  {
    op: "FusedBatchNormV3",
    inputs: ["images", "vector", "vector", "vector", "vector"],
    attributes: { is_training: yes },
    says: "is_training true, expected false: freeze the graph for inference",
  },
  {
    op: "FusedBatchNorm",
    inputs: ["images", "vector", "vector", "pair", "vector"],
    attributes: { is_training: { kind: "bool", value: false } },
    says: 'input "pair" has shape [2], expected [3]',
  },
  {
    op: "BatchNormWithGlobalNormalization",
    inputs: ["images", "vector", "vector", "vector", "vector"],
    says: 'it has no attribute "variance_epsilon"',
  },
  {
    op: "AddV2",
    inputs: ["rows", "pair"],
    says: "shapes [2, 3] and [2] do not broadcast",
  },
  {
    op: "Sub",
    inputs: ["rows", "two"],
    says: 'input "two" has element type i32, expected f32',
  },
  {
    op: "BiasAdd",
    inputs: ["rows", "pair"],
    says: "bias of shape [2], expected [3]",
  },
  {
    op: "BiasAdd",
    inputs: ["images", "vector"],
    attributes: { data_format: text("NCHW") },
    says: 'data_format "NCHW", expected "NHWC"',
  },
  {
    op: "Mean",
    inputs: ["images", "outer"],
    says: "axes [0, 3], expected neighbouring ones such as [1, 2]",
  },
  {
    op: "Mean",
    inputs: ["images", "vector"],
    says:
      'input "vector" must be whole numbers that are known before the graph runs',
  },
  {
    op: "ConcatV2",
    inputs: ["rows", "pair", "two"],
    says: "axis 2 is outside of rank 2",
  },
  {
    op: "Concat",
    inputs: ["zero", "rows", "vector"],
    says: "shapes [2, 3] and [3] do not join along axis 0",
  },
  {
    op: "Pad",
    inputs: ["rows", "outer"],
    says: "paddings [0, 3], expected 4 numbers of 0 and more",
  },
  {
    op: "PadV2",
    inputs: ["rows", "outer", "rows"],
    says: "its value must be known before the graph runs",
  },
  {
    op: "Reshape",
    inputs: ["rows", "outer"],
    says: 'shape [2, 3] of input "rows" cannot become [0, 3]',
  },
  {
    op: "Squeeze",
    inputs: ["rows"],
    attributes: { squeeze_dims: ints(0) },
    says: "axis 0 of shape [2, 3] has not size 1",
  },
  {
    op: "ExpandDims",
    inputs: ["rows", "nine"],
    says: "axis 9 is outside of rank 3",
  },
  {
    op: "MatMul",
    inputs: ["rows", "rows"],
    says: "matrices of shapes [2, 3] and [2, 3] do not multiply",
  },
  {
    op: "ResizeBilinear",
    inputs: ["images", "outer"],
    says: "size [0, 3], expected [height, width] of 1 and more",
  },
  {
    op: "DecodeJpeg",
    inputs: ["contents"],
    attributes: { ratio: int(2) },
    says: "ratio 2, expected 1",
  },
  {
    op: "DecodeJpeg",
    inputs: ["contents"],
    attributes: { channels: int(1) },
    says: "channels 1, expected 3",
  },
  {
    op: "DecodeJpeg",
    inputs: ["contents"],
    attributes: { fancy_upscaling: { kind: "bool", value: false } },
    says: "fancy_upscaling false, expected true",
  },
  {
    op: "DecodePng",
    inputs: ["contents"],
    attributes: { dtype: { kind: "type", value: 17 } },
    says: "dtype uint16, expected uint8",
  },
  {
    op: "DecodePng",
    inputs: ["rows"],
    says: "its input is not the contents of a file",
  },
  {
    op: "Cast",
    inputs: ["rows"],
    attributes: { DstT: { kind: "type", value: dataTypes.int32 } },
    says: 'cast of "rows" from f32 to i32 is not supported',
  },
  {
    op: "StridedSlice",
    inputs: ["rows", "zero", "two", "two"],
    says:
      'input "rows" must be whole numbers that are known before the graph runs',
  },
  {
    op: "StridedSlice",
    inputs: ["outer", "zeros", "outer", "outer"],
    says: "only a slice of a known vector is supported, such as shape[1:3]",
  },
  {
    op: "StridedSlice",
    inputs: ["outer", "zeros1", "zeros1", "zeros1"],
    says: "stride 0, expected another",
  },
  {
    op: "Pack",
    inputs: ["outer", "outer"],
    says: "only numbers can be packed, into a vector",
  },
  {
    op: "Softmax",
    inputs: ["scalar"],
    says: "its input is a scalar, expected logits",
  },
];

Deno.test("importers name what they do not support", () => {
  const shared = [
    placeholder("images", [1, 4, 4, 3]),
    placeholder("rows", [2, 3]),
    placeholder("scalar", []),
    node("Placeholder", "contents", {
      attributes: { dtype: { kind: "type", value: dataTypes.string } },
    }),
    constantNode("filter", [1, 1, 3, 2], new Float32Array(6)),
    constantNode("wide", [1, 1, 5, 2], new Float32Array(10)),
    constantNode("tall", [9, 1, 3, 1], new Float32Array(27)),
    floatConstant("vector", [1, 2, 3]),
    floatConstant("pair", [1, 2]),
    intConstant("zero", 0),
    intConstant("two", 2),
    intConstant("nine", 9),
    intConstant("outer", [0, 3]),
    intConstant("zeros", [0, 0]),
    intConstant("zeros1", [0]),
  ];
  for (const { op, inputs = [], attributes = {}, says } of refusals) {
    const wrong = node(op, "wrong", { inputs, attributes });
    const graphDef = graphOf(...shared, wrong);
    strictEqual(
      refusalOf(() => importGraph(graphDef, { outputs: ["wrong"] })),
      `Cannot import node "wrong" (op "${op}"): ${says}`,
    );
  }
});

Deno.test("StridedSlice takes masks, negative positions and strides as NumPy does", () => {
  const slice = (
    [begin, end, stride]: readonly [number, number, number],
    attributes: Record<string, AttrValue> = {},
  ) => {
    const graph = importGraph(
      graphOf(
        intConstant("x", [10, 11, 12, 13, 14]),
        intConstant("begin", [begin]),
        intConstant("end", [end]),
        intConstant("stride", [stride]),
        node("StridedSlice", "y", {
          inputs: ["x", "begin", "end", "stride"],
          attributes,
        }),
      ),
      { outputs: ["y"] },
    );
    return [...tensorOf(graph, "y").constant?.read() ?? []];
  };
  deepStrictEqual(slice([1, 3, 1]), [11, 12]);
  deepStrictEqual(slice([-2, 99, 1]), [13, 14]);
  deepStrictEqual(slice([0, 5, 2]), [10, 12, 14]);
  deepStrictEqual(slice([3, 0, -2]), [13, 11]);
  deepStrictEqual(slice([3, 0, 1], { begin_mask: int(1), end_mask: int(1) }), [
    10,
    11,
    12,
    13,
    14,
  ]);
  deepStrictEqual(slice([0, 0, -1], { begin_mask: int(1), end_mask: int(1) }), [
    14,
    13,
    12,
    11,
    10,
  ]);
  deepStrictEqual(slice([-1, 0, 1], { shrink_axis_mask: int(1) }), [14]);
});
