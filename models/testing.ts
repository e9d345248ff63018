/**
 * Weights for tests, by their names in a file alone, so that none are kept: the
 * same numbers as those of `tests/golden/architectures.py`.
 *
 * @module
 */
import { encodeTensors } from "../src/bytes/safetensors.ts";
import { elementCount, type Shape } from "../src/graph/ir.ts";
import {
  type Architecture,
  buildArchitecture,
  weightSlots,
} from "./architecture.ts";
import type { FileTensor, FileTensors } from "./recognise.ts";

/** Multiples of 2^-23 from -1 to 1, by the hash of a name and a position. */
export function seededUniform(name: string, count: number): Float64Array {
  let seed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) {
    seed = Math.imul(seed ^ byte, 0x01000193);
  }
  const values = new Float64Array(count);
  for (let at = 0; at < count; at++) {
    let x = Math.imul(at, 0x9e3779b9) + seed;
    x ^= x >>> 16;
    x = Math.imul(x, 0x85ebca6b);
    x ^= x >>> 13;
    x = Math.imul(x, 0xc2b2ae35);
    x ^= x >>> 16;
    values[at] = (x >>> 8) / 2 ** 23 - 1;
  }
  return values;
}

/** Seeded values of a tensor of a file of weights, by its name and shape there. */
export function seededValues(name: string, shape: Shape): Float32Array {
  const { mean, deviation } = spreadOf(name, shape);
  const u = seededUniform(name, elementCount(shape));
  const values = new Float32Array(u.length);
  for (let at = 0; at < u.length; at++) values[at] = mean + u[at] * deviation;
  return values;
}

/** A kernel keeps the size of what it is fed, a variance is near 1. */
function spreadOf(
  name: string,
  shape: Shape,
): { readonly mean: number; readonly deviation: number } {
  const part = name.split(/[./]/).at(-1);
  if (shape.length > 1) {
    const windows = part === "depthwise_kernel"
      ? shape.slice(0, 2)
      : part === "kernel"
      ? shape.slice(0, -1)
      : shape.slice(1);
    return { mean: 0, deviation: Math.sqrt(6 / elementCount(windows)) };
  }
  switch (part) {
    case "running_var":
    case "moving_variance":
      return { mean: 1, deviation: 1 / 2 };
    case "weight":
    case "gamma":
      return { mean: 0.75, deviation: 1 / 4 };
    default:
      return { mean: 0, deviation: 1 / 4 };
  }
}

/** Seeded images `(batch, size, size, 3)`, as a network takes them; their name is their seed. */
export function seededImages(
  size: number,
  { batch = 1, name = "images" } = {},
): Float32Array {
  const u = seededUniform(name, batch * size * size * 3);
  return Float32Array.from(u, (value) => 2 * value);
}

/** A file of seeded weights of a network with a classifier of so many units; none for 0. */
export function seededFile(
  architecture: Architecture,
  classes: number,
): Map<string, FileTensor> {
  const { graph } = buildArchitecture(architecture, { classes });
  return new Map(
    weightSlots(architecture, graph).map(({ name, fileShape: shape }) => [
      name,
      { shape, values: () => seededValues(name, shape) },
    ]),
  );
}

/** Tensors as a safetensors file. */
export function seededWeightFile(file: FileTensors): Uint8Array<ArrayBuffer> {
  const tensors = Array.from(
    file,
    ([name, tensor]) =>
      [name, { shape: tensor.shape, data: tensor.values() }] as const,
  );
  return encodeTensors({
    kind: "weights",
    metadata: {},
    tensors: Object.fromEntries(tensors),
  });
}
