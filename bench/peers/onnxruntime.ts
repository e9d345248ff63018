/**
 * ONNX Runtime Web on WebGPU as a peer: `onnxruntime.ts FOLDER`. Its package, of
 * the configuration beside it, is imported by name at run time, so that it is
 * in no module graph of ours.
 *
 * @module
 */
import { join } from "@std/path";
import { peerFiles, readNetwork } from "./network_file.ts";
import { type PeerEngine, servePeer, versionOf } from "./serve.ts";

interface OrtTensor {
  getData(): Promise<Float32Array>;
}

/** What is used of onnxruntime-web. */
interface Ort {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly InferenceSession: {
    create(model: Uint8Array, options: {
      executionProviders: readonly string[];
    }): Promise<{
      run(
        feeds: Readonly<Record<string, OrtTensor>>,
      ): Promise<Readonly<Record<string, OrtTensor>>>;
    }>;
  };
  readonly Tensor: new (
    type: "float32",
    data: Float32Array,
    shape: readonly number[],
  ) => OrtTensor;
}

const name = "onnxruntime-web";

async function openEngine(folder: string): Promise<PeerEngine> {
  const load = (specifier: string) => import(specifier);
  const ort: Ort = await load(`${name}/webgpu`);
  ort.env.wasm.numThreads = 1;
  const { network, pixels } = await readNetwork(folder);
  const session = await ort.InferenceSession.create(
    await Deno.readFile(join(folder, peerFiles.onnx)),
    { executionProviders: ["webgpu"] },
  );
  const picture = new ort.Tensor("float32", pixels, network.inputShape);
  return {
    version: `${name} ${versionOf(name)}`,
    async forward() {
      const results = await session.run({ [network.input]: picture });
      return await results[network.output].getData();
    },
  };
}

if (import.meta.main) {
  const [folder] = Deno.args;
  // Its greetings must not be taken for answers.
  console.log = console.warn = console.error;
  await servePeer(await openEngine(folder));
}
