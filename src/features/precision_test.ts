import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import { testSession, testValues } from "../../kernels/testing.ts";
import { packHalves, unpackHalves } from "../../kernels/half.ts";
import { refusalOf } from "../graph/testing.ts";
import type { Graph } from "../graph/ir.ts";
import { feedsFor, GraphSketch } from "../passes/testing.ts";
import {
  plainTuning,
  planGraph,
  texelTuning,
  type Tuning,
} from "../plan/mod.ts";
import { interpret } from "../plan/testing.ts";
import { differenceOf } from "./precision.ts";

const tunings: Readonly<Record<string, Tuning>> = {
  plain: plainTuning,
  texels: texelTuning,
  shared: {
    ...plainTuning,
    preset: { family: "shared", rows: 4, threads: 8 },
  },
};

/** Convolutions whose channels are loaded one by one, and in fours. */
function network(filter?: Float32Array): Graph {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [2, 6, 5, 3]);
  const given = filter && sketch.constant([1, 1, 3, 8], filter);
  const inner = given === undefined
    ? sketch.conv(x, { channels: 8, size: 3 })
    : sketch.conv(x, { channels: 8, filter: given });
  return sketch.finish(sketch.conv(inner, { channels: 20, size: 3 }));
}

Deno.test("packHalves() rounds to the nearest, ties to even, as IEEE 754 says", () => {
  const values = [1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519, -(2 ** -25), 0.1];
  deepStrictEqual(
    unpackHalves(packHalves(values)),
    Float32Array.of(1, 1 + 2 ** -9, 65504, -0, 0.0999755859375, 0),
  );
});

Deno.test("weights in f16 give what their rounded values give, in every family", async () => {
  const session = await testSession();
  const graph = network();
  const feeds = feedsFor(graph);
  for (const [name, tuning] of Object.entries(tunings)) {
    const [x] = graph.inputs;
    const [y] = graph.outputs;
    const names = { [x]: `${name} x`, [y]: `${name} y` };
    const options = { label: name, names, tuning, precision: "f16" } as const;
    const plan = planGraph(graph, options);
    const handle = await session.load(plan);
    await session.write(names[x], feeds[x]);
    await session.run(handle);
    const actual = new Float32Array(await session.read(names[y]));
    const expected = interpret(plan, { [names[x]]: feeds[x] })[names[y]];
    const { relative } = differenceOf([actual], [expected]);
    ok(relative < 1e-6, `${name}: ${relative}`);
    const full = planGraph(graph, { ...options, precision: "f32" });
    const exact = interpret(full, { [names[x]]: feeds[x] })[names[y]];
    const rounding = differenceOf([actual], [exact]);
    ok(rounding.relative > 1e-6 && rounding.relative < 1e-3, name);
    await session.unload(handle);
  }
});

Deno.test("weights in f16 take half the memory", () => {
  const weights = (precision: "f32" | "f16") => {
    const { program } = planGraph(network(), { label: "net", precision });
    return program.buffers.filter(({ name }) => name?.includes("tiles"))
      .reduce((sum, { bytes }) => sum + bytes, 0);
  };
  strictEqual(2 * weights("f16"), weights("f32"));
});

Deno.test("a weight that f16 cannot hold is refused by the name of its tensor", () => {
  const filter = testValues(24);
  filter[7] = 70_000;
  const { constants } = planGraph(network(filter), {
    label: "net",
    precision: "f16",
  });
  match(
    refusalOf(() => [...constants.values()].map((read) => read())),
    /^Weights "constant_\d+" hold 70000, and f16 ends at 65504: leave out --precision f16$/,
  );
});
