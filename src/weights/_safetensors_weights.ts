/**
 * Weights out of safetensors files, as timm and Hugging Face publish them.
 *
 * @module
 */
import { type Dtype, readSafetensors } from "../bytes/safetensors.ts";
import { InputError } from "../errors.ts";
import { stridedValues } from "./_element_types.ts";
import type { WeightFile, WeightTensor, WeightType } from "./weight_file.ts";

const types: Readonly<Record<Dtype, WeightType | undefined>> = {
  BOOL: "bool",
  U8: "u8",
  I8: "i8",
  F8_E4M3: undefined,
  F8_E5M2: undefined,
  I16: "i16",
  U16: "u16",
  F16: "f16",
  BF16: "bf16",
  I32: "i32",
  U32: "u32",
  F32: "f32",
  I64: "i64",
  U64: "u64",
  F64: "f64",
  C64: undefined,
};

/** The tensors of a safetensors file. */
export function readSafetensorsWeights(
  bytes: Uint8Array,
  source: string,
): WeightFile {
  const { texts, tensors } = readSafetensors(bytes, {
    name: source,
    remedy: "download it again",
  });
  const weights = Array.from(tensors, ([name, { dtype, shape, data }]): [
    string,
    WeightTensor,
  ] => {
    const type = types[dtype];
    if (type === undefined) {
      throw new InputError(
        `${source}: tensor "${name}" is ${dtype}, which is not supported; save it as F32, F16 or BF16`,
      );
    }
    const values = () => stridedValues({ type, storage: data, shape });
    return [name, { shape, type, values }];
  });
  return {
    format: "safetensors",
    tensors: new Map(weights),
    metadata: texts,
    notes: [],
  };
}
