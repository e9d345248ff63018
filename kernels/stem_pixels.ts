/**
 * Pictures as {@linkcode stemConv2d} reads them: scaled, four channels a pixel.
 *
 * @module
 */
import {
  type BufferData,
  ceilDivide,
  type Kernel,
  type KernelCall,
  type ParamsOf,
} from "./kernel.ts";
import source from "./stem_pixels.wgsl" with { type: "text" };
import { unroll } from "./unroll.ts";

/** What may be done to a pixel's values before a convolution. */
export type PixelFunction = "add" | "sub" | "mul" | "div";

/** Each in WGSL and in plain numbers. */
const functions: {
  readonly [Name in PixelFunction]: {
    readonly sign: string;
    readonly compute: (a: number, b: number) => number;
  };
} = {
  add: { sign: "+", compute: (a, b) => a + b },
  sub: { sign: "-", compute: (a, b) => a - b },
  mul: { sign: "*", compute: (a, b) => a * b },
  div: { sign: "/", compute: (a, b) => a / b },
};

/** Whether it is the name of a {@linkcode PixelFunction}. */
export function isPixelFunction(name: string): name is PixelFunction {
  return Object.hasOwn(functions, name);
}

/** A function of each value of a pixel and one number a channel. */
export interface PixelStep {
  /** Which. */
  readonly function: PixelFunction;
  /** As many as the pixel has channels. */
  readonly values: readonly number[];
}

/** Steps that {@linkcode stemPixels} does at most. */
export const maxPixelSteps = 4;

/** Channels of pictures it lays out at most: the fourth of a texel is 0. */
export const maxStemChannels = 3;

const params = {
  batch: "u32",
  inHeight: "u32",
  inWidth: "u32",
  padTop: "u32",
  padLeft: "u32",
  laidHeight: "u32",
  laidWidth: "u32",
  step0red: "f32",
  step0green: "f32",
  step0blue: "f32",
  step1red: "f32",
  step1green: "f32",
  step1blue: "f32",
  step2red: "f32",
  step2green: "f32",
  step2blue: "f32",
  step3red: "f32",
  step3green: "f32",
  step3blue: "f32",
} as const;

type StemPixelsParams = ParamsOf<typeof params>;

export type StemPixelsVariant = {
  channels: number;
  /** Its {@linkcode PixelFunction}s in order, with commas between them. */
  functions: string;
};

/** Where pictures lie in what is laid out, and how large that is. */
export interface LaidPixels {
  readonly batch: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly laidHeight: number;
  readonly laidWidth: number;
}

/** Parameters and variant for pictures of so many channels and up to {@linkcode maxPixelSteps}. */
export function stemPixelsCall(
  laid: LaidPixels,
  { channels, steps }: {
    readonly channels: number;
    readonly steps: readonly PixelStep[];
  },
): { params: StemPixelsParams; variant: StemPixelsVariant } {
  const values = (at: number) => steps[at]?.values ?? [];
  const [step0red = 0, step0green = 0, step0blue = 0] = values(0);
  const [step1red = 0, step1green = 0, step1blue = 0] = values(1);
  const [step2red = 0, step2green = 0, step2blue = 0] = values(2);
  const [step3red = 0, step3green = 0, step3blue = 0] = values(3);
  return {
    params: {
      ...laid,
      ...{ step0red, step0green, step0blue },
      ...{ step1red, step1green, step1blue },
      ...{ step2red, step2green, step2blue },
      ...{ step3red, step3green, step3blue },
    },
    variant: {
      channels,
      functions: steps.map(({ function: name }) => name).join(),
    },
  };
}

