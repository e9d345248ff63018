import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import { decodeGraphDef, encodeGraphDef } from "./graphdef.ts";
import { halveConstants } from "./halve_constants.ts";
import { importGraph } from "./import.ts";
import { tensorOf } from "./ir.ts";
import { constantNode, graphOf, node, placeholder } from "./testing.ts";

function network(weights: Float32Array) {
  return graphOf(
    placeholder("rows", [2, 64]),
    constantNode("weights", [64, 32], weights),
    constantNode("bias", [32], new Float32Array(32).fill(1 / 3)),
    node("MatMul", "product", { inputs: ["rows", "weights"] }),
    node("BiasAdd", "logits", { inputs: ["product", "bias"] }),
  );
}

const weights = Float32Array.from({ length: 64 * 32 }, (_, at) => at / 999);

Deno.test("halveConstants() writes weights as f16, which the importer reads back, and leaves biases exact", () => {
  const whole = network(weights);
  const { graphDef, tooLarge } = halveConstants(whole);
  deepStrictEqual(tooLarge, []);
  const bytes = encodeGraphDef(graphDef);
  ok(bytes.length < 0.6 * encodeGraphDef(whole).length);
  const graph = importGraph(decodeGraphDef(bytes), { outputs: ["logits"] });
  deepStrictEqual(graph.nodes.map(({ op }) => op), ["matmul", "binary"]);
  const valuesOf = (name: string) => {
    const { constant } = tensorOf(graph, name);
    return Float32Array.from(constant?.read() ?? []);
  };
  deepStrictEqual(
    valuesOf(graph.nodes[0].inputs[1]),
    Float32Array.from(weights, Math.f16round),
  );
  strictEqual(valuesOf("bias")[0], Math.fround(1 / 3));
});

Deno.test("halveConstants() leaves and names what f16 does not hold", () => {
  const large = weights.with(7, 65520);
  const { graphDef, tooLarge } = halveConstants(network(large));
  deepStrictEqual(tooLarge, ["weights"]);
  deepStrictEqual(graphDef.nodes.map(({ op }) => op).includes("Cast"), false);
});
