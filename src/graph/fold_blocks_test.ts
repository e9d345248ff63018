import { deepStrictEqual } from "@std/assert";
import { goldenGraphs } from "../../tests/golden/graphs.ts";
import { decodeGraphDef } from "./graphdef.ts";
import { importGraph } from "./import.ts";

/** The ops that a graph of TensorFlow's becomes. */
function opsOf(name: string): string[] {
  const one = goldenGraphs.blocks.find((golden) => golden.name === name);
  if (!one) throw new Error(`There is no golden "${name}"`);
  const bytes = Uint8Array.from(atob(one.graph), (char) => char.charCodeAt(0));
  const graph = importGraph(decodeGraphDef(bytes), { outputs: [one.fetch] });
  return graph.nodes.map(({ op }) => op);
}

Deno.test("foldBlocks() makes one dilated convolution of blocks around one, borders and all", () => {
  deepStrictEqual(opsOf("SAME of an odd size"), ["conv2d"]);
  deepStrictEqual(opsOf("a depthwise convolution"), ["depthwise_conv2d"]);
  deepStrictEqual(opsOf("paddings that are worked out"), ["conv2d"]);
  deepStrictEqual(
    opsOf("a bias and a relu between"),
    ["conv2d", "binary", "unary"],
  );
});

Deno.test("foldBlocks() leaves a crop of more than the border, and blocks around other layers", () => {
  deepStrictEqual(
    opsOf("more cut off than put around"),
    ["conv2d", "pad"],
  );
  deepStrictEqual(
    opsOf("a pool between"),
    ["pad", "space_to_batch", "max_pool", "batch_to_space", "pad"],
  );
});
