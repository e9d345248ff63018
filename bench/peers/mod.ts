/**
 * Other engines on the same weights, input and machine, measured in turn with
 * ours: ours, peer, ours, peer. Each runs in a process of its own.
 *
 * @module
 */
import { join } from "@std/path";
import { openSession } from "../../src/gpu/mod.ts";
import { encodeGraphDef } from "../../src/graph/mod.ts";
import { encodeOnnx, toOnnx } from "../../src/onnx/mod.ts";
import { forwardPasses, optimise } from "../../src/passes/mod.ts";
import { openNet } from "../nets.ts";
import { bestBatch } from "../model.ts";
import { openForward, seededPixels } from "../forward.ts";
import { benchHead } from "../kernel_cases.ts";
import type { Section } from "../section.ts";
import { comparePeer, type Ours } from "./compare_peer.ts";
import { peerFiles, writeNetwork } from "./network_file.ts";
import { startPeer } from "./process.ts";

interface PeerSpec {
  readonly name: string;
  /** Arguments of `deno run`: permissions, script, and what it takes. */
  args(folder: string, python: string): string[];
}

function script(name: string): string {
  return new URL(`./${name}`, import.meta.url).href;
}

/** Peers in the order they are measured. */
const peerSpecs: readonly PeerSpec[] = [
  {
    name: "tfjs-webgpu",
    args: (folder) => ["-A", script("tfjs.ts"), "webgpu", folder],
  },
  {
    name: "onnxruntime-web WebGPU",
    args: (folder) => ["-A", script("onnxruntime.ts"), folder],
  },
  {
    name: "tfjs-wasm",
    args: (folder) => ["-A", script("tfjs.ts"), "wasm", folder],
  },
  {
    name: "TensorFlow CPU",
    args: (folder, python) => [
      "-R",
      `--allow-run=${python}`,
      script("tensorflow.ts"),
      python,
      folder,
    ],
  },
];

/** The net of the forward passes. */
const measured = "inception-v3";

/** Every peer against ours. */
export const peers: Section = {
  name: "peers",
  async run(context) {
    const folder = await Deno.makeTempDir({ prefix: "espalier-peers-" });
    const ours = await openOurs(folder, bestBatch(context.rows, measured));
    try {
      for (const spec of peerSpecs) {
        context.signal.throwIfAborted();
        context.terminal.note(`${spec.name}: starting it`);
        const peer = startPeer(spec.args(folder, context.python));
        try {
          await comparePeer({ name: spec.name, peer, ours }, context);
        } finally {
          await peer.close();
        }
      }
    } finally {
      await ours.forward.close();
      await ours.session.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
};

async function openOurs(folder: string, batch: number): Promise<Ours> {
  const { name, model } = await openNet(measured);
  if (!model) throw new Error(`"${measured}" takes no pictures`);
  const { height, width } = model.resize;
  const forward = await openForward(model, { batch });
  const pixels = seededPixels(forward.batch, { height, width });
  await forward.write(pixels);
  const features = (await forward.run()).slice(0, model.width);
  const graph = optimise(model.graph, { without: forwardPasses });
  await writeNetwork(graph, folder);
  await Deno.writeFile(
    join(folder, peerFiles.onnx),
    encodeOnnx(toOnnx(graph, { layout: "nhwc" })),
  );
  const first = pixels.subarray(0, height * width * 3);
  await Deno.writeFile(
    join(folder, peerFiles.pixels),
    new Uint8Array(first.buffer, 0, first.byteLength),
  );
  await Deno.writeFile(
    join(folder, peerFiles.graph),
    encodeGraphDef(model.graphDef),
  );
  await Deno.writeTextFile(
    join(folder, peerFiles.tensors),
    JSON.stringify({
      input: graph.inputs[0],
      output: model.bottleneckTensor,
      shape: [1, height, width, 3],
      head: benchHead,
    }),
  );
  return { model: name, forward, features, session: await openSession() };
}
