import { deepStrictEqual, match, ok, strictEqual, throws } from "@std/assert";
import protobuf from "protobufjs";
import { InputError } from "../errors.ts";
import {
  dataTypes,
  decodeGraphDef,
  encodeGraphDef,
  type GraphDef,
} from "./graphdef.ts";
import schema from "./graphdef.proto" with { type: "text" };
import { importGraph } from "./import.ts";
import {
  constantNode,
  floatConstant,
  graphOf,
  intConstant,
  ints,
  node,
  placeholder,
  refusalOf,
  text,
} from "./testing.ts";

const small: GraphDef = graphOf(
  placeholder("x", [1, 4, 4, 2]),
  constantNode("filter", [2, 2, 2, 3], new Float32Array(24).fill(0.5)),
  node("Conv2D", "conv", {
    inputs: ["x", "filter", "^setup"],
    attributes: {
      strides: ints(1, 1, 1, 1),
      padding: text("SAME"),
      T: { kind: "type", value: dataTypes.float },
    },
  }),
  node("NoOp", "setup"),
  intConstant("axes", [1, 2]),
  node("Mean", "mean", {
    inputs: ["conv", "axes"],
    attributes: { keep_dims: { kind: "bool", value: false } },
  }),
);

function rejects(bytes: Uint8Array, message: RegExp): void {
  const refusal = refusalOf(() => decodeGraphDef(bytes, { source: "a.pb" }));
  match(refusal, message);
}

function bytesOf(...parts: readonly (number | string | Uint8Array)[]) {
  return Uint8Array.from(parts.flatMap((part) => {
    if (typeof part === "number") return [part];
    if (typeof part === "string") return [...new TextEncoder().encode(part)];
    return [...part];
  }));
}

const everything: GraphDef = {
  ...small,
  producer: 8,
  minConsumer: 1,
  library: Uint8Array.of(10, 0),
  nodes: [...small.nodes, {
    ...node("Const", "strings", {
      attributes: {
        f: { kind: "float", value: 0.25 },
        i: { kind: "int", value: -1 },
        s: text("INTEGER_ACCURATE"),
        shape: { kind: "shape", value: [-1, 3] },
        unknown: { kind: "shape", value: null },
        scalar: { kind: "shape", value: [] },
        empty: ints(),
        p: { kind: "placeholder", value: "T" },
        call: { kind: "function", value: Uint8Array.of(10, 1, 65) },
        value: {
          kind: "tensor",
          value: {
            dtype: dataTypes.string,
            shape: [2],
            content: new Uint8Array(0),
            values: [],
            strings: [Uint8Array.of(1, 2), new Uint8Array(0)],
          },
        },
      },
    }),
    device: "/cpu:0",
  }],
};
Deno.test("decodeGraphDef() reads what encodeGraphDef() wrote", () => {
  const decoded = decodeGraphDef(encodeGraphDef(everything));
  deepStrictEqual(plain(decoded), plain(everything));
});

/** Maps in a fixed order, views as arrays. */
function plain(graphDef: GraphDef): unknown {
  return JSON.parse(JSON.stringify({
    ...graphDef,
    nodes: graphDef.nodes.map((node) => ({
      ...node,
      attributes: [...node.attributes].toSorted((a, b) => a[0] < b[0] ? -1 : 1),
    })),
  }, (_key, value) => value instanceof Uint8Array ? [...value] : value));
}

/** A constant for each kind of value list. */
function graphsOfValues(): GraphDef[] {
  return [
    dataTypes.float,
    dataTypes.double,
    dataTypes.int32,
    dataTypes.int64,
    dataTypes.half,
    dataTypes.bool,
  ].map((dtype) => {
    const value = {
      dtype,
      shape: [3],
      content: new Uint8Array(0),
      values: [1, 0],
      strings: [],
    };
    return graphOf(node("Const", "c", {
      attributes: { value: { kind: "tensor", value } },
    }));
  });
}

Deno.test("decodeGraphDef() keeps each kind of value list", () => {
  for (const graph of graphsOfValues()) {
    deepStrictEqual(plain(decodeGraphDef(encodeGraphDef(graph))), plain(graph));
  }
});

Deno.test("decodeGraphDef() leaves the contents of tensors in the file", () => {
  const bytes = new Uint8Array(encodeGraphDef(small));
  const attribute = decodeGraphDef(bytes).nodes[1].attributes.get("value");
  if (attribute?.kind !== "tensor") throw new Error("no tensor");
  strictEqual(attribute.value.content.buffer, bytes.buffer);
  strictEqual(attribute.value.content.length, 96);
});

