import { deepStrictEqual, match, strictEqual } from "@std/assert";
import type { GraphDef } from "./graphdef.ts";
import { importGraph } from "./import.ts";
import { tensorOf } from "./ir.ts";
import { checkResized, declaredSize, resizeInput } from "./resize_input.ts";
import {
  constantNode,
  graphOf,
  intConstant,
  ints,
  node,
  placeholder,
  refusalOf,
  text,
} from "./testing.ts";

/** From pictures of 8 by 8 through a convolution and a mean over all places. */
const convolutional = graphOf(
  placeholder("x", [1, 8, 8, 3]),
  constantNode("filter", [1, 1, 3, 4], new Float32Array(12)),
  node("Conv2D", "conv", {
    inputs: ["x", "filter"],
    attributes: { strides: ints(1, 2, 2, 1), padding: text("SAME") },
  }),
  intConstant("space", [1, 2]),
  node("Mean", "y", { inputs: ["conv", "space"] }),
);

/** Pictures of 8 by 8 as rows of a fixed shape. */
function flattening(...shape: number[]): GraphDef {
  return graphOf(
    placeholder("x", [1, 8, 8, 3]),
    intConstant("shape", shape),
    node("Reshape", "y", { inputs: ["x", "shape"] }),
  );
}

function check(declared: GraphDef, size: number): void {
  const resized = resizeInput(declared, { input: "x:0", size });
  checkResized({ declared, resized }, { input: "x:0", outputs: ["y"] });
}

Deno.test("resizeInput() lets a convolutional graph take pictures of another size", () => {
  const resized = resizeInput(convolutional, { input: "x:0", size: 6 });
  strictEqual(declaredSize(resized, "x"), 6);
  const graph = importGraph(resized, { outputs: ["y"] });
  deepStrictEqual(tensorOf(graph, "conv").shape, [1, 3, 3, 4]);
  deepStrictEqual(tensorOf(graph, "y").shape, [1, 4]);
  check(convolutional, 6);
});

Deno.test("resizeInput() leaves alone what is open, not square or of that size", () => {
  for (const shape of [[1, -1, -1, 3], [1, 8, 4, 3], [1, 6, 6, 3], [1, 3]]) {
    const graph = graphOf(placeholder("x", shape));
    strictEqual(resizeInput(graph, { input: "x", size: 6 }), graph);
  }
});

Deno.test("checkResized() names the node that is made for one size", () => {
  strictEqual(
    refusalOf(() => check(flattening(1, 192), 6)),
    'Cannot import node "y" (op "Reshape"): shape [1, 6, 6, 3] of input "x" cannot become [1, 192]; the graph was frozen for pictures of 8x8: use --input-size 8, or a --bottleneck-tensor before it',
  );
});

Deno.test("checkResized() refuses a reshape that would make several rows of one picture", () => {
  match(
    refusalOf(() => check(flattening(-1, 192), 16)),
    /^Node "y" \(reshape\) makes \[4, 192\] of one picture of 16x16; it was frozen for pictures of 8x8: /,
  );
});

Deno.test("checkResized() refuses an average that would leave places out", () => {
  const pooling = (ksize: number, padding: string) =>
    graphOf(
      placeholder("x", [1, 8, 8, 3]),
      node("AvgPool", "y", {
        inputs: ["x"],
        attributes: {
          ksize: ints(1, ksize, ksize, 1),
          strides: ints(1, 2, 2, 1),
          padding: text(padding),
        },
      }),
    );
  match(
    refusalOf(() => check(pooling(8, "VALID"), 9)),
    /^Node "y" \(avg_pool\) no longer averages over all places of one picture of 9x9; it was frozen for pictures of 8x8: /,
  );
  check(pooling(3, "SAME"), 9);
});

Deno.test("checkResized() has nothing against the size in the file", () => {
  check(flattening(1, 192), 8);
});
