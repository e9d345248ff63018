/**
 * The gradient of max and average pooling.
 *
 * @module
 */
import {
  type ActivationFunction,
  activationWgsl,
  definitionOf,
  helperSource,
} from "./activation.ts";
import {
  type BufferData,
  ceilDivide,
  type Kernel,
  linearGroups,
  linearIndex,
  type ParamsOf,
} from "./kernel.ts";
import source from "./pool_gradient.wgsl" with { type: "text" };
import type { Bindings } from "./texels.ts";
import { blockOf, unroll } from "./unroll.ts";
import {
  elementAlias,
  elementOf,
  type VectorWidth,
  vectorWidth,
} from "./vector.ts";
import {
  forEachTap,
  inputPixels,
  outputPixels,
  windowParams,
} from "./window.ts";

/** Both dilations are 1. */
const params = { ...windowParams, channels: "u32" } as const;

export type PoolGradientParams = ParamsOf<typeof params>;

export type PoolGradientVariant = {
  kind: "max" | "average";
  /** 4 needs channels in fours. */
  vector: VectorWidth;
  /** Whether these are maxima of windows that do not overlap: x tells all about y. */
  disjoint: boolean;
  /** Of a maximum, the activation that made x, through whose slope dx goes too [none]. */
  activation?: ActivationFunction;
};

/** WGSL of `sloped`: `dy` times the slope of an activation that made `value`. */
function slopeSource(activation: ActivationFunction): string {
  const slope = activationWgsl(activation, { type: "element", of: "slope" });
  return helperSource(activation, "element") +
    `fn sloped(value: element, dy: element) -> element { return ${slope}; }`;
}

/** The fastest variant that a shape allows. */
export function poolGradientVariant(
  params: PoolGradientParams,
  { kind, activation }: {
    readonly kind: PoolGradientVariant["kind"];
    readonly activation?: ActivationFunction | undefined;
  },
): PoolGradientVariant {
  const { channels, windowHeight, windowWidth } = params;
  return {
    kind,
    vector: vectorWidth(channels),
    disjoint: kind === "max" && windowHeight <= params.strideHeight &&
      windowWidth <= params.strideWidth,
    ...activation !== undefined && { activation },
  };
}

/**
 * dX of `Y = pool(X)`. x, dx: `(batch, inHeight, inWidth, channels)`, y, dy:
 * `(batch, outHeight, outWidth, channels)`. An average reads dy alone. A
 * maximum also reads x, and where windows overlap y, to the bit as the pool
 * computed it. It gives a tie's slope to the first pixel of the window, row by
 * row, as TensorFlow does.
 */
export const poolGradient: Kernel<typeof params, PoolGradientVariant> = {
  name: "pool_gradient",
  params,
  reads,
  writes: ({ vector }) => ({ dx: elementOf(vector) }),
  texelBindings: () => ["dy", "x", "y", "dx"],
  constants: ({ vector }) => ({ VECTOR: vector }),
  source(variant) {
    const { activation } = variant;
    const has = activation === undefined ? 0 : 1;
    const text = (name?: string) =>
      unroll(blockOf(source, name), { sloped: has, plain: 1 - has });
    return [
      elementAlias(variant.vector),
      ...activation === undefined ? [] : [slopeSource(activation)],
      `alias place = ${variant.vector === 4 ? "vec4u" : "u32"};`,
      linearIndex,
      text(),
      ...variant.disjoint
        ? [text("disjoint")]
        : [text("overlapping"), text(variant.kind)],
    ].join("\n");
  },
  groups(params, { vector, disjoint }) {
    const { batch, padTop, padLeft, strideHeight, strideWidth } = params;
    const places = disjoint
      ? batch * ceilDivide(params.inHeight + padTop, strideHeight) *
        ceilDivide(params.inWidth + padLeft, strideWidth)
      : inputPixels(params);
    return linearGroups(places * params.channels / vector);
  },
  cost(params, { kind }) {
    const inputs = inputPixels(params) * params.channels;
    const outputs = outputPixels(params) * params.channels;
    return {
      flops: outputs * params.windowHeight * params.windowWidth,
      bytes: 4 * (kind === "max" ? 2 * (inputs + outputs) : inputs + outputs),
    };
  },
  reference({ params, variant, reads: [dy, x], writes: [dx] }) {
    const { channels } = params;
    const sums = new Float64Array(inputPixels(params) * channels);
    if (variant.kind === "average") averageReference(params, { dy, sums });
    else {
      const first = firstMaxima(params, x);
      first.forEach((input, output) => sums[input] += dy[output]);
    }
    if (variant.activation !== undefined) {
      const { slope, number } = definitionOf(variant.activation);
      for (let i = 0; i < sums.length; i++) sums[i] *= slope(x[i], number);
    }
    dx.set(sums);
  },
  example: () => ({
    params: {
      batch: 1,
      inHeight: 3,
      inWidth: 3,
      outHeight: 2,
      outWidth: 2,
      windowHeight: 2,
      windowWidth: 2,
      strideHeight: 1,
      strideWidth: 1,
      dilationHeight: 1,
      dilationWidth: 1,
      padTop: 0,
      padLeft: 0,
      channels: 1,
    },
    variant: { kind: "max", vector: 1, disjoint: false },
    reads: [
      new Float32Array([1, 2, 3, 4]),
      new Float32Array([1, 5, 5, 5, 2, 0, 1, 1, 5]),
      new Float32Array([5, 5, 5, 5]),
    ],
    writes: [new Float32Array(9)],
  }),
};

function reads(
  { kind, vector, disjoint }: PoolGradientVariant,
): Bindings {
  const type = elementOf(vector);
  if (kind === "average") return { dy: type };
  return { dy: type, x: type, ...!disjoint && { y: type } };
}

function averageReference(
  params: PoolGradientParams,
  { dy, sums }: { readonly dy: BufferData; readonly sums: Float64Array },
): void {
  const { channels } = params;
  const counts = new Uint32Array(outputPixels(params));
  forEachTap(params, ({ output }) => counts[output]++);
  forEachTap(params, ({ input, output }) => {
    for (let c = 0; c < channels; c++) {
      sums[input * channels + c] += dy[output * channels + c] / counts[output];
    }
  });
}

/** For each element of y, the element of x that is its window's first maximum. */
function firstMaxima(params: PoolGradientParams, x: BufferData): Int32Array {
  const { channels } = params;
  const first = new Int32Array(outputPixels(params) * channels).fill(-1);
  forEachTap(params, ({ input, output }) => {
    for (let c = 0; c < channels; c++) {
      const from = input * channels + c;
      const best = first[output * channels + c];
      if (best < 0 || x[from] > x[best]) first[output * channels + c] = from;
    }
  });
  return first;
}
