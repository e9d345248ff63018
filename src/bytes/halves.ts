/**
 * Weights in files at half their size.
 *
 * @module
 */
import type { FloatTensor, Tensor32 } from "./safetensors.ts";

/** What became of tensors. */
export interface Halved {
  readonly tensors: ReadonlyMap<string, FloatTensor>;
  /** Those that have a value past what f16 holds, and stay as they are. */
  readonly tooLarge: readonly string[];
}

/** Whether a tensor is one of weights, which are most of a file: biases, means and variances stay exact. */
export function areWeights({ length }: readonly number[]): boolean {
  return length > 1;
}

/** Values rounded to f16; undefined where one is past what it holds. */
export function halvesOf(data: Float32Array): Float16Array | undefined {
  // What is infinite or not a number in f32 is so in f16.
  const isTooLarge = data.some((value) =>
    Number.isFinite(value) && !Number.isFinite(Math.f16round(value))
  );
  return isTooLarge ? undefined : Float16Array.from(data);
}

/** Tensors of weights as f16, the others as they are. */
export function halved(tensors: ReadonlyMap<string, Tensor32>): Halved {
  const tooLarge: string[] = [];
  const halves = Array.from(
    tensors,
    ([name, tensor]): [string, FloatTensor] => {
      if (!areWeights(tensor.shape)) return [name, tensor];
      const data = halvesOf(tensor.data);
      if (!data) tooLarge.push(name);
      return [name, data ? { ...tensor, data } : tensor];
    },
  );
  return { tensors: new Map(halves), tooLarge };
}
