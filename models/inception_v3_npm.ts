/**
 * Makes the frozen graph of `inception-v3-npm` out of its package's weights.
 *
 * @module
 */
import { encodeGraphDef } from "../src/graph/graphdef.ts";
import { type PackedModel, packedWeights } from "./_nsfwjs_weights.ts";
import { inceptionNodes, type InceptionOptions } from "./inception_v3.ts";

export {
  type PackedModel,
  type PackedModelReader,
  packedModelReader,
} from "./_nsfwjs_weights.ts";

/** TensorFlow refuses BatchNormWithGlobalNormalization in later graphs. */
const producer = 8;

/**
 * The bytes of the graph, a node at a time, so that one layer's weights are in
 * memory as floats; always the same for the same weights. Concatenated
 * protobuf messages are one message, so the pieces in a row are the file.
 */
export function* inceptionGraph(
  weights: InceptionOptions["weights"],
): Generator<Uint8Array> {
  const options = { weights, subtract: 0, multiply: 1 / 255 };
  for (const node of inceptionNodes({ ...options, lastPool: "AvgPool" })) {
    yield encodeGraphDef({ nodes: [node], producer });
  }
}

/**
 * {@linkcode inceptionGraph} with the weights of the package.
 *
 * @throws {InputError} if the package's model is not the one expected.
 */
export function packedInceptionGraph(
  model: PackedModel,
): Generator<Uint8Array> {
  return inceptionGraph(packedWeights(model));
}
