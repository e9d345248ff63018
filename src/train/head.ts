/**
 * The head: one dense layer and softmax, as parameters and as programs.
 *
 * @module
 */
import { dense, denseSizes } from "../../kernels/dense.ts";
import { dispatch } from "../../kernels/kernel.ts";
import { optimizerMoments, type UpdateRule } from "../../kernels/optimizer.ts";
import { fitTexels } from "../../kernels/texels.ts";
import type { NamedBufferSpec, Plan } from "../../kernels/program.ts";
import { wholeVectors } from "./feature_rows.ts";
import type { OptimizerName } from "./recipes.ts";

/** Sizes of a head. */
export interface HeadShape {
  /** Values of a row of features. */
  readonly features: number;
  /** Number of classes. */
  readonly classes: number;
}

/** Weights `(features, classes)`, row-major, and bias `(classes)`; or their moments. */
export interface HeadParameters {
  /** `(features, classes)`, row-major. */
  readonly weights: Float32Array;
  /** `(classes)`. */
  readonly bias: Float32Array;
}

/** A trained head and what its rows have to look like. */
export interface Head extends HeadShape, HeadParameters {
  /** Whether rows are divided by their root mean square first. */
  readonly scaleRows: boolean;
}

/** Parameters that are all zero. */
export function zeroParameters(
  { features, classes }: HeadShape,
): HeadParameters {
  return {
    weights: new Float32Array(features * classes),
    bias: new Float32Array(classes),
  };
}

/** Number of parameters on the GPU: both sizes grow to whole vec4s by zeros that stay zeros. */
export function packedSize({ features, classes }: HeadShape): number {
  return (wholeVectors(features) + 1) * wholeVectors(classes);
}

/** Parameters as the kernels want them: `(depth + 1, columns)`, the bias last. */
export function packParameters(
  shape: HeadShape,
  { weights, bias }: HeadParameters,
): Float32Array<ArrayBuffer> {
  const { features, classes } = shape;
  const columns = wholeVectors(classes);
  const packed = new Float32Array(packedSize(shape));
  for (let k = 0; k < features; k++) {
    const row = weights.subarray(k * classes, (k + 1) * classes);
    packed.set(row, k * columns);
  }
  packed.set(bias, wholeVectors(features) * columns);
  return packed;
}

/** What {@linkcode packParameters} packed. */
export function unpackParameters(
  shape: HeadShape,
  packed: Float32Array,
): HeadParameters {
  const { features, classes } = shape;
  const columns = wholeVectors(classes);
  const parameters = zeroParameters(shape);
  for (let k = 0; k < features; k++) {
    const row = packed.subarray(k * columns, k * columns + classes);
    parameters.weights.set(row, k * classes);
  }
  const start = wholeVectors(features) * columns;
  parameters.bias.set(packed.subarray(start, start + classes));
  return parameters;
}

/** Whether no weight and no bias is infinite or not a number. */
export function areFinite({ weights, bias }: HeadParameters): boolean {
  return weights.every(Number.isFinite) && bias.every(Number.isFinite);
}

/** The kernel's rule of an optimizer. */
export function ruleOf(name: OptimizerName): UpdateRule {
  return name === "adamw" ? "adam" : name;
}

/** Names of the moments an optimizer keeps, each of the parameters' size. */
export function momentsOf(name: OptimizerName): readonly string[] {
  return optimizerMoments[ruleOf(name)];
}

/** The name of the buffer that holds the parameters, or one of their moments. */
export function parameterBuffer(
  { features, classes }: HeadShape,
  moment = "parameters",
): string {
  return `head ${features}x${classes} ${moment}`;
}

/** Where the rows of each step are: `(steps, batch)`, each step filled up to whole vec4s. */
export function packPlaces(
  places: Uint32Array,
  batch: number,
): Float32Array<ArrayBuffer> {
  const stride = wholeVectors(batch);
  const steps = places.length / batch;
  const packed = new Float32Array(steps * stride);
  for (let step = 0; step < steps; step++) {
    const some = places.subarray(step * batch, (step + 1) * batch);
    packed.set(some, step * stride);
  }
  return packed;
}

/** Names and bytes of what a logits program reads and writes: `(rows, depth)` and `(rows, columns)`. */
export function logitsBuffers(
  shape: HeadShape,
  rows: number,
): { data: NamedBufferSpec; logits: NamedBufferSpec } {
  const depth = wholeVectors(shape.features);
  const columns = wholeVectors(shape.classes);
  return {
    data: { name: `logits data ${rows * depth}`, bytes: rows * depth * 4 },
    logits: { name: `logits ${rows}x${columns}`, bytes: rows * columns * 4 },
  };
}

/** Logits of `rows` rows by the parameters that are on the GPU; `texels` as in {@linkcode trainingPlan}. */
export function logitsPlan(
  shape: HeadShape,
  { rows, texels = false }: { rows: number; texels?: boolean },
): Plan {
  const named = logitsBuffers(shape, rows);
  const parameters = {
    name: parameterBuffer(shape),
    bytes: packedSize(shape) * 4,
  };
  const step = dispatch(dense, {
    params: denseSizes({
      rows,
      depth: wholeVectors(shape.features),
      columns: wholeVectors(shape.classes),
    }),
    variant: { source: "all", texels: texels && haveTexels(shape, rows) },
    reads: [0, 1],
    writes: [2],
    label: "logits",
  });
  const buffers = [named.data, parameters, named.logits];
  const program = { label: "logits", steps: [step], buffers };
  return { program, constants: new Map() };
}

/** Whether so many rows, and the parameters, can be read as texels. */
export function haveTexels(shape: HeadShape, rows: number): boolean {
  return fitTexels(rows * wholeVectors(shape.features)) &&
    fitTexels(packedSize(shape));
}
