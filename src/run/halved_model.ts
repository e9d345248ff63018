/**
 * The file of a run's model at half its size.
 *
 * @module
 */
import { extname } from "@std/path";
import { encodeSafetensors, halved, sha256 } from "../bytes/mod.ts";
import {
  decodeGraphDef,
  encodeGraphDef,
  halveConstants,
} from "../graph/mod.ts";
import { readWeights } from "../weights/mod.ts";
import type { ModelRecord } from "./run_record.ts";

/** A model's file, what the record says of it, and what is too large for f16. */
export interface HalvedModel {
  readonly bytes: Uint8Array;
  readonly facts: Pick<ModelRecord, "sha256" | "weights">;
  /** The file's ending. */
  readonly extension: string;
  readonly tooLarge: readonly string[];
}

/** Whole numbers beside weights only count. */
const floats: ReadonlySet<string> = new Set(["f16", "bf16", "f32", "f64"]);

/**
 * Halves a frozen graph, or weights of any format, which become safetensors.
 *
 * @throws {InputError} if the file is damaged
 */
export async function halvedModel(
  bytes: Uint8Array,
  { path, weights }: Pick<ModelRecord, "path" | "weights">,
): Promise<HalvedModel> {
  if (!weights) {
    const read = decodeGraphDef(bytes, { source: path });
    const { graphDef, tooLarge } = halveConstants(read);
    const made = encodeGraphDef(graphDef);
    const facts = { sha256: sha256(made) };
    return { bytes: made, facts, extension: extname(path), tooLarge };
  }
  const file = await readWeights(bytes, { source: `"${path}"` });
  const values = Array.from(file.tensors).flatMap(([name, tensor]) =>
    floats.has(tensor.type)
      ? [[name, { shape: tensor.shape, data: tensor.values() }] as const]
      : []
  );
  const { tensors, tooLarge } = halved(new Map(values));
  const made = encodeSafetensors({ texts: { format: "pt" }, tensors });
  return {
    bytes: made,
    facts: {
      sha256: sha256(made),
      weights: { ...weights, format: "safetensors" },
    },
    extension: ".safetensors",
    tooLarge,
  };
}
