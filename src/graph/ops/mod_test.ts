import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import {
  type GoldenCase,
  goldenOps,
  type GoldenTensor,
} from "../../../tests/golden/ops.ts";
import { type AttrValue, decodeGraphDef, type GraphDef } from "../graphdef.ts";
import { importGraph } from "../import.ts";
import { type Graph, type NodeOf, type OpName, tensorOf } from "../ir.ts";
import { graphOf, intConstant, node, refusalOf } from "../testing.ts";
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

function int(value: number): AttrValue {
  return { kind: "int", value };
}

Deno.test("StridedSlice takes masks, negative positions and strides as NumPy does", () => {
  const slice = (
    [begin, end, stride]: readonly [number, number, number],
    attributes: Readonly<Record<string, AttrValue>> = {},
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