/** Scales pictures and lays them out; layouts are in `stem_pixels.wgsl`. */
export const stemPixels: Kernel<typeof params, StemPixelsVariant> = {
  name: "stem_pixels",
  params,
  reads: () => ({ x: "f32" }),
  writes: () => ({ y: "vec4f" }),
  texelBindings: () => ["x", "y"],
  workgroup: () => workgroup,
  constants: ({ channels }) => ({ CHANNELS: channels, PIXELS: pixels }),
  source: (variant) =>
    [
      scaledSource(variant),
      unroll(source, { k: variant.channels, r: pixels }),
    ].join("\n"),
  groups: ({ laidWidth, laidHeight, batch }) => [
    ceilDivide(laidWidth, workgroup[0] * pixels),
    ceilDivide(laidHeight, workgroup[1]),
    batch,
  ],
  cost(p, variant) {
    const values = p.batch * p.inHeight * p.inWidth * variant.channels;
    return {
      flops: values * functionsOf(variant).length,
      bytes: 4 * (values + p.batch * p.laidHeight * p.laidWidth * 4),
    };
  },
  reference,
  example: () => ({
    ...stemPixelsCall({
      ...{ batch: 1, inHeight: 2, inWidth: 2, padTop: 1, padLeft: 0 },
      ...{ laidHeight: 4, laidWidth: 3 },
    }, {
      channels: 3,
      steps: [
        { function: "sub", values: [1, 2, 3] },
        { function: "mul", values: [0.5, 0.5, 0.5] },
      ],
    }),
    reads: [Float32Array.from({ length: 12 }, (_, at) => at)],
    writes: [new Float32Array(4 * 3 * 4)],
  }),
};

const workgroup = [8, 8, 1] as const;

/** Neighbouring pixels of a thread: what they need beside them is found once. */
const pixels = 4;

function functionsOf({ functions: names }: StemPixelsVariant): PixelFunction[] {
  return names.split(",").filter(isPixelFunction);
}

/** WGSL of the steps, one after another: rounded as where each is a kernel. */
function scaledSource(variant: StemPixelsVariant): string {
  const channels = ["red", "green", "blue"].slice(0, variant.channels);
  const values = channels.map((channel, index) =>
    functionsOf(variant).reduce(
      (value, name, at) =>
        `(${value} ${functions[name].sign} params.step${at}${channel})`,
      `pixel[${index}]`,
    )
  );
  const zeros = Array<string>(4 - channels.length).fill("0.0");
  return `fn scaled(pixel: vec4f) -> vec4f {
  return vec4f(${[...values, ...zeros].join(", ")});
}`;
}

function reference(
  { params: p, variant, reads: [x], writes: [y] }: KernelCall<
    typeof params,
    StemPixelsVariant
  >,
): void {
  const { channels } = variant;
  const scaled = scalingOf(p, variant);
  y.fill(0);
  for (let image = 0; image < p.batch; image++) {
    for (let row = 0; row < p.inHeight; row++) {
      if (row + p.padTop >= p.laidHeight) continue;
      const line = image * p.laidHeight + row + p.padTop;
      for (let column = 0; column < p.inWidth; column++) {
        if (column + p.padLeft >= p.laidWidth) continue;
        const from = ((image * p.inHeight + row) * p.inWidth + column) *
          channels;
        const to = (line * p.laidWidth + column + p.padLeft) * 4;
        scaled(x.subarray(from, from + channels), y.subarray(to, to + 4));
      }
    }
  }
}

/** What writes a pixel, each step rounded to f32. */
function scalingOf(
  p: StemPixelsParams,
  variant: StemPixelsVariant,
): (pixel: BufferData, to: BufferData) => void {
  const numbers = [
    [p.step0red, p.step0green, p.step0blue],
    [p.step1red, p.step1green, p.step1blue],
    [p.step2red, p.step2green, p.step2blue],
    [p.step3red, p.step3green, p.step3blue],
  ];
  const steps = functionsOf(variant).map((name) => functions[name].compute);
  return (pixel, to) => {
    for (const [channel, value] of pixel.entries()) {
      to[channel] = steps.reduce(
        (sum, compute, at) => Math.fround(compute(sum, numbers[at][channel])),
        value,
      );
    }
  };
}
