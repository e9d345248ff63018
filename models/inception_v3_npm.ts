/**
 * The frozen graph of `inception-v3-npm`, out of the Keras Inception-v3 in the
 * package `nsfwjs`: a manifest of tensors and their bytes, one byte a weight, as
 * base64 in JavaScript modules, which are read as text and never run.
 *
 * @module
 */
import { joinBytes } from "../src/bytes/join_bytes.ts";
import { InputError } from "../src/errors.ts";
import { encodeGraphDef } from "../src/graph/graphdef.ts";
import {
  type ConvolutionRequest,
  type ConvolutionWeights,
  inceptionNodes,
  type InceptionOptions,
} from "./inception_v3.ts";

/** One tensor: `value = byte * scale + min`. */
interface PackedTensor {
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  readonly scale: number;
  readonly min: number;
}

const manifestEntry =
  /\{"?name"?:"([^"]+)","?shape"?:\[([\d,]*)\],"?dtype"?:"float32","?quantization"?:\{"?min"?:([-\d.e]+),"?scale"?:([-\d.e]+),"?dtype"?:"uint8"\}\}/g;
const moduleValue = /exports="([A-Za-z0-9+/=]*)"/;

const folder = "package/dist/models/inception_v3";
const shardCount = 6;
const manifestMember = `${folder}/model.min.js`;
const shardMembers = Array.from(
  { length: shardCount },
  (_, index) => `${folder}/group1-shard${index + 1}of${shardCount}.min.js`,
);

/** Weights as the package `nsfwjs` has them, 8 bits a value. */
export interface PackedModel {
  /** Minified JavaScript that lists the tensors. */
  readonly manifest: string;
  /** Base64 of the tensors' bytes, in pieces. */
  readonly shards: readonly string[];
}

/** The members of the package's archive that hold the model. */
export const packedMembers: readonly string[] = [
  manifestMember,
  ...shardMembers,
];

/**
 * The model in the members of the package's archive.
 *
 * @throws {InputError} if one is missing or holds something else.
 */
export function packedModelOf(
  members: ReadonlyMap<string, Uint8Array>,
): PackedModel {
  function textOf(member: string): string {
    const bytes = members.get(member);
    if (!bytes) throw damaged(`has no "${member}"`);
    return new TextDecoder().decode(bytes);
  }
  return {
    manifest: textOf(manifestMember),
    shards: shardMembers.map((member) => {
      const found = moduleValue.exec(textOf(member));
      if (!found) throw damaged(`holds no base64 in "${member}"`);
      return found[1];
    }),
  };
}

function damaged(what: string): InputError {
  return new InputError(`The package nsfwjs ${what}; fetch it again`);
}

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
  const options = { weights, mean: 0, std: 255 };
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

/**
 * Weights by the position of their convolution: Keras numbers its layers
 * (`conv2d_1` and on) in the order of the 2015 release's nodes.
 *
 * @throws {InputError} if a tensor is missing or its shape is another.
 */
function packedWeights(
  { manifest, shards }: PackedModel,
): (request: ConvolutionRequest) => ConvolutionWeights {
  const bytes = joinBytes(shards.map((shard) => Uint8Array.fromBase64(shard)));
  const tensors = unpack(manifest, bytes);
  return function weights({ index, filterShape }) {
    const norm = `batch_normalization_${index + 1}`;
    const channels = [filterShape[3]];
    return {
      filter: dequantized(tensors, `conv2d_${index + 1}/kernel`, filterShape),
      beta: dequantized(tensors, `${norm}/beta`, channels),
      mean: dequantized(tensors, `${norm}/moving_mean`, channels),
      variance: dequantized(tensors, `${norm}/moving_variance`, channels),
    };
  };
}

function unpack(
  manifest: string,
  bytes: Uint8Array,
): Map<string, PackedTensor> {
  const tensors = new Map<string, PackedTensor>();
  let offset = 0;
  for (
    const [, name, dimensions, min, scale] of manifest.matchAll(manifestEntry)
  ) {
    const shape = dimensions.split(",").map(Number);
    const size = shape.reduce((product, dimension) => product * dimension, 1);
    tensors.set(name, {
      shape,
      bytes: bytes.subarray(offset, offset + size),
      scale: Number(scale),
      min: Number(min),
    });
    offset += size;
  }
  if (offset !== bytes.length) {
    throw damaged(`lists ${offset} weights and holds ${bytes.length}`);
  }
  return tensors;
}

function dequantized(
  tensors: ReadonlyMap<string, PackedTensor>,
  name: string,
  shape: readonly number[],
): Float32Array {
  const packed = tensors.get(name);
  if (!packed || packed.shape.join() !== shape.join()) {
    const found = packed ? `of shape [${packed.shape}]` : "missing";
    throw damaged(`has "${name}" ${found}, expected [${shape}]`);
  }
  const { bytes, scale, min } = packed;
  return Float32Array.from(bytes, (byte) => byte * scale + min);
}
