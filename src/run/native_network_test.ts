import { deepStrictEqual, strictEqual, throws } from "@std/assert";
import { buildArchitecture } from "../../models/architecture.ts";
import { architectureOf } from "../../models/architectures.ts";
import { UsageError } from "../errors.ts";
import { trainableOf } from "../train/mod.ts";
import { nativeBase, nativeNamed } from "./native_network.ts";

const small = { seed: 0, batch: 2 } as const;

Deno.test("nativeNamed() takes our own networks, and those of frameworks in all their sizes", () => {
  const named = (name: string, size?: number) => nativeNamed(name, { size });
  deepStrictEqual(named("small-cnn"), { name: "small-cnn", size: 28 });
  deepStrictEqual(named("mobilenet-v1"), { name: "mobilenet-v1", size: 128 });
  deepStrictEqual(named("mobilenet-v1-0.5-160"), {
    name: "mobilenet-v1-0.5-160",
    size: 160,
  });
  deepStrictEqual(named("mobilenet-v1-0.5", 64), {
    name: "mobilenet-v1-0.5-224",
    size: 64,
  });
  throws(() => named("resnet18"), UsageError, "Did you mean resnet-18?");
  throws(() => named("net.pb"), UsageError, "name one with --model (small-cnn");
});

Deno.test("nativeBase() has a framework's layers behind the scaling of its pixels", () => {
  const graph = nativeBase({ name: "resnet-50-keras", size: 64 }, small);
  deepStrictEqual(graph.tensors.get(graph.inputs[0])?.shape, [2, 64, 64, 3]);
  deepStrictEqual(graph.nodes.slice(0, 4).map(({ name }) => name), [
    "pixel preprocessing/swap",
    "pixel preprocessing/sub",
    "pixel preprocessing/mul",
    "conv1_conv",
  ]);
  const { graph: known } = buildArchitecture(architectureOf("keras/resnet50"), {
    classes: 0,
  });
  deepStrictEqual(trainableOf(graph), trainableOf(known));
});

Deno.test("nativeBase() drops nothing, and splits a matrix that is larger than a binding", () => {
  const { nodes } = nativeBase({ name: "vgg-16", size: 32 }, small);
  strictEqual(nodes.some(({ op }) => op === "dropout"), false);
  const blocks = nodes.filter(({ name }) => name.startsWith("classifier.0 ["));
  strictEqual(blocks.length, 4);
});

Deno.test("nativeBase() keeps what the way back needs of a SiLU", () => {
  const { nodes } = nativeBase({ name: "efficientnet-b0", size: 32 }, small);
  const fused = nodes.filter(({ attributes }) =>
    "activation" in attributes && attributes.activation === "silu"
  );
  deepStrictEqual(fused, []);
});

Deno.test("nativeBase() says how small its images may be", () => {
  throws(
    () => nativeBase({ name: "inception-v3", size: 74 }, small),
    UsageError,
    "--input-size is 74, inception-v3 takes 75 or more",
  );
  nativeBase({ name: "inception-v3", size: 75 }, small);
});
