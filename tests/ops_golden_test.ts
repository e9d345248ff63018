import { deepStrictEqual, ok } from "@std/assert";
import { testSession } from "../kernels/testing.ts";
import {
  decodeGraphDef,
  elementCount,
  type Graph,
  importGraph,
  tensorOf,
} from "../src/graph/mod.ts";
import { optimise, passes, type PassName } from "../src/passes/mod.ts";
import { runOnCpu, runOnGpu, type Values } from "../src/plan/testing.ts";
import { type GoldenCase, goldenOps } from "./golden/ops.ts";

/** Ops that move values: they have to arrive as they are. */
const copies = new Set(["concat", "pad", "reshape"]);

/** Every pass but constant folding, which is no choice: kernels need it. */
const allPasses = Object.keys(passes).filter((name): name is PassName =>
  name !== "foldConstants"
);

/** The largest distance from TensorFlow that is not a mistake, relative and L2. */
function toleranceOf(op: string): number {
  return copies.has(op) ? 1e-6 : 1e-5;
}

function imported({ graph, fetch }: GoldenCase): Graph {
  const bytes = Uint8Array.from(atob(graph), (char) => char.charCodeAt(0));
  return importGraph(decodeGraphDef(bytes), { outputs: [fetch] });
}

function feedsOf({ feeds }: GoldenCase): Values {
  return Object.fromEntries(
    Object.entries(feeds).map((
      [name, { data }],
    ) => [name, Float32Array.from(data)]),
  );
}

function relativeL2(actual: Float32Array, expected: readonly number[]): number {
  let error = 0, size = 0;
  for (const [index, value] of expected.entries()) {
    error += (actual[index] - value) ** 2;
    size += value ** 2;
  }
  return Math.sqrt(error / Math.max(size, 1e-30));
}

function check(one: GoldenCase, graph: Graph, { actual, op }: {
  actual: Float32Array;
  op: string;
}): void {
  const { shape } = tensorOf(graph, graph.outputs[0]);
  deepStrictEqual(shape, one.output.shape, one.name);
  deepStrictEqual(actual.length, elementCount(shape), one.name);
  const error = relativeL2(actual, one.output.data);
  ok(error <= toleranceOf(op), `${one.name}: relative L2 ${error}`);
}

/** No network computes a matrix that it then transposes: the planner refuses. */
function isRefused(one: GoldenCase): boolean {
  return imported(one).nodes.some((node) =>
    node.op === "matmul" && node.attributes.transposeA
  );
}

for (const [op, cases] of Object.entries(goldenOps)) {
  const runnable = cases.filter((one) => !isRefused(one));

  Deno.test(`${op} is TensorFlow's on the GPU, with all passes`, async () => {
    const session = await testSession();
    for (const one of runnable) {
      const graph = optimise(imported(one));
      const [actual] = await runOnGpu(session, graph, feedsOf(one));
      check(one, graph, { actual, op });
    }
  });

  Deno.test(`${op} is TensorFlow's by the references, with no pass`, () => {
    for (const one of runnable) {
      const graph = optimise(imported(one), { without: allPasses });
      const [actual] = runOnCpu(graph, feedsOf(one));
      check(one, graph, { actual, op });
    }
  });
}