Deno.test("decodeGraphDef() tells what a file is that is no graph", () => {
  rejects(bytesOf(), /^"a\.pb" is empty; give a frozen graph/);
  rejects(bytesOf("<!DOCTYPE html><html>"), /is an HTML page/);
  rejects(bytesOf("\n <html lang=en>"), /is an HTML page/);
  rejects(bytesOf("PK", 3, 4, "rest"), /is a zip archive/);
  rejects(bytesOf(0x1f, 0x8b, 8, 0), /is a gzip archive/);
  rejects(bytesOf(0x1c, 0, 0, 0, "TFL3", 0), /is a TensorFlow Lite model/);
  rejects(bytesOf(0x89, "HDF\r\n"), /is an HDF5 \(Keras\) model/);
  rejects(bytesOf(8, 1, 0x12, 2, 10, 0), /is a SavedModel/);
  rejects(bytesOf("# made by hand\nnode {\n  name: "), /is a text graph/);
  rejects(bytesOf(0x22, 2, 8, 27), /has no nodes/);
});

Deno.test("decodeGraphDef() refuses every truncation of a graph, or reads fewer nodes", () => {
  const bytes = encodeGraphDef({ ...small, producer: 8 });
  for (let length = 1; length < bytes.length; length++) {
    try {
      const { nodes } = decodeGraphDef(bytes.subarray(0, length));
      ok(nodes.length <= small.nodes.length);
    } catch (error) {
      ok(error instanceof InputError, `${length}: ${error}`);
    }
  }
  rejects(bytes.subarray(0, -1), /not a whole GraphDef .*fetch it again/);
});

Deno.test("decodeGraphDef() refuses malformed bytes", () => {
  const endless = new Array(11).fill(0xff).map(Number);
  rejects(bytesOf(2, 0), /not a whole GraphDef/); // field 0
  rejects(bytesOf(0x80, 0x80, 0x80, 0x80, 0x80, 1), /not a whole GraphDef/);
  rejects(Uint8Array.from([10, ...endless]), /not a whole GraphDef/);
  rejects(Uint8Array.from([0x22, 12, 8, ...endless]), /not a whole GraphDef/);
  rejects(bytesOf(10, 100, 10, 1, "a"), /not a whole GraphDef/); // past the end
  rejects(bytesOf(10, 2, 10, 9), /not a whole GraphDef/); // past its node
  rejects(bytesOf(0x0e), /not a whole GraphDef/); // wire type 6
  rejects(bytesOf(0x0c), /not a whole GraphDef/); // the end of no group
});

Deno.test("decodeGraphDef() refuses a wrong wire type for a known field", () => {
  rejects(bytesOf(8, 5), /field "node" of GraphDef has a wrong wire type/);
  rejects(
    bytesOf(10, 5, 10, 1, "a", 0x18, 1),
    /field "input" of NodeDef has a wrong wire type/,
  );
  // Unknown fields are none of our business.
  strictEqual(
    decodeGraphDef(bytesOf(10, 6, 10, 1, "a", 0x98, 6, 1)).nodes.length,
    1,
  );
});

Deno.test("decodeGraphDef() survives nesting of any depth", () => {
  const depth = 100_000;
  // Groups within groups, of a field that is not known.
  rejects(
    Uint8Array.from({ length: 2 * depth }, (_, at) => at % 2 === 0 ? 0x83 : 1),
    /not a whole GraphDef/,
  );
  // Function attributes within function attributes stay opaque bytes.
  let nested = bytesOf();
  for (let level = 0; level < 60; level++) {
    const name = bytesOf(10, 1, "f", 0x12, ...length(nested), nested);
    nested = bytesOf(
      10,
      1,
      "k",
      0x12,
      ...length(bytesOf(0x52, ...length(name), name)),
      0x52,
      ...length(name),
      name,
    );
  }
  const nodeBytes = bytesOf(10, 1, "a", 0x2a, ...length(nested), nested);
  const { nodes } = decodeGraphDef(
    bytesOf(10, ...length(nodeBytes), nodeBytes),
  );
  strictEqual(nodes[0].attributes.get("k")?.kind, "function");
});

function length(bytes: Uint8Array): number[] {
  const varint: number[] = [];
  let rest = bytes.length;
  for (; rest > 127; rest >>>= 7) varint.push(rest & 127 | 128);
  return [...varint, rest];
}

Deno.test("decodeGraphDef() and importGraph() meet any mutation with an InputError", () => {
  const original = encodeGraphDef(small);
  let state = 20240229;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
  let accepted = 0;
  for (let round = 0; round < 4000; round++) {
    let mutant = Uint8Array.from(original);
    for (let change = random(4); change >= 0; change--) {
      const at = random(mutant.length);
      const kind = random(4);
      if (kind === 0) mutant[at] = random(256);
      else if (kind === 1) mutant[at] ^= 1 << random(8);
      else if (kind === 2) mutant = mutant.slice(0, Math.max(1, at));
      else mutant.copyWithin(at, random(mutant.length), random(mutant.length));
    }
    try {
      const graph = importGraph(decodeGraphDef(mutant), { outputs: ["mean"] });
      ok(graph.outputs.length === 1);
      accepted++;
    } catch (error) {
      ok(error instanceof InputError, `round ${round}: ${error}`);
    }
  }
  ok(accepted > 40, `${accepted} mutants were still graphs`);
  ok(accepted < 3960, `${accepted} mutants were still graphs`);
});

