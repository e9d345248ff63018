/**
 * Reads a file of weights of any of the formats that are known.
 *
 * @module
 */
import { readSafetensorsWeights } from "./_safetensors_weights.ts";
import type { WeightFile } from "./weight_file.ts";

/**
 * The tensors in a file of weights by name.
 *
 * @param bytes The file; tensors may be views of it.
 * @param options `source` names the file in messages.
 * @throws {InputError} if it is none, is damaged, or holds what is no weight
 */
export async function readWeights(
  bytes: Uint8Array,
  { source }: { readonly source: string },
): Promise<WeightFile> {
  return await Promise.resolve(readSafetensorsWeights(bytes, source));
}
