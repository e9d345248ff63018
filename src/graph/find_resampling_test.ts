import { deepStrictEqual, strictEqual } from "@std/assert";
import fc from "fast-check";
import { preprocessingNodes } from "./classifier_nodes.ts";
import { countOps, unsupportedNodes } from "./describe.ts";
import { findResampling } from "./find_resampling.ts";
import { decodeGraphDef, encodeGraphDef, type NodeDef } from "./graphdef.ts";
import { importGraph } from "./import.ts";
import { graphOf, text } from "./testing.ts";

const last = "preprocessing/Resample";

/** What is exported before a network, as a file has it. */
function exportedNodes(
  { shorterSide, filter = "bicubic", height = 24, width = 24 }: {
    readonly shorterSide?: number | undefined;
    readonly filter?: "bilinear" | "bicubic";
    readonly height?: number;
    readonly width?: number;
  } = {},
): readonly NodeDef[] {
  const nodes = preprocessingNodes({
    ...{ height, width, mean: 127.5, std: 127.5 },
    resampling: { filter, ...shorterSide !== undefined && { shorterSide } },
  });
  return decodeGraphDef(encodeGraphDef(graphOf(...nodes))).nodes;
}

Deno.test("importGraph() takes resampling that was exported for one node", () => {
  const side = fc.integer({ min: 1, max: 300 });
  fc.assert(
    fc.property(
      side,
      side,
      fc.constantFrom("bilinear" as const, "bicubic" as const),
      fc.option(fc.nat(99), { nil: undefined }),
      (height, width, filter, border) => {
        const shorterSide = border === undefined
          ? undefined
          : Math.max(height, width) + border;
        const options = { height, width, filter, shorterSide };
        const graphDef = graphOf(...exportedNodes(options));
        deepStrictEqual(unsupportedNodes(graphDef), []);
        const { nodes } = importGraph(graphDef, {
          outputs: ["preprocessing/Mul"],
        });
        deepStrictEqual(
          nodes.map(({ op }) => op),
          ["decode_image", "resample", "binary", "binary"],
        );
        const resampling = {
          filter,
          ...shorterSide !== undefined && { shorterSide },
        };
        deepStrictEqual(nodes[1].attributes, { height, width, resampling });
      },
    ),
    { numRuns: 20 },
  );
});

/** With another node of that name. */
function changed(
  nodes: readonly NodeDef[],
  name: string,
  change: (node: NodeDef) => NodeDef,
) {
  return graphOf(
    ...nodes.map((node) => node.name === name ? change(node) : node),
  );
}

Deno.test("findResampling() passes over a graph of which any node computes something else", () => {
  const nodes = exportedNodes({ shorterSide: 27 });
  const resampling = findResampling(graphOf(...nodes));
  strictEqual(resampling?.node.name, last);
  const names = [...resampling?.inner ?? [], last];
  // All that leads to the last, but for the picture.
  strictEqual(names.length, nodes.length - 6);
  const changes: ((node: NodeDef) => NodeDef)[] = [
    (node) => ({ ...node, op: `Not${node.op}` }),
    (node) => ({ ...node, name: `${node.name}/other` }),
    (node) => ({ ...node, inputs: [...node.inputs, "DecodeJpeg"] }),
    (node) => ({ ...node, attributes: new Map() }),
    ({ attributes, ...node }) => ({
      ...node,
      attributes: new Map(attributes).set("T", text("?")),
    }),
  ];
  for (const [at, name] of names.entries()) {
    const graphDef = changed(nodes, name, changes[at % changes.length]);
    strictEqual(findResampling(graphDef), undefined, name);
  }
});

Deno.test("findResampling() passes over a graph with another number in it", () => {
  const nodes = exportedNodes();
  const { inner } = findResampling(graphOf(...nodes)) ?? {};
  for (const { name, op } of nodes) {
    if (op !== "Const" || !inner?.has(name)) continue;
    const graphDef = changed(nodes, name, (node) => {
      const value = node.attributes.get("value");
      if (value?.kind !== "tensor") throw new Error(name);
      const content = value.value.content.map((byte) => byte ^ 1);
      const tensor = { ...value.value, content };
      const attributes = new Map(node.attributes)
        .set("value", { kind: "tensor", value: tensor });
      return { ...node, attributes };
    });
    const isEmpty = name.endsWith("in_size/shape");
    strictEqual(findResampling(graphDef) !== undefined, isEmpty, name);
  }
});

Deno.test("findResampling() passes over what the last node says that is not so", () => {
  const nodes = exportedNodes({ shorterSide: 27 });
  const int = (value: number) => ({ kind: "int", value }) as const;
  const said = [
    ["_pillow_filter", text("bilinear")],
    ["_pillow_filter", text("lanczos")],
    ["_pillow_height", int(25)],
    ["_pillow_width", int(0)],
    ["_pillow_width", int(2 ** 40)],
    ["_pillow_shorter_side", int(28)],
    ["_pillow_shorter_side", text("27")],
  ] as const;
  for (const [name, value] of said) {
    const graphDef = changed(nodes, last, ({ attributes, ...node }) => ({
      ...node,
      attributes: new Map(attributes).set(name, value),
    }));
    strictEqual(findResampling(graphDef), undefined, name);
  }
});

Deno.test("findResampling() passes over what TensorFlow adds as it writes a graph again", () => {
  const flag = (value: boolean) => ({ kind: "bool", value }) as const;
  const written = (isTruncated: boolean) =>
    graphOf(
      ...exportedNodes().map(({ attributes, ...node }) => ({
        ...node,
        attributes: new Map([
          ["_output_shapes", text("any")],
          ...node.op === "Cast"
            ? [["Truncate", flag(isTruncated)] as const]
            : [],
          ...node.op === "MatMul" ? [["grad_a", flag(false)] as const] : [],
          ...attributes,
        ]),
      })),
    );
  strictEqual(findResampling(written(false))?.node.name, last);
  strictEqual(findResampling(written(true)), undefined);
});

Deno.test("findResampling() passes over a graph that has several", () => {
  const nodes = exportedNodes();
  const twice = nodes.flatMap((node) => {
    const name = `again/${node.name}`;
    const inputs = node.inputs.map((input) => `again/${input}`);
    return [node, { ...node, name, inputs }];
  });
  strictEqual(findResampling(graphOf(...twice)), undefined);
  strictEqual(countOps(graphOf(...nodes)).get("espalier resample"), undefined);
});