Deno.test("importGraph() names the constant whose values are floats of another length", () => {
  const graph = graphOf(floatConstant("c", [1, 2, 3]), {
    ...constantNode("d", [2, 2], new Float32Array(3)),
  });
  throws(
    () => importGraph(graph, { outputs: ["d"] }),
    /Cannot import node "d" \(op "Const"\): 12 bytes of content for shape \[2, 2\], expected 16/,
  );
});

const schemaType = protobuf.parse(schema, { keepCase: true }).root
  .lookupType("espalier.GraphDef");

Deno.test("encodeGraphDef() writes what protobufjs writes by the schema", () => {
  for (const graph of [small, everything, ...graphsOfValues()]) {
    const bytes = encodeGraphDef(graph);
    const message = schemaType.decode(bytes);
    deepStrictEqual([...schemaType.encode(message).finish()], [...bytes]);
  }
});

Deno.test("decodeGraphDef() reads numbers one by one and in several rows, as in one", () => {
  const value = (...fields: Uint8Array[]) => {
    const tensor = bytesOf(8, dataTypes.int32, ...fields);
    const attribute = bytesOf(0x42, ...length(tensor), tensor);
    const entry = bytesOf(10, 1, "v", 0x12, ...length(attribute), attribute);
    const node = bytesOf(10, 1, "a", 0x2a, ...length(entry), entry);
    const found = decodeGraphDef(bytesOf(10, ...length(node), node))
      .nodes[0].attributes.get("v");
    return found?.kind === "tensor" ? found.value.values : [];
  };
  const single = (number: number) => bytesOf(0x38, number);
  const row = (...numbers: number[]) =>
    bytesOf(0x3a, numbers.length, ...numbers);
  deepStrictEqual(value(row(1, 2, 3)), [1, 2, 3]);
  deepStrictEqual(value(single(1), single(2), single(3)), [1, 2, 3]);
  deepStrictEqual(value(row(1), row(), row(2), single(3)), [1, 2, 3]);
  // Those of other types are none of this tensor's, as in TensorFlow.
  deepStrictEqual(value(bytesOf(0x52, 1, 9), row(1)), [1]);
});

Deno.test("decodeGraphDef() keeps whole numbers of 64 bits to the nearest that there is", () => {
  const numbers = [0, -1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53 - 1, 2 ** 63];
  for (const number of [...numbers, -(2 ** 63), 1 - 2 ** 53]) {
    const attributes = { i: { kind: "int", value: number } as const };
    const graph = graphOf(node("Const", "c", { attributes }));
    const bytes = encodeGraphDef(graph);
    const [{ attributes: read }] = decodeGraphDef(bytes).nodes;
    deepStrictEqual(read.get("i"), attributes.i);
  }
});

Deno.test("decodeGraphDef() refuses what no network has before it fills the memory", () => {
  const many = (head: string, item: Uint8Array, count: number) => {
    const items = new Uint8Array(item.length * count);
    for (let at = 0; at < count; at++) items.set(item, at * item.length);
    return bytesOf(head, items);
  };
  const inNode = (bytes: Uint8Array) => {
    const whole = bytesOf(10, 1, "a", bytes);
    return bytesOf(10, ...length(whole), whole);
  };
  const cases = [
    [many("", bytesOf(10, 0), 300_000), "300,000 nodes, and no network has"],
    [inNode(many("", bytesOf(0x1a, 0), 30_000)), "20,001 inputs of a node"],
    [
      inNode(bytesOf(
        ...Array.from({ length: 300 }, (_, at) => {
          const entry = bytesOf(10, 3, String(at + 100), 0x12, 2, 0x28, 1);
          return bytesOf(0x2a, entry.length, entry);
        }),
      )),
      "257 attributes of a node",
    ],
    [
      inNode((() => {
        const row = many("", bytesOf(1), 200_000);
        const list = bytesOf(0x1a, ...length(row), row);
        const value = bytesOf(10, ...length(list), list);
        const entry = bytesOf(10, 1, "l", 0x12, ...length(value), value);
        return bytesOf(0x2a, ...length(entry), entry);
      })()),
      "200,000 elements in an attribute's list",
    ],
  ] as const;
  for (const [bytes, said] of cases) {
    const refusal = refusalOf(() => decodeGraphDef(bytes, { source: "a.pb" }));
    ok(refusal.startsWith(`"a.pb" has ${said}`), refusal);
  }
});

Deno.test("graphs are read and written where no code may be made from strings", async () => {
  const script = `
    import { graphOf, placeholder } from "./src/graph/testing.ts";
    import { decodeGraphDef, encodeGraphDef } from "./src/graph/graphdef.ts";
    let isRefused = false;
    try { new Function("")(); } catch { isRefused = true; }
    const bytes = encodeGraphDef(graphOf(placeholder("x", [1, 2])));
    console.log(isRefused, decodeGraphDef(bytes).nodes[0].name);`;
  const flag = "--v8-flags=--disallow-code-generation-from-strings";
  const { stdout, stderr } = await new Deno.Command("deno", {
    args: ["eval", flag, script],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  strictEqual(text.decode(stdout), "true x\n", text.decode(stderr));
});
