/**
 * One step of an optimizer on any flat buffer of parameters.
 *
 * @module
 */
import adam from "./_optimizer_adam.wgsl" with { type: "text" };
import momentum from "./_optimizer_momentum.wgsl" with { type: "text" };
import sgd from "./_optimizer_sgd.wgsl" with { type: "text" };
import index from "./_index.wgsl" with { type: "text" };
import source from "./optimizer.wgsl" with { type: "text" };
import {
  type Bindings,
  type BufferData,
  type Kernel,
  linearGroups,
} from "./kernel.ts";

/** Rules that turn a gradient into an update. AdamW is `adam` with a decay in its schedule. */
export type UpdateRule = "sgd" | "momentum" | "adam";

/** Uniforms of {@linkcode optimizer}. */
export type OptimizerParams = {
  /** Number of parameters divided by 4. */
  vectors: number;
  /** How many of these vec4s, from the first, decay. */
  decayed: number;
  /** Share of the velocity that stays (`momentum`). */
  momentum: number;
  /** `1 - beta1` (`adam`), made in f64: `1 - 0.999` is off by 1e-5 in f32. */
  firstShare: number;
  /** `1 - beta2` (`adam`). */
  secondShare: number;
  /** Added to the root of the second moment (`adam`). */
  epsilon: number;
};

/** What specialises {@linkcode optimizer}. */
export type OptimizerVariant = { rule: UpdateRule };

/** What each rule remembers from step to step: buffers of the parameters' size. */
export const optimizerMoments: {
  readonly [K in UpdateRule]: readonly string[];
} = {
  sgd: [],
  momentum: ["velocity"],
  adam: ["first", "second"],
};

const sources: { readonly [K in UpdateRule]: string } = { sgd, momentum, adam };

const workgroupSize = 64;

/**
 * parameters, gradient, moments: `(4 * vectors)`; schedule: `(steps, 2)` of rate
 * and decay; counter: one more than the step that runs.
 */
export const optimizer: Kernel<OptimizerParams, OptimizerVariant> = {
  name: "optimizer",
  params: {
    vectors: "u32",
    decayed: "u32",
    momentum: "f32",
    firstShare: "f32",
    secondShare: "f32",
    epsilon: "f32",
  },
  reads: () => ({ gradient: "vec4f", schedule: "f32", counter: "u32" }),
  writes: ({ rule }) => {
    const moments: Bindings = Object.fromEntries(
      optimizerMoments[rule].map((name) => [name, "vec4f" as const]),
    );
    return { parameters: "vec4f", ...moments };
  },
  workgroup: () => [workgroupSize, 1, 1],
  source: ({ rule }) => index + sources[rule] + source,
  groups: ({ vectors }) => linearGroups(vectors, workgroupSize),
  cost: ({ vectors }, { rule }) => {
    const moments = optimizerMoments[rule].length;
    return {
      flops: vectors * 4 * (4 + moments * 5),
      bytes: vectors * 16 * (3 + moments * 2),
    };
  },
  reference(
    {
      params,
      variant,
      reads: [gradient, schedule, counter],
      writes: [parameters, ...moments],
    },
  ) {
    const step = counter[0] - 1;
    const rate = schedule[step * 2];
    for (let i = 0; i < params.vectors * 4; i++) {
      const decay = i < params.decayed * 4 ? schedule[step * 2 + 1] : 0;
      parameters[i] = parameters[i] * (1 - decay) +
        updateOf({ params, variant, moments, rate }, gradient[i], i);
    }
  },
  example: () => ({
    params: {
      vectors: 2,
      decayed: 1,
      momentum: 0.9,
      firstShare: 0.1,
      secondShare: 0.001,
      epsilon: 1e-7,
    },
    variant: { rule: "adam" },
    reads: [
      new Float32Array([1, -1, 0.5, 0, 1e-3, 2, 0, -3]),
      new Float32Array([0, 0, 0.02, 0.002]),
      new Uint32Array([2]),
    ],
    writes: [
      new Float32Array([1, 2, 3, 4, 5, 6, 7, 8]),
      new Float32Array([0, 1, 0, 1, 0, 1, 0, 1]),
      new Float32Array([0, 1, 1, 0, 0, 1, 1, 0]),
    ],
  }),
};

function updateOf(
  { params, variant, moments, rate }: {
    params: OptimizerParams;
    variant: OptimizerVariant;
    moments: readonly BufferData[];
    rate: number;
  },
  gradient: number,
  i: number,
): number {
  switch (variant.rule) {
    case "sgd":
      return -rate * gradient;
    case "momentum": {
      const [velocity] = moments;
      const next = params.momentum * velocity[i] - rate * gradient;
      velocity[i] = next;
      return next;
    }
    case "adam": {
      const [first, second] = moments;
      const m = first[i] + params.firstShare * (gradient - first[i]);
      const v = second[i] + params.secondShare * (gradient ** 2 - second[i]);
      first[i] = m;
      second[i] = v;
      return -rate * m / (Math.sqrt(v) + params.epsilon);
    }
    default:
      return variant.rule satisfies never;
  }
}
