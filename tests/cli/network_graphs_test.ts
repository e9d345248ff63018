import { deepStrictEqual, strictEqual } from "@std/assert";
import {
  decodeGraphDef,
  encodeGraphDef,
  type NodeDef,
  readTensor,
} from "../../src/graph/mod.ts";
import {
  constantNode,
  graphOf,
  intConstant,
  ints,
  node,
  placeholder,
  text,
} from "../../src/graph/testing.ts";
import { checkRefusal, inSandbox, photos, type Sandbox } from "./_sandbox.ts";

function train(sandbox: Sandbox, name: string, ...args: string[]) {
  const all = [sandbox.path("photos"), "--out", sandbox.path(name), ...args];
  return sandbox.run("train", ...all);
}

/** From pictures through a convolution of so many channels and more nodes to `y`, a vector each. */
function network(
  { size, channels, then }: {
    size: number;
    channels: number;
    then: readonly NodeDef[];
  },
): Uint8Array {
  return encodeGraphDef(graphOf(
    placeholder("x", [1, size, size, 3]),
    constantNode(
      "filter",
      [1, 1, 3, channels],
      new Float32Array(3 * channels).fill(0.1),
    ),
    node("Conv2D", "conv", {
      inputs: ["x", "filter"],
      attributes: { strides: ints(1, 1, 1, 1), padding: text("SAME") },
    }),
    ...then,
    intConstant("space", [1, 2]),
    node("Mean", "y", {
      inputs: [then.at(-1)?.name ?? "conv", "space"],
    }),
  ));
}

Deno.test("train refuses a batch that no buffer of the GPU holds, with the planned memory, and makes no run folder", async () => {
  // One picture takes 4 GB, more than any adapter binds.
  const pb = network({ size: 128, channels: 65536, then: [] });
  await inSandbox({ ...photos(), "wide.pb": pb }, async (sandbox) => {
    const model = ["--model", sandbox.path("wide.pb"), "--mode", "finetune"];
    const result = await train(sandbox, "run", ...model, "--batch", "2");
    checkRefusal(result, {
      code: 1,
      message:
        /A batch of 2 needs \d+ MB on the GPU: \d+ of activations .* one buffer of 8590 MB where the adapter allows \d+ MB: use /,
    });
    strictEqual(await sandbox.text("run/run.json").catch(() => ""), "");
  });
});

Deno.test("train names an op without a gradient on the way, and trains what comes after it", async () => {
  const then = [
    intConstant("size", [6, 6]),
    node("ResizeBilinear", "half", { inputs: ["conv", "size"] }),
  ];
  const pb = network({ size: 12, channels: 4, then });
  await inSandbox({ ...photos(), "resized.pb": pb }, async (sandbox) => {
    const model = ["--model", sandbox.path("resized.pb"), "--batch", "4"];
    const all = [...model, "--mode", "finetune", "--steps", "2"];
    checkRefusal(await train(sandbox, "run", ...all), {
      code: 1,
      message:
        /Cannot train through node "half" \(resize_bilinear\): the op has no gradient; freeze what is before it with --freeze-until/,
    });
    strictEqual(await sandbox.text("run/run.json").catch(() => ""), "");
    const after = await train(sandbox, "run", ...all, "--freeze-until", "conv");
    strictEqual(after.code, 0, after.stderr);
  });
});

Deno.test("train --input-size takes pictures of another size than the graph was frozen for, and the run keeps to it and to the channels' means and order", async () => {
  const pb = network({ size: 12, channels: 4, then: [] });
  await inSandbox({ ...photos(), "any_size.pb": pb }, async (sandbox) => {
    const run = sandbox.path("run");
    const trained = await train(
      sandbox,
      "run",
      ...["--model", sandbox.path("any_size.pb"), "--input-size", "9"],
      ...["--mean", "104,117,124", "--std", "1", "--channel-order", "bgr"],
      ...["--mode", "finetune", "--batch", "4", "--steps", "2"],
    );
    strictEqual(trained.code, 0, trained.stderr);
    const { model } = JSON.parse(await sandbox.text("run/run.json"));
    deepStrictEqual(model.preprocessing, {
      kind: "resize",
      size: 9,
      mean: [104, 117, 124],
      std: 1,
      channelOrder: "bgr",
    });
    const predicted = await sandbox.run("predict", run, sandbox.path("photos"));
    strictEqual(predicted.code, 0, predicted.stderr);
    const out = sandbox.path("exported");
    await sandbox.run("export", run, "--out", out);
    const exported = decodeGraphDef(
      await sandbox.bytes("exported/retrained_graph.pb"),
    );
    const sizes = exported.nodes.find(({ name }) =>
      name === "preprocessing/ResizeBilinear/size"
    )?.attributes.get("value");
    deepStrictEqual(
      sizes?.kind === "tensor" ? [...readTensor(sizes.value)] : sizes,
      [9, 9],
    );
  });
});
