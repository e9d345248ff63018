/**
 * One step of an optimizer on any flat buffer of parameters.
 *
 * @module
 */
import source from "./optimizer.wgsl" with { type: "text" };
import {
  type BufferData,
  type Kernel,
  linearGroups,
  linearIndex,
  type TexelChoice,
} from "./kernel.ts";
import { blockOf } from "./unroll.ts";
import { fitTexels } from "./texels.ts";
import {
  elementAlias,
  elementOf,
  type VectorWidth,
  vectorWidth,
} from "./vector.ts";

/** How a step turns a gradient into a change of its variable. */
export const updateRules = ["sgd", "momentum", "nesterov", "adam"] as const;

/** Rules that turn a gradient into an update. AdamW is `adam` with a decay in its schedule. */
export type UpdateRule = typeof updateRules[number];

const params = {
  size: "u32",
  /** How many of them, from the first, decay and are penalised. */
  decayed: "u32",
  /** `1 - beta2` (`adam`), made in f64: `1 - 0.999` is off by 1e-5 in f32. */
  secondShare: "f32",
  /** Times each parameter, what is added to its gradient: L2 as PyTorch's `weight_decay` of SGD and Adam. */
  penalty: "f32",
  /** Times the schedule's rate and decay. */
  rateScale: "f32",
} as const;

export type OptimizerVariant = {
  rule: UpdateRule;
  /** 4 needs `size` and `decayed` in fours. */
  vector: VectorWidth;
  /**
   * Whether what there was is bound a second time, as texels: what is written
   * cannot be read so [false].
   */
  apart?: boolean;
};

/** What each rule remembers from step to step: buffers of the parameters' size. */
export const optimizerMoments: {
  readonly [K in UpdateRule]: readonly string[];
} = {
  sgd: [],
  momentum: ["velocity"],
  nesterov: ["velocity"],
  adam: ["first", "second"],
};

/** Values of a step in the schedule: rate, decay, share and guard. */
export const scheduleWidth = 4;

/** WGSL of a rule: `update(index, value, gradient, now)` of an `element`. */
export function updateFunction(
  rule: UpdateRule,
  { apart = false }: { readonly apart?: boolean } = {},
): string {
  const old = optimizerMoments[rule].map((name) => oldFunction(name, apart));
  return [...old, blockOf(source, rule)].join("\n");
}

function oldFunction(name: string, apart: boolean): string {
  const value = apart ? `load_${name}_before(index)` : `${name}[index]`;
  return `fn old_${name}(index: u32) -> element { return ${value}; }`;
}

/** How an update of so many values reads them: the texels of a few are not worth their copies. */
export function updateVariant(
  rule: UpdateRule,
  { size, texels }: { readonly size: number; readonly texels: boolean },
): OptimizerVariant & TexelChoice {
  const vector = vectorWidth(size);
  if (!texels || vector === 1 || size < minTexels || !fitTexels(size)) {
    return { rule, vector };
  }
  const asTexels = [
    "gradient",
    ...keptBy(rule).map((name) => `${name}_before`),
  ];
  return { rule, vector, apart: true, asTexels: asTexels.join(" ") };
}

/** Values from which on their texels are read sooner than their buffers. */
const minTexels = 1024;

/** What a rule changes. */
function keptBy(rule: UpdateRule): readonly string[] {
  return ["parameters", ...optimizerMoments[rule]];
}

/**
 * parameters, gradient, moments: `(size)`; schedule: `(steps, 4)` of rate,
 * decay, share (what stays of the velocity, or `1 - beta1`) and guard (Adam's
 * epsilon, or Nesterov's momentum); counter: one more than the step that runs.
 * Where what there was is read apart, the same buffers are bound as
 * `NAME_before` and as what is written.
 */
export const optimizer: Kernel<typeof params, OptimizerVariant> = {
  name: "optimizer",
  params,
  reads: ({ rule, vector, apart }) => ({
    gradient: elementOf(vector),
    schedule: "vec4f",
    counter: "u32",
    ...apart && Object.fromEntries(
      keptBy(rule).map((name) => [`${name}_before`, elementOf(vector)]),
    ),
  }),
  writes: ({ rule, vector }) =>
    Object.fromEntries(keptBy(rule).map((name) => [name, elementOf(vector)])),
  texelBindings: ({ rule, apart }) => [
    "gradient",
    ...apart ? keptBy(rule).map((name) => `${name}_before`) : [],
  ],
  constants: ({ vector }) => ({ VECTOR: vector }),
  source: ({ rule, vector, apart = false }) =>
    [
      elementAlias(vector),
      linearIndex,
      oldFunction("parameters", apart),
      updateFunction(rule, { apart }),
      blockOf(source),
    ].join("\n"),
  groups: ({ size }, { vector }) => linearGroups(size / vector),
  cost: ({ size }, { rule }) => {
    const moments = optimizerMoments[rule].length;
    return {
      flops: size * (4 + moments * 5),
      bytes: size * 4 * (3 + moments * 2),
    };
  },
  reference(
    {
      params,
      variant,
      reads: [gradient, schedule, counter, ...before],
      writes,
    },
  ) {
    for (const [at, old] of before.entries()) writes[at].set(old);
    const [parameters, ...moments] = writes;
    const start = (counter[0] - 1) * scheduleWidth;
    const [scheduled, decay, share, guard] = schedule.subarray(start);
    const rate = scheduled * params.rateScale;
    const { secondShare } = params;
    const step = { rate, share, guard, secondShare };
    for (let i = 0; i < params.size; i++) {
      const decays = i < params.decayed ? 1 : 0;
      const g = gradient[i] + decays * params.penalty * parameters[i];
      const kept = parameters[i] * (1 - decays * decay * params.rateScale);
      parameters[i] = kept +
        updateOf(variant.rule, { ...step, moments, at: i, gradient: g });
    }
  },
  example: () => ({
    params: {
      size: 8,
      decayed: 4,
      secondShare: 0.001,
      penalty: 0.01,
      rateScale: 0.5,
    },
    variant: { rule: "adam", vector: 4 },
    reads: [
      new Float32Array([1, -1, 0.5, 0, 1e-3, 2, 0, -3]),
      new Float32Array([0, 0, 0, 0, 0.02, 0.002, 0.1, 1e-7]),
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
  rule: UpdateRule,
  { moments, at, gradient, rate, share, guard, secondShare }: {
    moments: readonly BufferData[];
    at: number;
    gradient: number;
    rate: number;
    share: number;
    guard: number;
    secondShare: number;
  },
): number {
  switch (rule) {
    case "sgd":
      return -rate * gradient;
    case "momentum":
    case "nesterov": {
      const [velocity] = moments;
      const next = share * velocity[at] - rate * gradient;
      velocity[at] = next;
      return rule === "momentum" ? next : guard * next - rate * gradient;
    }
    case "adam": {
      const [first, second] = moments;
      const m = first[at] + share * (gradient - first[at]);
      const v = second[at] + secondShare * (gradient ** 2 - second[at]);
      first[at] = m;
      second[at] = v;
      return -rate * m / (Math.sqrt(v) + guard);
    }
    default:
      return rule satisfies never;
  }
}
