/**
 * The gradient of an activation.
 *
 * @module
 */
import {
  type ActivationFunction,
  activationWgsl,
  definitionOf,
  helperSource,
} from "./activation.ts";
import source from "./activation_gradient.wgsl" with { type: "text" };
import { type Kernel, linearGroups, linearIndex } from "./kernel.ts";
import { elementAlias, elementOf, type VectorWidth } from "./vector.ts";

const params = { size: "u32" } as const;

export type ActivationGradientVariant = {
  function: ActivationFunction;
  /** 4 needs a size in fours. */
  vector: VectorWidth;
};

/** dX of `Y = f(X)`, from dy and y, or in its place x, whichever the slope follows from; each `(size)`. */
export const activationGradient: Kernel<
  typeof params,
  ActivationGradientVariant
> = {
  name: "activation_gradient",
  params,
  reads: ({ vector }) => ({
    y: elementOf(vector),
    dy: elementOf(vector),
  }),
  writes: ({ vector }) => ({ dx: elementOf(vector) }),
  texelBindings: () => ["y", "dy", "dx"],
  constants: ({ vector }) => ({ VECTOR: vector }),
  source: ({ vector, ...variant }) =>
    [
      elementAlias(vector),
      linearIndex,
      helperSource(variant.function, "element") +
      "fn gradient(value: element, dy: element) -> element {",
      `  return ${
        activationWgsl(variant.function, { type: "element", of: "slope" })
      };`,
      "}",
      source,
    ].join("\n"),
  groups: ({ size }, { vector }) => linearGroups(size / vector),
  cost: ({ size }) => ({ flops: size, bytes: size * 12 }),
  reference({ params, variant, reads: [y, dy], writes: [dx] }) {
    const { slope, number } = definitionOf(variant.function);
    for (let i = 0; i < params.size; i++) dx[i] = dy[i] * slope(y[i], number);
  },
  example: () => ({
    params: { size: 5 },
    variant: { function: "relu6", vector: 1 },
    reads: [
      new Float32Array([0, 1, 3, 5.5, 6]),
      new Float32Array([1, 2, -3, 4, 5]),
    ],
    writes: [new Float32Array(5)],
  }),
};
