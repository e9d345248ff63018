/**
 * ONNX Runtime Web on WebGPU as a peer: `onnxruntime.ts FOLDER`. Its package, of
 * the configuration beside it, is imported by name at run time, so that it is
 * in no module graph of ours.
 *
 * @module
 */
import { join } from "@std/path";
import { netFiles, readNet } from "./net_folder.ts";
import { type PeerEngine, servePeer, versionOf } from "./serve.ts";

interface OrtTensor {
  getData(): Promise<Float32Array>;
  dispose(): void;
}

interface OrtSession {
  run(
    feeds: Readonly<Record<string, OrtTensor>>,
  ): Promise<Readonly<Record<string, OrtTensor>>>;
}

/** What is used of onnxruntime-web. */
interface Ort {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly InferenceSession: {
    create(model: Uint8Array, options: {
      executionProviders: readonly string[];
      /** Sizes that the model leaves open, which it may then plan with. */
      freeDimensionOverrides: Readonly<Record<string, number>>;
    }): Promise<OrtSession>;
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
  const { facts, pixelsOf } = await readNet(folder);
  const bytes = await Deno.readFile(join(folder, netFiles.onnx));
  const openBatch = async (batch: number) => {
    const session = await ort.InferenceSession.create(bytes, {
      executionProviders: ["webgpu"],
      freeDimensionOverrides: { batch },
    });
    const shape = [batch, ...facts.shape];
    const pictures = new ort.Tensor("float32", pixelsOf(batch), shape);
    return async () => {
      const results = await session.run({ [facts.input]: pictures });
      const features = results[facts.output];
      const values = await features.getData();
      features.dispose();
      return values;
    };
  };
  const opened = new Map<number, () => Promise<Float32Array>>();
  return {
    version: `${name} ${versionOf(name)}`,
    async forward(batch) {
      const run = opened.get(batch) ?? await openBatch(batch);
      opened.set(batch, run);
      return await run();
    },
  };
}

if (import.meta.main) {
  const [folder] = Deno.args;
  // Its greetings must not be taken for answers.
  console.log = console.warn = console.error;
  await servePeer(await openEngine(folder));
}
