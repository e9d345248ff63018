import { deepStrictEqual, strictEqual, throws } from "@std/assert";
import { createHash } from "node:crypto";
import { InputError } from "../src/errors.ts";
import {
  decodeGraphDef,
  type GraphDef,
  type NodeDef,
} from "../src/graph/graphdef.ts";
import {
  type ConvolutionRequest,
  type ConvolutionWeights,
  inceptionNodes,
} from "./inception_v3.ts";
import {
  inceptionGraph,
  packedInceptionGraph,
  packedMembers,
  packedModelOf,
} from "./inception_v3_npm.ts";

function zeroWeights(request: ConvolutionRequest): ConvolutionWeights {
  const channels = request.filterShape[3];
  const size = request.filterShape.reduce((product, size) => product * size);
  return {
    filter: new Float32Array(size),
    beta: new Float32Array(channels),
    mean: new Float32Array(channels),
    variance: new Float32Array(channels),
  };
}

/** `name op inputs shape-of-a-constant stride-like-attributes`, one node a line. */
function listing(nodes: Iterable<NodeDef>): string {
  const lines: string[] = [];
  for (const { name, op, inputs, attributes } of nodes) {
    const facts: string[] = [];
    for (const [key, value] of attributes) {
      if (value.kind === "tensor") facts.push(`[${value.value.shape}]`);
      else if (value.kind === "list") facts.push(`${key}=${value.value.ints}`);
      else if (key === "padding" && value.kind === "bytes") {
        facts.push(new TextDecoder().decode(value.value));
      } else if (value.kind === "bool" || value.kind === "float") {
        facts.push(`${key}=${value.value}`);
      }
    }
    lines.push([name, op, inputs.join(), ...facts.sort()].join(" "));
  }
  return lines.join("\n");
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function floatsOf(graph: GraphDef, name: string): Float32Array {
  const node = graph.nodes.find((node) => node.name === name);
  const value = node?.attributes.get("value");
  if (value?.kind !== "tensor") throw new Error(`${name} is no constant`);
  return new Float32Array(value.value.content.slice().buffer);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

Deno.test("inceptionNodes() lists the 989 nodes of the 2015 release in their order", () => {
  const text = listing(inceptionNodes({
    weights: zeroWeights,
    mean: 128,
    std: 128,
    lastPool: "MaxPool",
  }));
  const lines = text.split("\n");
  strictEqual(lines.length, 989);
  strictEqual(
    lines.find((line) => line.startsWith("mixed_9/tower/mixed/conv_1/Conv2D ")),
    "mixed_9/tower/mixed/conv_1/Conv2D Conv2D mixed_9/tower/conv,mixed_9/tower/mixed/conv_1/conv2d_params SAME strides=1,1,1,1",
  );
  // Recorded when the listing was equal, line by line, to one of the release.
  strictEqual(
    sha256(text),
    "0f5aef5234fdbbeed982598e0fcf9c362aa0a05e436de5f46e81f6668744b56b",
  );
});

Deno.test("inceptionNodes() asks for the 94 convolutions in order, 21.75 million weights in all", () => {
  const requests: ConvolutionRequest[] = [];
  const nodes = inceptionNodes({
    weights: (request) => {
      requests.push(request);
      return zeroWeights(request);
    },
    mean: 0,
    std: 1,
    lastPool: "AvgPool",
  });
  let count = 0;
  for (const _ of nodes) count++;
  strictEqual(count, 989);
  deepStrictEqual(
    requests.map(({ index }) => index),
    Array.from({ length: 94 }, (_, index) => index),
  );
  deepStrictEqual(requests[93].filterShape, [1, 1, 2048, 192]);
  const weights = requests.reduce(
    (sum, { filterShape: [height, width, inputs, outputs] }) =>
      sum + height * width * inputs * outputs,
    0,
  );
  strictEqual(weights, 21_751_136);
});

Deno.test("inceptionNodes() holds the weights of one layer at a time", () => {
  let asked = 0;
  const nodes = inceptionNodes({
    weights: (request) => {
      asked++;
      return zeroWeights(request);
    },
    mean: 0,
    std: 1,
    lastPool: "AvgPool",
  });
  for (const { name } of nodes) if (name === "conv_1") break;
  strictEqual(asked, 2);
});

Deno.test("inceptionGraph() makes the bytes that the registry's digest was recorded with", () => {
  const hash = createHash("sha256");
  let size = 0;
  for (const bytes of inceptionGraph(zeroWeights)) {
    hash.update(bytes);
    size += bytes.length;
  }
  strictEqual(size, 87_411_094);
  strictEqual(
    hash.digest("hex"),
    "fa4107690708d0b697fad4a4b0c71638a22323a6a323e05f9c07b4bbc7ba59c1",
  );
});

Deno.test("inceptionGraph() is one graph of producer 8 that asks for accurate JPEG decoding", () => {
  const nodes: Uint8Array[] = [];
  for (const bytes of inceptionGraph(zeroWeights)) {
    nodes.push(bytes);
    if (nodes.length === 11) break;
  }
  const graph = decodeGraphDef(new Uint8Array(nodes.flatMap((b) => [...b])));
  strictEqual(graph.producer, 8);
  strictEqual(graph.nodes.length, 11);
  const decode = graph.nodes.find(({ op }) => op === "DecodeJpeg");
  deepStrictEqual(decode?.attributes.get("dct_method"), {
    kind: "bytes",
    value: encode("INTEGER_ACCURATE"),
  });
  deepStrictEqual([...floatsOf(graph, "Sub/y")], [0]);
  deepStrictEqual([...floatsOf(graph, "Mul/y")], [Math.fround(1 / 255)]);
});

/** A line of the package's list of tensors. */
function entry(name: string, shape: string): string {
  return `{name:"${name}",shape:[${shape}],dtype:"float32",quantization:{min:-.5,scale:.25,dtype:"uint8"}}`;
}

Deno.test("packedModelOf() reads the package's modules as text", () => {
  const [list, ...shards] = packedMembers;
  const members = new Map([[list, encode("manifest")]]);
  throws(() => packedModelOf(members), /has no ".*group1-shard1of6.min.js"/);
  for (const shard of shards) {
    members.set(shard, encode(`!function(){d.exports="AAEC"}()`));
  }
  deepStrictEqual(packedModelOf(members), {
    manifest: "manifest",
    shards: Array(6).fill("AAEC"),
  });
  members.set(shards[5], encode("<html>"));
  throws(() => packedModelOf(members), InputError);
});

Deno.test("packedInceptionGraph() turns each byte into byte * scale + min", () => {
  const norm = "batch_normalization_1";
  const manifest = [
    entry("conv2d_1/kernel", "3,3,3,32"),
    entry(`${norm}/beta`, "32"),
    entry(`${norm}/moving_mean`, "32"),
    entry(`${norm}/moving_variance`, "32"),
  ].join();
  const bytes = new Uint8Array(3 * 3 * 3 * 32 + 3 * 32).map((_, i) => i);
  const parts: number[][] = [];
  // The second convolution is not in this manifest: the builder says so.
  throws(
    () => {
      const shards = [bytes.toBase64()];
      for (const part of packedInceptionGraph({ manifest, shards })) {
        parts.push([...part]);
      }
    },
    /^InputError: The package nsfwjs has "conv2d_2\/kernel" missing, expected \[3,3,32,32\]; fetch it again$/,
  );
  const graph = decodeGraphDef(new Uint8Array(parts.flat()));
  const values = floatsOf(graph, "conv/conv2d_params");
  deepStrictEqual([...values.subarray(0, 4)], [-.5, -.25, 0, .25]);
  strictEqual(values[255], 63.25);
});

Deno.test("packedInceptionGraph() refuses a package with more bytes than its list names", () => {
  const manifest = entry("conv2d_1/kernel", "1,1,1,1");
  throws(
    () => packedInceptionGraph({ manifest, shards: ["AAEC"] }),
    /lists 1 weights and holds 3/,
  );
});
