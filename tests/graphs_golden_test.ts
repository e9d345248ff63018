import { deepStrictEqual, ok } from "@std/assert";
import { testSession, testValues } from "../kernels/testing.ts";
import { InputError } from "../src/errors.ts";
import {
  decodeGraphDef,
  type Graph,
  importGraph,
  setValues,
  tensorOf,
} from "../src/graph/mod.ts";
import { optimise } from "../src/passes/mod.ts";
import { runOnCpu, runOnGpu, type Values } from "../src/plan/testing.ts";
import { goldenGraphs } from "./golden/graphs.ts";
import type { GoldenCase } from "./golden/ops.ts";

/** Single values decide what the graph is, as `espalier run` takes them. */
function imported({ graph, feeds, fetch }: GoldenCase): Graph {
  const bytes = Uint8Array.from(atob(graph), (char) => char.charCodeAt(0));
  const single = Object.entries(feeds)
    .filter(([, { shape }]) => shape.length === 0);
  const graphDef = setValues(decodeGraphDef(bytes), new Map(single));
  return importGraph(graphDef, { outputs: [fetch] });
}

function feedsOf({ feeds }: GoldenCase): Values {
  return Object.fromEntries(
    Object.entries(feeds).map((
      [name, { data }],
    ) => [name, Float32Array.from(data)]),
  );
}

async function check(
  one: GoldenCase,
  graph: Graph,
  compute: () => Float32Array[] | Promise<Float32Array[]>,
): Promise<void> {
  const { shape, constant } = tensorOf(graph, graph.outputs[0]);
  deepStrictEqual(shape, one.output.shape, one.name);
  const [actual] = constant ? [constant.read()] : await compute();
  deepStrictEqual(actual.length, one.output.data.length, one.name);
  let error = 0, size = 0;
  for (const [index, value] of one.output.data.entries()) {
    error += (actual[index] - value) ** 2;
    size += value ** 2;
  }
  const relative = Math.sqrt(error / Math.max(size, 1e-30));
  ok(relative <= 1e-5, `${one.name}: relative L2 ${relative}`);
}

for (const [kind, cases] of Object.entries(goldenGraphs)) {
  Deno.test(`graphs of ${kind} are TensorFlow's on the GPU, with all passes`, async () => {
    const session = await testSession();
    for (const one of cases) {
      const graph = optimise(imported(one));
      await check(one, graph, () => runOnGpu(session, graph, feedsOf(one)));
    }
  });

  Deno.test(`graphs of ${kind} are TensorFlow's by the references`, async () => {
    for (const one of cases) {
      const graph = optimise(imported(one));
      await check(one, graph, () => runOnCpu(graph, feedsOf(one)));
    }
  });
}

Deno.test("mutants of these graphs are imported or refused by a sentence", () => {
  const all = Object.values(goldenGraphs).flat();
  const random = testValues(3 * 4000, 5).map((value) => (value + 1) / 2);
  for (let round = 0; round < 4000; round++) {
    const [which, where, what] = random.subarray(3 * round);
    const { graph, fetch } = all[Math.floor(which * all.length) % all.length];
    const bytes = Uint8Array.from(atob(graph), (char) => char.charCodeAt(0));
    const at = Math.floor(where * bytes.length) % bytes.length;
    bytes[at] = Math.floor(what * 256);
    try {
      importGraph(decodeGraphDef(bytes), { outputs: [fetch] });
    } catch (error) {
      ok(error instanceof InputError, `round ${round}: ${error}`);
    }
  }
});
