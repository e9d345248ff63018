import { deepStrictEqual, strictEqual, throws } from "@std/assert";
import { UsageError } from "../errors.ts";
import { resolveRecipe } from "../train/mod.ts";
import { cutAfter, keptValues } from "./cut.ts";
import { headVariables, trainedVariables } from "./frozen_layers.ts";
import { networkOf } from "./network.ts";
import {
  type NetworkBase,
  type NetworkSettings,
  plainHead,
} from "./run_record.ts";

const native = { kind: "native", name: "small-cnn", size: 12 } as const;
const trained: NetworkSettings = {
  ...plainHead,
  base: native,
  hidden: [8, 4],
  dropout: 0.5,
};
const known = ["scale", "conv_1", "pool_1", "conv_2", "pool_2", "features"];

const cut = (layer: string, settings = trained) =>
  cutAfter(settings, { layer, path: "runs/digits", known, kind: "weights" });

Deno.test("cutAfter() keeps the layers of the base, and those of the head up to the one that is named", () => {
  deepStrictEqual(cut("head/dense_1"), { ...native, kept: [8] });
  deepStrictEqual(cut("head/dropout_1:0"), { ...native, kept: [8] });
  deepStrictEqual(cut("head/dense_2"), { ...native, kept: [8, 4] });
  deepStrictEqual(cut("pool_1:0"), { ...native, until: "pool_1" });
  const again = { ...trained, base: { ...native, kept: [16] } };
  deepStrictEqual(cut("head/dense_1", again), { ...native, kept: [16, 8] });
  deepStrictEqual(cut("kept/dense_1", again), { ...native, kept: [16] });
  deepStrictEqual(cut("conv_1", again), { ...native, until: "conv_1" });
  const graph = { ...trained, base: { kind: "graph" } } as const;
  deepStrictEqual(cut("head/dense_1", graph), { kind: "graph", kept: [8] });
  strictEqual(cut("mixed_5/join", graph), undefined);
  const features = { ...trained, base: { kind: "features" } } as const;
  const weights = { kind: "weights", kept: [8] } as const;
  deepStrictEqual(cut("head/dense_1", features), weights);
  strictEqual(cut("avgpool", { ...trained, base: weights }), undefined);
});

Deno.test("cutAfter() names the layers there are", () => {
  throws(
    () => cut("head/logits"),
    UsageError,
    "runs/digits cannot be cut after",
  );
  throws(() => cut("conv_11"), UsageError, "conv_1");
});

/** A network of two classes on a base, whose head has one hidden layer. */
function networkOn(base: NetworkBase, hidden: readonly number[] = [3]) {
  const network: NetworkSettings = { ...plainHead, base, hidden };
  const { recipe } = resolveRecipe("default", { target: "head", trainRows: 2 });
  return {
    network,
    graph: networkOf({
      network,
      recipe,
      loss: "sigmoid",
      labels: ["a", "b"],
      width: 144,
      settings: { data: "/photos", isBottlenecks: false, seed: 1, exif: true },
    }, {}),
  };
}

Deno.test("networkOf() ends a base where it is cut, and puts a new head on what it kept", () => {
  const { graph, network } = networkOn({ ...native, kept: [8] });
  deepStrictEqual(graph.tensors.get("kept/dense_1/kernel")?.shape, [64, 8]);
  deepStrictEqual(graph.tensors.get("head/dense_1/kernel")?.shape, [8, 3]);
  deepStrictEqual(trainedVariables(graph, network), headVariables(graph));
  const { graph: short } = networkOn({ ...native, until: "pool_1" });
  strictEqual(short.nodes.some(({ name }) => name === "conv_2"), false);
  strictEqual(short.tensors.has("conv_2/kernel"), false);
  deepStrictEqual(short.tensors.get("head/dense_1/kernel")?.shape, [800, 3]);
});

Deno.test("keptValues() gives the layers of a head the names that they have before the next", () => {
  const tensor = { shape: [1], data: new Float32Array(1) };
  const values = {
    "conv_1/kernel": tensor,
    "kept/dense_1/kernel": tensor,
    "head/dense_1/kernel": tensor,
    "head/dense_2/bias": tensor,
    "head/logits/kernel": tensor,
  };
  const names = (kept: number[]) =>
    Object.keys(keptValues(values, { base: { ...native, kept } }));
  deepStrictEqual(names([16]), [
    "conv_1/kernel",
    "kept/dense_1/kernel",
    "kept/dense_2/kernel",
    "kept/dense_3/bias",
  ]);
});
