import { match } from "@std/assert";
import { dataTypes, type GraphDef } from "./graphdef.ts";
import { importGraph } from "./import.ts";
import type { Shape } from "./ir.ts";
import {
  constantNode,
  floatConstant,
  graphOf,
  node,
  placeholder,
  refusalOf,
} from "./testing.ts";

function refuses(
  graphDef: GraphDef,
  output: string,
  message: RegExp,
  inputs: Record<string, Shape> = {},
): void {
  const options = { outputs: [output], inputs };
  match(refusalOf(() => importGraph(graphDef, options)), message);
}

Deno.test("importGraph() refuses names that are not there, and tells near ones", () => {
  const graphDef = graphOf(
    placeholder("input", [1, 4]),
    node("Relu", "pool_3/_reshape", { inputs: ["input"] }),
  );
  refuses(
    graphDef,
    "pool_3/reshape:0",
    /no tensor "pool_3\/reshape:0"; did you mean "pool_3\/_reshape"\?/,
  );
  refuses(graphDef, "Mixed_7c", /inspect the file to see its tensors/);
  refuses(graphDef, "input:3", /output 3 of op "Placeholder"/);
  refuses(graphDef, "input", /no tensor "imput"; did you mean "input"/, {
    imput: [1, 4],
  });
  refuses(
    graphDef,
    "input",
    /Tensor "pool_3\/_reshape" does not lead to output "input"/,
    { "pool_3/_reshape": [1, 4] },
  );
  match(
    refusalOf(() => importGraph(graphDef, { outputs: [] })),
    /No output tensor is named/,
  );
});

Deno.test("importGraph() refuses a damaged graph by the node's name", () => {
  const x = placeholder("x", [1, 4]);
  const relu = (name: string, input: string) =>
    node("Relu", name, { inputs: [input] });
  refuses(graphOf(x, x), "x", /two nodes named "x"/);
  refuses(graphOf(x, relu("", "x")), "x", /Node 1 .* has no name/);
  refuses(
    graphOf(x, relu("y", "z")),
    "y",
    /node "y" \(op "Relu"\): its input "z" is not in the graph/,
  );
  refuses(graphOf(x, relu("y", "x:7")), "y", /its input "x:7" is no value/);
  refuses(
    graphOf(relu("a", "c"), relu("b", "a"), relu("c", "b")),
    "b",
    /cycle through node "b"/,
  );
  refuses(graphOf(relu("a", "a")), "a", /cycle through node "a"/);
  refuses(graphOf(node("NoOp", "init")), "init", /"init" \(op "NoOp"\)/);
});

Deno.test("importGraph() refuses ops and element types it does not know", () => {
  const x = placeholder("x", [1, 4]);
  refuses(
    graphOf(x, node("LRN", "norm", { inputs: ["x"] })),
    "norm",
    /node "norm" \(op "LRN"\): the op is not supported; use a graph without it/,
  );
  refuses(
    graphOf(
      x,
      node("Relu", "y", { inputs: ["x"] }),
      node("LRN", "norm", { inputs: ["y"] }),
    ),
    "norm",
    /the op is not supported; choose an output before it, or a graph without it/,
  );
  refuses(
    graphOf(x, node("QuantizedConv2D", "q", { inputs: ["x"] })),
    "q",
    /quantized graphs are not supported; use the float graph/,
  );
  const typed = (dtype: number) =>
    graphOf(node("Placeholder", "x", {
      attributes: { dtype: { kind: "type", value: dtype } },
    }));
  refuses(typed(dataTypes.quint8), "x", /quantized graphs are not supported/);
  refuses(
    typed(8),
    "x",
    /element type 8 is not supported; supported are float/,
  );
});

Deno.test("importGraph() refuses constants whose shape cannot be", () => {
  const constant = (shape: readonly number[]) =>
    graphOf(node("Const", "c", {
      attributes: {
        value: {
          kind: "tensor",
          value: {
            dtype: dataTypes.float,
            shape,
            content: new Uint8Array(4),
            values: [],
            strings: [],
          },
        },
      },
    }));
  refuses(constant([2 ** 31, 2 ** 31]), "c", /more elements than fit/);
  refuses(constant([-3]), "c", /expected dimensions of 0 and more/);
  refuses(constant([2]), "c", /4 bytes of content for shape \[2\], expected 8/);
  refuses(graphOf(node("Const", "c")), "c", /no attribute "value"/);
  refuses(
    graphOf(constantNode("c", [1, 1, 1, 1, 1, 1, 1], Float32Array.of(1))),
    "c",
    /has rank 7, expected 6 at most/,
  );
});

Deno.test("importGraph() refuses a weight that is not finite, by its node and the value", () => {
  for (
    const [value, text] of [[NaN, "NaN"], [-Infinity, "-Infinity"]] as const
  ) {
    const graphDef = graphOf(
      placeholder("x", [1, 3]),
      floatConstant("w", [1, value, 2]),
      node("Mul", "y", { inputs: ["x", "w"] }),
      node("Relu", "z", { inputs: ["x"] }),
    );
    const said = new RegExp(
      `node "w" \\(op "Const"\\): value 1 of its 3 is ${text}`,
    );
    refuses(graphDef, "y", said);
    // Refused again, and not where nothing reads it.
    refuses(graphDef, "y", said);
    importGraph(graphDef, { outputs: ["z"] });
  }
});

Deno.test("importGraph() takes what a pad writes, which may be minus infinity", () => {
  const graphDef = graphOf(
    placeholder("x", [1, 2]),
    constantNode("pads", [2, 2], Int32Array.of(0, 0, 1, 0)),
    floatConstant("value", -Infinity),
    node("PadV2", "y", { inputs: ["x", "pads", "value"] }),
  );
  importGraph(graphDef, { outputs: ["y"] });
});
