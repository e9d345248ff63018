import { deepStrictEqual, strictEqual } from "@std/assert";
import { type Graph, tensorOf } from "../graph/ir.ts";
import { concatInPlace } from "./concat_in_place.ts";
import { assertSameResults, GraphSketch, opsOf } from "./testing.ts";

function check(before: Graph, ops: readonly string[]): Graph {
  const after = concatInPlace(before);
  deepStrictEqual(opsOf(after), ops);
  assertSameResults(before, after);
  return after;
}

/** A sketch with an input of 4 channels and some branches from it. */
function branches() {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 4, 3, 4]);
  return {
    sketch,
    x,
    conv: sketch.conv(x, { channels: 3, size: 3 }),
    average: sketch.pool("avg_pool", x),
    wide: sketch.conv(x, { channels: 8 }),
  };
}

Deno.test("concatInPlace() makes views of all branches, in odd places too", () => {
  const { sketch, conv, average, wide } = branches();
  const joined = sketch.concat([conv, average, wide]);
  const after = check(sketch.finish(joined), ["conv2d", "avg_pool", "conv2d"]);
  deepStrictEqual(
    [conv, average, wide].map((name) => tensorOf(after, name).view),
    [0, 3, 7].map((channelOffset) => ({ of: joined, channelOffset })),
  );
});

Deno.test("concatInPlace() writes what follows the joined tensor as well", () => {
  const { sketch, conv, wide } = branches();
  const joined = sketch.concat([wide, conv]);
  const next = sketch.pool("max_pool", joined, { stride: 2 });
  const y = sketch.mean(sketch.conv(next, { channels: 5 }));
  check(
    sketch.finish(y),
    ["conv2d", "conv2d", "max_pool", "conv2d", "mean"],
  );
});

Deno.test("concatInPlace() makes one concatenation of all that are nested", () => {
  const { sketch, x, conv, average, wide } = branches();
  const depthwise = sketch.depthwise(x);
  const inner = [
    sketch.concat([conv, average]),
    sketch.concat([wide, depthwise]),
  ];
  const after = check(
    sketch.finish(sketch.concat(inner)),
    ["conv2d", "avg_pool", "conv2d", "depthwise_conv2d"],
  );
  strictEqual(tensorOf(after, depthwise).view?.channelOffset, 15);
});

Deno.test("concatInPlace() copies where a branch is read elsewhere", () => {
  const { sketch, conv, wide } = branches();
  const y = sketch.concat([conv, wide]);
  check(
    sketch.finish(y, sketch.unary("relu", conv)),
    ["conv2d", "conv2d", "concat", "unary"],
  );
});

Deno.test("concatInPlace() copies where a branch stands twice", () => {
  const { sketch, conv, wide } = branches();
  const y = sketch.concat([conv, wide, conv]);
  check(sketch.finish(y), ["conv2d", "conv2d", "concat"]);
});

Deno.test("concatInPlace() copies where an inner concatenation stands twice", () => {
  const { sketch, conv, wide } = branches();
  const inner = sketch.concat([conv, wide]);
  const y = sketch.concat([inner, inner]);
  check(sketch.finish(y), ["conv2d", "conv2d", "concat"]);
});

Deno.test("concatInPlace() copies where a branch is an input, a constant or an output", () => {
  const { sketch, x, conv, wide } = branches();
  const constant = sketch.constant([1, 4, 3, 2]);
  for (
    const [branch, others] of [[x, []], [constant, []], [wide, [wide]]] as const
  ) {
    const y = sketch.concat([conv, branch]);
    const after = concatInPlace(sketch.finish(y, ...others));
    strictEqual(opsOf(after).filter((op) => op === "concat").length, 1);
    assertSameResults(sketch.finish(y, ...others), after);
  }
});

Deno.test("concatInPlace() copies what comes from kernels without a stride", () => {
  const { sketch, x, conv } = branches();
  const y = sketch.concat([conv, sketch.unary("relu", x)]);
  check(sketch.finish(y), ["conv2d", "unary", "concat"]);
});

Deno.test("concatInPlace() copies along other axes", () => {
  const { sketch, conv, x } = branches();
  const other = sketch.conv(x, { channels: 3 });
  const y = sketch.concat([conv, other], 1);
  check(sketch.finish(y), ["conv2d", "conv2d", "concat"]);
});

Deno.test("concatInPlace() joins an inner concatenation that is an output", () => {
  const { sketch, conv, average, wide } = branches();
  const inner = sketch.concat([conv, average]);
  const y = sketch.concat([inner, wide]);
  check(sketch.finish(y, inner), ["conv2d", "avg_pool", "conv2d", "concat"]);
});
