/**
 * The gradient of an activation, from what it made.
 *
 * @module
 */
import source from "./activation_gradient.wgsl" with { type: "text" };
import { type Kernel, linearGroups, linearIndex } from "./kernel.ts";
import { loadFunctions } from "./texels.ts";
import { elementAlias, elementOf, type VectorWidth } from "./vector.ts";

/** The activations with a slope, in the order of the cases in `activation_gradient.wgsl`. */
export const differentiableActivations = ["relu", "relu6", "sigmoid"] as const;

/** One of {@linkcode differentiableActivations}. */
export type DifferentiableActivation = typeof differentiableActivations[number];

const params = { size: "u32" } as const;

/** What specialises {@linkcode activationGradient}. */
export type ActivationGradientVariant = {
  function: DifferentiableActivation;
  /** 4 needs a size in fours. */
  vector: VectorWidth;
  /** Whether y is read as texels: needs a vector of 4. The next layer reads it so, too. */
  texels: boolean;
};

const workgroupSize = 64;

/** The slope of an activation where it made `y`; 0 at the corners, as in TensorFlow. */
function slopeAt(name: DifferentiableActivation, y: number): number {
  switch (name) {
    case "relu":
      return y > 0 ? 1 : 0;
    case "relu6":
      return y > 0 && y < 6 ? 1 : 0;
    case "sigmoid":
      return y * (1 - y);
    default:
      return name satisfies never;
  }
}

/** dX of `Y = f(X)`, from y and dy; y, dy, dx: `(size)`. */
export const activationGradient: Kernel<
  typeof params,
  ActivationGradientVariant
> = {
  name: "activation_gradient",
  params,
  reads: ({ vector, texels }) => ({
    y: elementOf(vector, { texels }),
    dy: elementOf(vector),
  }),
  writes: ({ vector }) => ({ dx: elementOf(vector) }),
  workgroup: () => [workgroupSize, 1, 1],
  constants: (variant) => ({
    FUNCTION: differentiableActivations.indexOf(variant.function),
    VECTOR: variant.vector,
  }),
  source: ({ vector, texels }) =>
    [
      elementAlias(vector),
      linearIndex,
      loadFunctions({ y: elementOf(vector, { texels }) }),
      source,
    ].join("\n"),
  groups: ({ size }, { vector }) => linearGroups(size / vector, workgroupSize),
  cost: ({ size }) => ({ flops: size, bytes: size * 12 }),
  reference({ params, variant, reads: [y, dy], writes: [dx] }) {
    for (let i = 0; i < params.size; i++) {
      dx[i] = dy[i] * slopeAt(variant.function, y[i]);
    }
  },
  example: () => ({
    params: { size: 5 },
    variant: { function: "relu6", vector: 1, texels: false },
    reads: [
      new Float32Array([0, 1, 3, 5.5, 6]),
      new Float32Array([1, 2, -3, 4, 5]),
    ],
    writes: [new Float32Array(5)],
  }),
};
