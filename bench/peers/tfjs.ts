/**
 * TensorFlow.js as a peer: `tfjs.ts webgpu|wasm [FOLDER]`, which runs the net in
 * the folder, or trains. Its packages, those of the configuration beside it, are
 * imported by name at run time, so that they are in no module graph of ours.
 *
 * @module
 */
import { join } from "@std/path";
import type { GraphModel } from "./graph_model.ts";
import { netFiles, readNet } from "./net_folder.ts";
import { type PeerEngine, servePeer, versionOf } from "./serve.ts";
import { openTfjs, type Tfjs } from "./tfjs_api.ts";
import { prepareHead, prepareNetwork } from "./tfjs_training.ts";

async function openForward(
  tf: Tfjs,
  folder: string,
): Promise<NonNullable<PeerEngine["forward"]>> {
  const { facts, pixelsOf } = await readNet(folder);
  const text = await Deno.readTextFile(join(folder, netFiles.graphModel));
  const artifacts: GraphModel = JSON.parse(text);
  const { buffer } = await Deno.readFile(join(folder, netFiles.weights));
  const model = await tf.loadGraphModel(
    tf.io.fromMemory({ ...artifacts, weightData: buffer }),
  );
  const { input, output } = facts.nodes;
  return async (batch) => {
    const pictures = tf.tensor(pixelsOf(batch), [batch, ...facts.shape]);
    const features = model.execute({ [input]: pictures }, output);
    const values = await features.data();
    pictures.dispose();
    features.dispose();
    return values;
  };
}

if (import.meta.main) {
  const [backend, folder] = Deno.args;
  // Its greetings must not be taken for answers.
  console.log = console.warn = console.error;
  const tf = await openTfjs(backend);
  await servePeer({
    version: `tfjs ${versionOf("@tensorflow/tfjs")}`,
    ...(folder !== undefined && { forward: await openForward(tf, folder) }),
    prepareHead: (task) => prepareHead(tf, task),
    prepareNetwork: (task) => prepareNetwork(tf, task),
  });
}
