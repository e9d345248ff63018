import { deepStrictEqual, strictEqual } from "@std/assert";
import { type Graph, tensorOf } from "../graph/ir.ts";
import { fuseActivation } from "./fuse_activation.ts";
import { foldBatchNorm } from "./fold_batch_norm.ts";
import { fuseResidual } from "./fuse_residual.ts";
import { assertSameResults, GraphSketch, opsOf } from "./testing.ts";

function check(before: Graph, ops: readonly string[]): Graph {
  const after = fuseResidual(before);
  deepStrictEqual(opsOf(after), ops);
  assertSameResults(before, after);
  return after;
}

/** A sketch with an image of four channels. */
function pictured(): { sketch: GraphSketch; x: string } {
  const sketch = new GraphSketch();
  return { sketch, x: sketch.input("x", [2, 5, 3, 4]) };
}

Deno.test("fuseResidual() adds what was before a convolution, on either side, and clips the sum", () => {
  for (const isLeft of [false, true]) {
    for (const channels of [4, 3]) {
      const { sketch, x } = pictured();
      const before = sketch.conv(x, { channels });
      const shortcut = sketch.unary("relu", before);
      const conv = sketch.conv(shortcut, { channels, size: 3 });
      const sum = sketch.binary(
        "add",
        isLeft ? [shortcut, conv] : [conv, shortcut],
      );
      const graph = fuseActivation(sketch.finish(sketch.unary("relu", sum)));
      const after = check(graph, ["conv2d", "conv2d"]);
      strictEqual(after.nodes[1].inputs.length, 4);
    }
  }
});

Deno.test("fuseResidual() adds one of two convolutions to the other", () => {
  const { sketch, x } = pictured();
  const sum = sketch.binary("add", [
    sketch.conv(x, { channels: 8, size: 3 }),
    sketch.conv(x, { channels: 8 }),
  ]);
  check(sketch.finish(sum), ["conv2d", "conv2d"]);
});

Deno.test("fuseResidual() leaves what one kernel cannot add", () => {
  const { sketch, x } = pictured();
  const conv = () => sketch.conv(x, { channels: 4, size: 3 });
  const shared = conv();
  const sums = [
    // A result and itself, and one that is read elsewhere.
    sketch.binary("add", [shared, shared]),
    sketch.binary("add", [shared, x]),
    // A value a channel, and one row.
    sketch.bias(conv()),
    sketch.binary("add", [conv(), sketch.constant([1, 5, 3, 4])]),
    sketch.binary("mul", [conv(), x]),
    sketch.binary("add", [sketch.depthwise(x), x]),
    sketch.binary("add", [sketch.conv(x, { channels: 4, groups: 2 }), x]),
    sketch.binary("add", [sketch.unary("relu", x), x]),
  ];
  const before = sketch.finish(...sums);
  check(before, opsOf(before));
});

Deno.test("fuseResidual() adds one residual, and a batch norm after it stays", () => {
  const { sketch, x } = pictured();
  const once = sketch.binary("add", [sketch.conv(x, { channels: 4 }), x]);
  const twice = sketch.binary("add", [once, x]);
  const graph = sketch.finish(sketch.norm(twice));
  const after = check(graph, ["conv2d", "binary", "batch_norm"]);
  const folded = foldBatchNorm(
    fuseResidual(sketch.finish(sketch.norm(once))),
  );
  deepStrictEqual(opsOf(folded), ["conv2d", "batch_norm"]);
  strictEqual(
    tensorOf(after, after.nodes[0].outputs[0]).shape.join(),
    "2,5,3,4",
  );
});
