/**
 * The model that whole-model figures are of: Inception-v3.
 *
 * @module
 */
import { inceptionGraph } from "../models/inception_v3_npm.ts";
import { modelNamed } from "../models/mod.ts";
import { espalierHome } from "../src/data/home.ts";
import { openStore } from "../src/store/mod.ts";

/** A frozen Inception-v3. */
export interface BenchModel {
  /** Of its weights. */
  readonly name: string;
  /** The frozen graph. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The model from the store, or one with seeded weights where the store has none: times are the same. */
export async function readBenchModel(): Promise<BenchModel> {
  const entry = modelNamed("inception-v3-npm");
  const store = openStore(espalierHome(Deno.env).root);
  if (await store.has(entry)) {
    return { name: entry.name, bytes: await Deno.readFile(store.path(entry)) };
  }
  const pieces = [...inceptionGraph(seededWeights)];
  const bytes = new Uint8Array(
    await new Blob(pieces.map(asBlobPart)).arrayBuffer(),
  );
  return { name: "inception-v3 with seeded weights", bytes };
}

function asBlobPart(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.slice();
}

/** Weights under which values keep their size from layer to layer (He et al., arXiv 1502.01852). */
function seededWeights(
  { index, filterShape }: { index: number; filterShape: readonly number[] },
) {
  const [height, width, channels, filters] = filterShape;
  const limit = Math.sqrt(6 / (height * width * channels));
  let state = index + 1;
  const filter = Float32Array.from(
    { length: height * width * channels * filters },
    () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return limit * (state / 2 ** 31 - 1);
    },
  );
  return {
    filter,
    beta: new Float32Array(filters),
    mean: new Float32Array(filters),
    variance: new Float32Array(filters).fill(1),
  };
}
